import { type Instant, isFdpError } from '#kernel'
import type { EntryInput } from '#ledger'
import { canScopeRows, columnsAt, generalColumnsAt, isObjectType } from './columns.ts'
import { judgeGrant, reasonsOf } from './decide.ts'
import { fail } from './errors.ts'
import type { GovernanceEvent } from './events.ts'
import { fold } from './fold.ts'
import type { PolicyEngine } from './policy-engine.ts'
import { checkEntitled, draft, type Input, toEntry } from './sign.ts'
import type { GovernanceState } from './state.ts'

type GrantEvent = Extract<GovernanceEvent, { type: 'governance.grant-approved' }>

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
  const after = fold(state, { ...toEntry(event), index: state.upTo + 1, time: at })
  const grant = after.grants.get(id)!
  const request = { ...event, columns: event.columns, at: event.from }
  const { answer } = judgeGrant(after, grant, request, engine)
  if (answer.allowed) return
  const reasons = reasonsOf(answer, grant).map((reason) => reason.says)
  throw fail('FDP_GOVERNANCE_GRANT_REFUSED', { id, reasons: reasons.join('; ') })
}

function checkRegistered(state: GovernanceState, event: GrantEvent): void {
  if (state.grants.has(event.id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'grant', id: event.id })
  const missing = (what: string, id: string) => fail('FDP_GOVERNANCE_NOT_FOUND', { what, id })
  if (!state.persons.has(event.subject)) throw missing('person', event.subject)
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

/** Throws FDP_GOVERNANCE_NOT_FOUND, FDP_GOVERNANCE_NOT_ENTITLED. Revoking twice keeps the earlier moment. */
export function revokeGrant(state: GovernanceState, input: Input<'governance.grant-revoked'>, at: Instant): EntryInput {
  const event = draft('governance.grant-revoked', input)
  if (!state.grants.has(event.grant)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'grant', id: event.grant })
  checkEntitled(state, event, at)
  return toEntry(event)
}
