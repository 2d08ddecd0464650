import type { EditRequest, EditWrite, Session } from '#gate'
import { type Json, type JsonObject, limits, msBetween, parseInstant } from '#kernel'
import type { BlobStore, RemoteObject } from '#ports'

/** A change of one record by an action at the other server, which its source does not have yet. */
export interface PendingEdit {
  readonly id: string
  readonly object: string
  readonly primaryKey: string
  readonly action: string
  readonly owner: string
  readonly due: string
  readonly counted: boolean
  readonly undo: boolean
  readonly values: Readonly<Record<string, { readonly before: string | null; readonly after: string | null }>>
}

/** Those that can be made again: changes of records that are there, with values that the token was shown; oldest first. */
export function pendingOf(listed: readonly JsonObject[], object: string): readonly PendingEdit[] {
  const place = ({ id }: PendingEdit) => id.split('.').map(Number) as [number, number]
  return listed
    .filter((each) => each.object === object && each.kind === 'modify' && typeof each.primaryKey === 'string')
    .map((each) => each as unknown as PendingEdit)
    .filter(({ id, values }) => /^\d+\.\d+$/.test(id) && Object.keys(values ?? {}).length > 0)
    .sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1])
}

/** Whether whoever moves holds the grants to make it again here. */
export function mayMakeAgain(session: Session, edit: PendingEdit): boolean {
  return session.mayEdit([writeOf(edit)])
}

/** The object as its source has it: what was changed goes back, the first change's value before. */
export function asInSource(object: RemoteObject, edits: ReadonlyMap<Json, readonly PendingEdit[]>): RemoteObject {
  const changes = edits.get(object.__primaryKey ?? null)
  if (!changes) return object
  const before = changes.toReversed().flatMap(({ values }) => Object.entries(values))
  return { ...object, ...Object.fromEntries(before.map(([name, value]) => [name, value.before])) }
}

/**
 * Makes them again, each an entry of its own with the terms that it had: pending until the same moment in the same
 * source system. Those that are open here already (an earlier run got so far) are left. Returns how many are pending now.
 */
export async function makeAgain(
  session: Session,
  edits: readonly PendingEdit[],
  of: { readonly address: string; readonly now: string; readonly justification?: string },
): Promise<number> {
  const { justification } = of
  const nameOf = ({
    object,
    primaryKey,
    values,
  }: Pick<PendingEdit, 'object' | 'values'> & { primaryKey: string | null }) =>
    JSON.stringify([object, primaryKey, Object.entries(values).map(([name, { after }]) => [name, after])])
  const open = new Set(edits.length === 0 ? [] : (await session.edits(justification)).map(nameOf))
  let pending = 0
  for (const edit of edits) {
    const result = open.has(nameOf(edit)) ? { outcome: 'applied' } : await session.edit(requestOf(edit, of))
    if (result.outcome === 'applied') pending++
  }
  return pending
}

function requestOf(
  edit: PendingEdit,
  of: { readonly address: string; readonly now: string; readonly justification?: string },
): EditRequest<'it', string> {
  const { object, primaryKey, values, owner, due, counted, undo } = edit
  const set = Object.fromEntries(Object.entries(values).map(([name, { after }]) => [name, after]))
  const pendingMs = Math.max(0, msBetween(parseInstant(of.now), parseInstant(due)))
  return {
    about: { action: edit.action, version: 1, movedFrom: { address: of.address, edit: edit.id } },
    reads: { it: { object, level: 'identifiable', keys: [primaryKey], columns: Object.keys(values) } },
    writes: [writeOf(edit)],
    plan: ({ it }) =>
      it.has(primaryKey) ? { edits: [{ kind: 'modify', read: 'it', key: primaryKey, set }] } : { invalid: 'no record' },
    terms: { owner, pendingMs, counted, undo },
    reason: null,
    ...(of.justification === undefined ? {} : { justification: of.justification }),
  }
}

function writeOf({ object, values }: Pick<PendingEdit, 'object' | 'values'>): EditWrite {
  return { object, kind: 'modify', level: 'identifiable', properties: Object.keys(values), writeOnly: [] }
}

/** Kept encrypted with the pages that were read by it: what was taken back must be made again, whoever goes on. */
export async function keepEdits(pages: BlobStore, edits: readonly PendingEdit[]): Promise<string | null> {
  if (edits.length === 0) return null
  async function* text(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(JSON.stringify(edits), 'utf8')
  }
  return (await pages.put(text(), limits.submissionBytesMax)).id
}

export async function keptEdits(pages: BlobStore, blob: string | null): Promise<readonly PendingEdit[]> {
  if (blob === null) return []
  const parts: Uint8Array[] = []
  for await (const part of pages.open(blob)) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as readonly PendingEdit[]
}
