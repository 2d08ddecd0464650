import type { Instant, SubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import { fail } from './errors.ts'
import { sign } from './sign.ts'
import type { GovernanceState } from './state.ts'

export interface RequestDecline {
  readonly by: SubjectId
  readonly request: string
  /** Which items of the form, from 0; all that wait if left out. */
  readonly items?: readonly number[]
  readonly reason: string
}

/**
 * One event for each item that is declined, or withdrawn by the one who asked.
 * Throws FDP_GOVERNANCE_NOT_FOUND, FDP_GOVERNANCE_REQUEST_SETTLED where no item named waits, FDP_GOVERNANCE_NOT_ENTITLED.
 */
export function declineRequest(
  state: GovernanceState,
  { by, request: id, items, reason }: RequestDecline,
  at: Instant,
): readonly EntryInput[] {
  const request = state.requests.get(id)
  if (!request) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'request', id })
  const waiting = request.items.flatMap(({ grant, declined }, i) =>
    grant === null && declined === null && (items?.includes(i) ?? true) ? [i] : [],
  )
  if (waiting.length === 0) throw fail('FDP_GOVERNANCE_REQUEST_SETTLED', { id })
  return waiting.map((item) => sign(state, 'governance.access-declined', { by, request: id, item, reason }, at))
}
