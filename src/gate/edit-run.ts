import { objectType } from '#contracts'
import { addMs, type EntryIndex, type Random, toHex } from '#kernel'
import { keySpace, recordKeyOf, recordKeySecrets, shown } from '#privacy'
import { whyNoLonger } from './decided.ts'
import type { EditRead, EditRequest, EditResult, PlannedEdit, SeenRows } from './edit.ts'
import { checkConflicts, normalised } from './edit-conflicts.ts'
import { type Applied, type EditGroup, editEntryTypes, type RowEdit } from './edit-entries.ts'
import type { EditHost } from './edit-host.ts'
import { type EditGrant, editGrants, isWithin } from './edit-rights.ts'
import { type EditedRows, readRows, shownOf } from './edit-rows.ts'
import { appliedDetail } from './edits.ts'
import { gateErrors } from './errors.ts'
import { propertyOf } from './relation-plan.ts'

/** A row to be edited, with what the lake says of its scope and how whoever acts is shown its key. */
interface Resolved {
  readonly row: RowEdit
  readonly inLake: Readonly<Record<string, string | null>>
  readonly shownKey: string
  readonly minted: boolean
}

/**
 * Carries out an edit: decides each property that it writes, reads the rows that it is about as any read does, holds it
 * against what others have edited, and writes one entry with everything. That entry is the commit point; the edit is seen
 * from the next read on. One at a time in a tenant.
 * Errors: FDP_GATE_NOT_AVAILABLE, FDP_GATE_CONFLICT, FDP_GATE_EDITS_FULL.
 */
export function runEdit<R extends string, I>(host: EditHost, request: EditRequest<R, I>): Promise<EditResult<I>> {
  if (!host.deps.edits) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
  return host.rooms.editing(() => edited(host, request))
}

async function edited<R extends string, I>(host: EditHost, request: EditRequest<R, I>): Promise<EditResult<I>> {
  const grants = await editGrants(host, request)
  const reads = new Map<R, EditedRows>()
  for (const [name, read] of Object.entries(request.reads) as [R, EditRead][]) {
    reads.set(name, await readRows(host, request, name, read, grants))
  }
  const seen = Object.fromEntries([...reads].map(([name, { rows }]) => [name, shownOf(rows)])) as unknown as SeenRows<R>
  const planned = request.plan(seen, () => uuid(host.deps.random))
  if ('invalid' in planned) return { outcome: 'invalid', why: planned.invalid }
  const resolved = planned.edits.map((edit) => resolve(host, reads, edit))
  await checkWithin(host, resolved, grants)
  checkTogether(resolved)
  const rows = await normalised(
    host,
    resolved.map(({ row }) => row),
  )
  const minted = new Set(rows.filter((_, i) => resolved[i]!.minted))
  await checkConflicts(host, request, rows, minted, [...reads.values()])
  if (request.validateOnly) return { outcome: 'valid' }
  for (const { decided } of reads.values()) {
    if (whyNoLonger(host.deps, host, decided).length > 0) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
  }
  const entry = await append(host, request, rows, await editGrants(host, request), [...reads.values()])
  return {
    ...{ outcome: 'applied', entry },
    edits: resolved.map(({ row: { kind, object }, shownKey }) => ({ kind, object, primaryKey: shownKey })),
  }
}

function resolve<R extends string>(host: EditHost, reads: ReadonlyMap<R, EditedRows>, edit: PlannedEdit<R>): Resolved {
  const { read, key: named } = edit.kind === 'create' ? edit.of : edit
  const of = reads.get(read)
  const row = of?.rows.get(named)
  if (!of || !row) throw new Error('an action was planned for a row that it was not shown')
  if (edit.kind === 'create') return created(host, of, row, edit)
  const { object } = of.request
  const set = edit.kind === 'modify' ? edit.set : {}
  return {
    ...{ minted: false, shownKey: edit.key, inLake: row.inLake },
    row: {
      ...{ kind: edit.kind, object, key: row.key.toString(), person: row.person?.toString() ?? null },
      ...{ controller: row.controller, after: set },
      before: Object.fromEntries(Object.keys(set).map((name) => [name, row.exact[name] ?? null])),
    },
  }
}

