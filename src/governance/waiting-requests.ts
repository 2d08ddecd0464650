import type { Instant } from '#kernel'
import { type Union, unionAfter } from './approve-request.ts'
import { isInLine, whyNotApprover } from './entitlement.ts'
import type { Sight } from './oversight.ts'
import type { AccessRequest } from './registers.ts'
import type { GovernanceState } from './state.ts'

/** A form of which something waits for a decision, with what it would add up to. */
export interface WaitingRequest {
  readonly request: AccessRequest
  /** Which items wait, from 0. */
  readonly waiting: readonly number[]
  readonly unions: readonly Union[]
  /** Whether whoever asks is an approver who is neither the holder nor in line with them; policy still judges each item. */
  readonly forMe: boolean
}

/** The forms that wait and that one may see, oldest first: one's own, those for oneself, all for whoever oversees. */
export function waitingRequests(state: GovernanceState, sight: Sight, at: Instant): readonly WaitingRequest[] {
  const approves = whyNotApprover(state, sight.subject, at) === null
  return [...state.requests.values()]
    .flatMap((request) => {
      const waiting = request.items.flatMap((item, i) => (item.grant === null && item.declined === null ? [i] : []))
      if (waiting.length === 0) return []
      const unions = unionAfter(state, request.id, at)
      const people = unions.map(({ person }) => person)
      if (!sight.concerns(request.by, ...people)) return []
      const forMe = approves && people.every((each) => each !== sight.subject && !isInLine(state, each, sight.subject))
      return [{ request, waiting, unions, forMe }]
    })
    .sort((a, b) => a.request.entry - b.request.entry)
}
