import { type Instant, isFdpError } from '#kernel'
import type { EntryInput } from '#ledger'
import { canScopeRows, columnsAt, generalColumnsAt, isObjectType } from './columns.ts'
import { judgeGrant, reasonsOf } from './decide.ts'
import { fail } from './errors.ts'
import type { EventOf } from './events.ts'
import { fold } from './fold.ts'
import { membersOf } from './grants-index.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { Membership } from './registers.ts'
import { checkEntitled, draft, type Input, toEntry } from './sign.ts'
import type { GovernanceState, Grant } from './state.ts'

type GrantEvent = EventOf<'governance.grant-approved'>

/** As the event, but columns may be left to the contract; the event then spells them out as they are today. */
export type GrantInput = Omit<Input<'governance.grant-approved'>, 'columns'> & {
  readonly columns: readonly string[] | 'all-at-level'
}

/**
 * The event of a grant, if it would permit what it says from its first moment on: judged by the policies that enforce,
 * in the state as it would then be.
 * Throws FDP_GOVERNANCE_NOT_ENTITLED, FDP_GOVERNANCE_ALREADY_THERE, FDP_GOVERNANCE_NOT_FOUND,
 * FDP_GOVERNANCE_OBJECT_UNKNOWN, FDP_GOVERNANCE_COLUMN_UNKNOWN, FDP_GOVERNANCE_DISCLOSURE_POLICY_MISSING,
 * FDP_GOVERNANCE_GRANT_PERIOD, FDP_GOVERNANCE_GRANT_REFUSED (with the policies that refuse).
 */
export function approveGrant(state: GovernanceState, input: GrantInput, at: Instant, engine: PolicyEngine): EntryInput {
  if (!isObjectType(input.object)) throw fail('FDP_GOVERNANCE_OBJECT_UNKNOWN', { object: input.object })
  const columns = input.columns === 'all-at-level' ? generalColumnsAt(input.object, input.level) : input.columns
  const event = draft('governance.grant-approved', { ...input, columns: [...new Set(columns)] })
  checkGrant(state, event, at, engine)
  return toEntry(event)
}

/** Whether `checkGrant` would let the event pass, for surfaces that offer only what would. */
export function canApprove(state: GovernanceState, event: GrantEvent, at: Instant, engine: PolicyEngine): boolean {
  try {
    checkGrant(state, event, at, engine)
    return true
  } catch (error) {
    if (isFdpError(error)) return false
    throw error
  }
}

export function checkGrant(state: GovernanceState, event: GrantEvent, at: Instant, engine: PolicyEngine): void {
  checkEntitled(state, event, at)
  checkRegistered(state, event)
  checkContract(event)
  const { id } = event
  if (event.from < at || event.until <= event.from) throw fail('FDP_GOVERNANCE_GRANT_PERIOD', { id })
  if (event.level === 'aggregate' && event.disclosurePolicy === null) {
    throw fail('FDP_GOVERNANCE_DISCLOSURE_POLICY_MISSING', { id })
  }
  const reasons = whyItWouldNotWork(state, event, at, engine)
  if (reasons.length > 0) throw fail('FDP_GOVERNANCE_GRANT_REFUSED', { id, reasons: reasons.join('; ') })
}

/**
 * What the policies would refuse of a grant from its first moment on, for anybody whom it is for; none if it would work.
 * A role that nobody has yet is judged when somebody joins.
 */
export function whyItWouldNotWork(
  state: GovernanceState,
  event: GrantEvent,
  at: Instant,
  engine: PolicyEngine,
): readonly string[] {
  const after = fold(state, { ...toEntry(event), index: state.upTo + 1, time: at })
  const grant = after.grants.get(event.id)!
  const reasons = holdersOf(after, grant, event.from).flatMap((subject) => {
    const { object, action, purpose, level, columns } = event
    const { answer } = judgeGrant(
      after,
      grant,
      { object, action, purpose, level, columns, subject, at: event.from },
      engine,
    )
    return answer.allowed ? [] : reasonsOf(answer, grant).map((reason) => reason.says)
  })
  return [...new Set(reasons)]
}

function holdersOf(state: GovernanceState, { holder }: Grant, at: Instant): readonly Membership['person'][] {
  return 'person' in holder ? [holder.person] : membersOf(state, holder, at).map((each) => each.person)
}

function checkRegistered(state: GovernanceState, event: GrantEvent): void {
  if (state.grants.has(event.id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'grant', id: event.id })
  const missing = (what: string, id: string) => fail('FDP_GOVERNANCE_NOT_FOUND', { what, id })
  const { subject, team } = event
  if ((subject === undefined) === (team === undefined))
    throw fail('FDP_GOVERNANCE_EVENT_INVALID', { type: event.type, where: '/subject' })
  if (subject !== undefined && !state.persons.has(subject)) throw missing('person', subject)
  if (team !== undefined && !state.teams.has(team.team)) throw missing('team', team.team)
  if (!state.purposes.has(event.purpose)) throw missing('purpose', event.purpose)
  if (!state.dpias.has(event.dpia.id)) throw missing('DPIA', event.dpia.id)
}

function checkContract(event: GrantEvent): void {
  const { object, level } = event
  const known = columnsAt(object, level)
  const column =
    event.columns.find((each) => !known.has(each)) ??
    event.rows.where.map((condition) => condition.property).find((each) => !canScopeRows(object, each))
  if (column !== undefined) throw fail('FDP_GOVERNANCE_COLUMN_UNKNOWN', { object, column, level })
}