/** The key of a new record is worked out from its id as flows would, so that the source's row meets it one day. */
function created(
  host: EditHost,
  { request }: EditedRows,
  { key: ofKey, controller, person }: EditedRows['rows'] extends ReadonlyMap<string, infer Row> ? Row : never,
  { object, id, minted, set }: Extract<PlannedEdit, { kind: 'create' }>,
): Resolved {
  const type = objectType(object)
  const primary = propertyOf(type, type.primaryKey)
  if (type.personLevel && person === null) throw new Error('a record about a patient was planned for nobody')
  const key = recordKeyOf(keySpace(type, primary, controller), id, recordKeySecrets(host.deps.keys))
  const isToken = shown(type, primary, request.level).kind === 'token'
  return {
    ...{ minted, inLake: {}, shownKey: isToken ? host.rooms.tokens.maker(host.purpose)(object, key) : id },
    row: {
      ...{ kind: 'create', object, key: key.toString(), controller, before: {} },
      ...(type.personLevel ? { of: { object: request.object, key: ofKey.toString() } } : {}),
      person: type.personLevel ? person!.toString() : null,
      after: { ...set, [type.primaryKey]: id },
    },
  }
}

/** A row outside the grant to edit is refused as one that does not exist. */
async function checkWithin(host: EditHost, resolved: readonly Resolved[], grants: readonly EditGrant[]): Promise<void> {
  const outside = resolved.find(({ row, inLake }) => !isWithin(row, inLake, grants))
  if (!outside) return
  const { subject, purpose, deps } = host
  const { object, after } = outside.row
  const asked = { object, columns: Object.keys(after) }
  const upTo = deps.governance.state().upTo
  await host.refusals.write({
    subject,
    purpose,
    reasons: ['row-outside-grant'],
    levels: [],
    upTo,
    asked,
    action: 'edit',
  })
  throw gateErrors('FDP_GATE_NOT_AVAILABLE')
}

/** A row is edited once in one act: two edits of it would have no order. */
function checkTogether(resolved: readonly Resolved[]): void {
  const rows = new Set(resolved.map(({ row }) => `${row.object} ${row.key}`))
  if (rows.size !== resolved.length) throw gateErrors('FDP_GATE_CONFLICT', { what: 'a record that it names twice' })
}

/** The commit point. */
async function append(
  host: EditHost,
  request: EditRequest,
  rows: readonly RowEdit[],
  grants: readonly EditGrant[],
  reads: readonly EditedRows[],
): Promise<EntryIndex> {
  const { deps, id: session, subject, purpose } = host
  const { owner, pendingMs, counted, undo } = request.terms
  const applied: Applied = {
    ...{ version: 1, session, subject, purpose, about: request.about },
    relations: Object.fromEntries(grants.map(({ write, fact }) => [`${write.kind} ${write.object}`, fact])),
    ...{ reads: reads.map(({ entry }) => entry), edits: groupsOf(rows) },
    ...{ owner, due: addMs(deps.clock.now(), pendingMs), counted, undo },
  }
  const persons = [...new Set(rows.flatMap(({ person }) => person ?? []))]
  const edits = deps.edits!
  edits.expect(rows)
  try {
    const { index } = await deps.ledger.append({
      ...{ type: editEntryTypes.applied, governance: { ...applied } as never },
      detail: appliedDetail(rows, request.reason),
      ...(persons.length > 0 ? { persons } : {}),
    })
    return index
  } finally {
    edits.expect(null)
  }
}

function groupsOf(rows: readonly RowEdit[]): EditGroup[] {
  const groups: { object: string; kind: EditGroup['kind']; properties: readonly string[]; count: number }[] = []
  for (const { object, kind, after } of rows) {
    const properties = Object.keys(after).sort()
    const last = groups.at(-1)
    const isSame = last?.object === object && last.kind === kind && last.properties.join() === properties.join()
    if (isSame) last.count += 1
    else groups.push({ object, kind, properties, count: 1 })
  }
  return groups
}

/** A UUID of version 4. */
function uuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
