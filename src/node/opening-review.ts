import { endOf, readOf } from '#audit'
import { type Input, sign } from '#governance'
import type { EntryIndex, SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import { appendInTurn } from './signing.ts'
import type { Tenant } from './tenant.ts'

export type OpeningOutcome = Input<'governance.opening-reviewed'>['outcome']

/** What stands in the governance part instead of words that may speak of a patient. */
export const reasonKeptApart = 'in the erasable part of this entry'

/** What a reviewer sees: why it was opened, and what was read under it. Not whose record it was. */
export interface OpeningShown {
  readonly id: string
  /** null: erased, and with it the opening. */
  readonly reason: string | null
  readonly reads: readonly {
    readonly entry: number
    readonly at: string
    readonly objects: readonly string[]
    /** null: no end of the read is on record. */
    readonly rows: number | null
  }[]
}

interface Review {
  readonly by: SubjectId
  readonly opening: string
}

/**
 * Shows an opening to somebody who may review it; that it was shown is an entry first.
 * FDP_GOVERNANCE_NOT_ENTITLED for whoever took part in it or approves nothing, FDP_GOVERNANCE_NOT_FOUND.
 */
export async function showOpening(tenant: Tenant, { by, opening: id }: Review): Promise<OpeningShown> {
  const { governance, ledger, flows } = tenant
  const input = { by, opening: id, outcome: 'unclear', reason: reasonKeptApart } as const
  sign(governance.state(), 'governance.opening-reviewed', input, flows.clock.now())
  const opening = governance.state().openings.get(id)!
  await ledger.append({ type: 'opening.shown', governance: { by, opening: id } })
  const detail = await ledger.detail(opening.entry as EntryIndex)
  const reason = detail.state === 'present' ? String(detail.detail.reason ?? '') : null
  const reads = new Map<number, OpeningShown['reads'][number]>()
  for await (const entry of ledger.entries(opening.entry)) {
    const ended = endOf(entry)
    const read = ended && reads.get(ended.of)
    if (read) reads.set(read.entry, { ...read, rows: ended.end.rows })
    if (entry.type !== 'read.opened') continue
    const { entry: at, time, relations } = readOf(entry)
    const objects = Object.values(relations).filter(({ grant, object }) => grant === `${id}.${object}`)
    if (objects.length > 0)
      reads.set(at, { entry: at, at: time, objects: objects.map(({ object }) => object), rows: null })
  }
  return { id, reason, reads: [...reads.values()] }
}

/** Somebody who took no part says whether it was right. Their words are kept in the erasable part. */
export async function reviewOpening(
  tenant: Tenant,
  { by, opening, outcome, reason }: Review & { readonly outcome: OpeningOutcome; readonly reason: string },
): Promise<Receipt> {
  const input = { by, opening, outcome, reason: reasonKeptApart }
  const [receipt] = await appendInTurn(tenant, (state, at) => ({
    ...sign(state, 'governance.opening-reviewed', input, at),
    detail: { reason: reason.toWellFormed() },
  }))
  return receipt!
}
