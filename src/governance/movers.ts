import { addMs, type Instant, type OdsCode, type SubjectId } from '#kernel'
import type { GovernanceState, Grant, Person } from './state.ts'

const dayMs = 86_400_000
/** Six months. Whoever joins those they gave access to within it has their approvals looked at again. */
export const moverDaysDefault = 183

/** An approval whose approver then joined an organisation that it served. */
export interface MoverApproval {
  readonly grant: string
  readonly approver: SubjectId
  readonly approvedAt: Instant
  readonly joined: OdsCode
  readonly since: Instant
  /** `sound` or `not-sound` once somebody else has looked; null before. */
  readonly review: string | null
}

/** Every such approval up to a moment, for review and for the public count; by grant. */
export function approvalsByMovers(
  state: GovernanceState,
  at: Instant,
  days: number = moverDaysDefault,
): readonly MoverApproval[] {
  return [...state.grants.values()]
    .filter(({ basis }) => basis === 'approval')
    .flatMap((grant) => {
      const recipients = recipientsOf(state, grant)
      const latest = addMs(grant.approvedAt, days * dayMs)
      const move = (state.persons.get(grant.approvedBy)?.posts ?? []).find(
        ({ employer, since }) =>
          since > grant.approvedAt && since <= latest && since <= at && recipients.includes(employer),
      )
      if (!move) return []
      const { id, approvedBy, approvedAt } = grant
      const review = state.approvalReviews.get(id) ?? null
      return [{ grant: id, approver: approvedBy, approvedAt, joined: move.employer, since: move.since, review }]
    })
    .sort((a, b) => (a.grant < b.grant ? -1 : 1))
}

/** Whom a grant served: the holder's employer when it was given, and the whole chain of its contract. */
function recipientsOf(state: GovernanceState, { holder, contract, approvedAt }: Grant): readonly OdsCode[] {
  const chain = contract ? state.contracts.get(contract.id) : undefined
  const employer = 'person' in holder ? employerAt(state.persons.get(holder.person), approvedAt) : undefined
  const organisation = 'team' in holder ? state.teams.get(holder.team)?.organisation : employer
  const all = [organisation, chain?.supplier, ...(chain?.subProcessors ?? [])]
  return all.filter((each) => each !== undefined && each !== state.controller) as OdsCode[]
}

function employerAt(person: Person | undefined, at: Instant): OdsCode | undefined {
  return person?.posts.findLast(({ since }) => since <= at)?.employer
}
