import { type Instant, isFdpError, type SubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import { approveGrant, type GrantInput } from './approve-grant.ts'
import { fail } from './errors.ts'
import { fold } from './fold.ts'
import { membersOf } from './grants-index.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { AccessRequest, RequestItem } from './registers.ts'
import { dataSetsHeld } from './standing.ts'
import type { GovernanceState } from './state.ts'

export interface RequestApproval {
  readonly by: SubjectId
  readonly request: string
  /** Which items of the form, from 0; all that wait if left out. */
  readonly items?: readonly number[]
}

/**
 * One grant for each item of a form, each an event of its own, as if they were approved one after the other: what the
 * first gives counts towards the breadth of the next. All or none, so that the approver sees what does not go together.
 * Throws FDP_GOVERNANCE_NOT_FOUND, FDP_GOVERNANCE_REQUEST_REFUSED with the items and why, FDP_GOVERNANCE_NOT_ENTITLED.
 */
export function approveRequest(
  state: GovernanceState,
  { by, request: id, items }: RequestApproval,
  at: Instant,
  engine: PolicyEngine,
): readonly EntryInput[] {
  const request = state.requests.get(id)
  if (!request) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'request', id })
  const waiting = request.items.flatMap((item, i) => (isWaiting(item) && (items?.includes(i) ?? true) ? [i] : []))
  if (waiting.length === 0) throw fail('FDP_GOVERNANCE_REQUEST_SETTLED', { id })
  let after = state
  const entries: EntryInput[] = []
  const refused: string[] = []
  for (const i of waiting) {
    try {
      const entry = approveGrant(after, grantOf(request, i, by, at), at, engine)
      after = fold(after, { ...entry, index: after.upTo + 1, time: at })
      entries.push(entry)
    } catch (error) {
      if (!isFdpError(error, 'FDP_GOVERNANCE_GRANT_REFUSED')) throw error
      refused.push(`${request.items[i]?.object} (item ${i}): ${error.params.reasons}`)
    }
  }
  if (refused.length > 0) throw fail('FDP_GOVERNANCE_REQUEST_REFUSED', { id, reasons: refused.join('; ') })
  return entries
}

function isWaiting({ grant, declined }: RequestItem): boolean {
  return grant === null && declined === null
}

function grantOf(request: AccessRequest, i: number, by: SubjectId, at: Instant): GrantInput {
  const { object, columns, level, rows, disclosurePolicy } = request.items[i]!
  const { id, holder, purpose, from, until, dpia, contract, agreement } = request
  return {
    ...{
      by,
      id: `${id}.${i}`,
      action: 'read',
      object,
      columns: [...columns],
      level,
      purpose,
      until,
      dpia,
      disclosurePolicy,
    },
    ...('person' in holder ? { subject: holder.person } : { team: { ...holder } }),
    rows: { controllers: rows.controllers, where: rows.where },
    from: from < at ? at : from,
    ...(contract ? { contract: { ...contract } } : {}),
    ...(agreement ? { agreement: { ...agreement } } : {}),
    request: { id, item: i },
  }
}

/** What one person would see rows of after a request was approved. */
export interface Union {
  readonly person: SubjectId
  readonly now: readonly string[]
  readonly after: readonly string[]
  /** Data sets of this tenant that were ever published. */
  readonly of: number
}

/** For each person whom a request is for: the data sets they see rows of now, and would then. */
export function unionAfter(state: GovernanceState, id: string, at: Instant): readonly Union[] {
  const request = state.requests.get(id)
  if (!request) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'request', id })
  const { holder, items } = request
  const people = 'person' in holder ? [holder.person] : membersOf(state, holder, at).map((each) => each.person)
  const asked = items.filter((item) => isWaiting(item) && item.level !== 'aggregate').map(({ object }) => object)
  return people.map((person) => {
    const now = dataSetsHeld(state, person, at)
    return { person, now: [...now].sort(), after: [...new Set([...now, ...asked])].sort(), of: state.dataSets.size }
  })
}
