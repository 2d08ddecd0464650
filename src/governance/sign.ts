import type { Instant, JsonObject } from '#kernel'
import type { EntryInput } from '#ledger'
import { whyNotEntitled, whyNotOfficer } from './entitlement.ts'
import { fail } from './errors.ts'
import { checkEvent, type EventBody, type EventType, type GovernanceEvent } from './events.ts'
import { whyNotNew } from './fold.ts'
import type { GovernanceState } from './state.ts'
import { approvingDuties } from './vocabulary.ts'

/** What a surface gives: the event without its version, which this release sets. */
export type Input<T extends EventType> = Omit<EventBody<T>, 'version'>

const what: Readonly<Record<EventType, string>> = {
  'governance.tenant-opened': 'open the tenant',
  'governance.organisation-registered': 'register an organisation',
  'governance.person-registered': 'register this person',
  'governance.person-left': 'record a leaving',
  'governance.purpose-registered': 'register a purpose',
  'governance.dpia-approved': 'approve a DPIA version',
  'governance.grant-approved': 'approve a grant',
  'governance.grant-revoked': 'revoke a grant',
}

/** The event as it would stand in the ledger; throws FDP_GOVERNANCE_EVENT_INVALID. */
export function draft<T extends EventType>(type: T, input: Input<T>): Extract<GovernanceEvent, { type: T }> {
  return checkEvent(type, { version: 1, ...input }) as Extract<GovernanceEvent, { type: T }>
}

/** Throws FDP_GOVERNANCE_NOT_ENTITLED with the reason if the fold would give the event no effect for its signer. */
export function checkEntitled(state: GovernanceState, event: GovernanceEvent, at: Instant): void {
  const why = whyNotSign(state, event, at)
  if (why !== null) throw fail('FDP_GOVERNANCE_NOT_ENTITLED', { by: event.by, what: what[event.type], why })
}

export function canSign(state: GovernanceState, event: GovernanceEvent, at: Instant): boolean {
  return whyNotSign(state, event, at) === null && whyNotNew(state, event) === null
}

/**
 * Stricter than the fold where an event takes access away: the fold lets it take effect whoever signed, so that nothing
 * stays open by a formality; here the signer has to be an officer, the approver, or the person giving up their own.
 */
function whyNotSign(state: GovernanceState, event: GovernanceEvent, at: Instant): string | null {
  const why = whyNotEntitled(state, event, at)
  if (why !== null) return why
  if (event.type === 'governance.grant-approved') return whyNotOfficer(state, event.by, approvingDuties, at)
  if (event.type === 'governance.person-left') {
    return event.by === state.bootstrap ? null : whyNotOfficer(state, event.by, [...approvingDuties, 'registrar'], at)
  }
  if (event.type === 'governance.grant-revoked') {
    const grant = state.grants.get(event.grant)
    const own = grant && (event.by === grant.subject || event.by === grant.approvedBy)
    return own ? null : whyNotOfficer(state, event.by, approvingDuties, at)
  }
  return null
}

export function toEntry(event: GovernanceEvent): EntryInput {
  const { type, ...governance } = event
  return { type, governance: governance as unknown as JsonObject }
}
