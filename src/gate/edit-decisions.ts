import type { EntryIndex } from '#kernel'
import { editEntryTypes } from './edit-entries.ts'
import type { EditHost } from './edit-host.ts'
import { type EditLine, listEdits } from './edit-listing.ts'
import { type Edit, isOpen } from './edit-overlay.ts'
import { editGrants, isWithin, writeAgain } from './edit-rights.ts'
import { gateErrors } from './errors.ts'

/** What a person decides about an edit that its source does not have. */
export type EditDecision = 'keep' | 'withdraw'

/**
 * Decides about one open edit, with a reason: kept, it stays over a source that says otherwise; withdrawn, it is shown no
 * more. Whoever decides sees the row, and may edit what the edit changed. FDP_GATE_NOT_AVAILABLE, FDP_GATE_EDIT_REASON.
 */
export async function decideEdit(
  host: EditHost,
  id: string,
  decision: EditDecision,
  reason: string,
): Promise<EntryIndex> {
  return await host.rooms.editing(async () => {
    const edit = host.deps.edits?.edit(id)
    if (!edit || !isOpen(edit)) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
    await checkMay(host, [edit])
    const type = decision === 'keep' ? editEntryTypes.kept : editEntryTypes.withdrawn
    return await append(host, type, { edit: id }, reason)
  })
}

/**
 * Takes back everything that one application of an action edited, where the action declares that and nothing has happened
 * to it since: no later edit of the same, nothing settled. FDP_GATE_NOT_AVAILABLE, FDP_GATE_CONFLICT.
 */
export async function undoEdits(host: EditHost, entry: number, reason: string): Promise<EntryIndex> {
  return await host.rooms.editing(async () => {
    const edits = host.deps.edits?.of(entry) ?? []
    if (edits.length === 0 || !edits.some(isOpen)) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
    await checkMay(host, edits)
    if (!edits.every(({ undo }) => undo)) throw gateErrors('FDP_GATE_NO_UNDO')
    const isTouched = edits.some((edit) => edit.ended.size > 0 || isEditedSince(host, edit))
    if (isTouched) throw gateErrors('FDP_GATE_CONFLICT', { what: 'something has happened to it since' })
    return await append(host, editEntryTypes.undone, { of: entry }, reason)
  })
}

/** A record that an action made is edited since if anything of it is; any other if the same property is. */
function isEditedSince({ deps }: EditHost, edit: Edit): boolean {
  return deps.edits!.openOf(edit.object).some((other) => {
    if (other.entry <= edit.entry || other.row?.key !== edit.row?.key) return false
    return (
      edit.kind === 'create' ||
      other.kind === 'delete' ||
      other.properties.some((name) => edit.properties.includes(name))
    )
  })
}

/** The same rights as for the edit itself: rows seen, properties writable, within the grant's rows. */
async function checkMay(host: EditHost, edits: readonly Edit[]): Promise<void> {
  const wanted = new Set(edits.map(({ id }) => id))
  const lines: readonly EditLine[] = await listEdits(host, ({ id }) => wanted.has(id))
  if (lines.length < edits.length) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
  const writes = edits.map((edit) => writeAgain(host.deps, host, edit))
  const grants = await editGrants(host, { writes })
  const isInside = edits.every(({ kind, object, row }) => {
    const { controller, after } = row!
    return isWithin({ kind, object, controller, after, key: '', person: null, before: {} }, after, grants)
  })
  if (!isInside) throw gateErrors('FDP_GATE_NOT_AVAILABLE')
}

async function append(host: EditHost, type: string, what: object, reason: string): Promise<EntryIndex> {
  const { deps, id: session, subject, purpose } = host
  const governance = { version: 1, session, subject, purpose, ...what }
  const { index } = await deps.ledger.append({ type, governance, detail: { reason: reason.toWellFormed() } })
  return index
}
