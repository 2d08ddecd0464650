import type { Instant } from '#kernel'
import type { EntryInput } from '#ledger'
import { isObjectType } from './columns.ts'
import { fail } from './errors.ts'
import { checkEntitled, draft, type Input, toEntry } from './sign.ts'
import type { GovernanceState } from './state.ts'

/*
 * Makers of events for the register. Each holds the input against its schema and the state, and gives what to append
 * to the ledger; every surface uses these, so all have the same checks. `at` is the moment of the signature.
 */

export function openTenant(state: GovernanceState, input: Input<'governance.tenant-opened'>, at: Instant): EntryInput {
  const event = draft('governance.tenant-opened', input)
  checkEntitled(state, event, at)
  return toEntry(event)
}

/** Registering an organisation again changes its name. */
export function registerOrganisation(
  state: GovernanceState,
  input: Input<'governance.organisation-registered'>,
  at: Instant,
): EntryInput {
  const event = draft('governance.organisation-registered', input)
  checkEntitled(state, event, at)
  return toEntry(event)
}

/**
 * Registering a person again replaces employer, kind, role, duties and clearance; a change of employer or kind ends
 * every grant they hold. Throws FDP_GOVERNANCE_NOT_FOUND if the employer is not registered.
 */
export function registerPerson(
  state: GovernanceState,
  input: Input<'governance.person-registered'>,
  at: Instant,
): EntryInput {
  const event = draft('governance.person-registered', input)
  checkEntitled(state, event, at)
  if (!state.organisations.has(event.employer)) {
    throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'organisation', id: event.employer })
  }
  return toEntry(event)
}

export function recordLeaving(state: GovernanceState, input: Input<'governance.person-left'>, at: Instant): EntryInput {
  const event = draft('governance.person-left', input)
  checkEntitled(state, event, at)
  if (!state.persons.has(event.person)) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'person', id: event.person })
  return toEntry(event)
}

/** Purpose ids are used once: tokens are bound to them. Throws FDP_GOVERNANCE_ALREADY_THERE. */
export function registerPurpose(
  state: GovernanceState,
  input: Input<'governance.purpose-registered'>,
  at: Instant,
): EntryInput {
  const event = draft('governance.purpose-registered', input)
  checkEntitled(state, event, at)
  if (state.purposes.has(event.id)) throw fail('FDP_GOVERNANCE_ALREADY_THERE', { what: 'purpose', id: event.id })
  return toEntry(event)
}

/**
 * A version of a DPIA replaces the one before when it takes effect; grants that it no longer contains stop then.
 * Throws FDP_GOVERNANCE_DPIA_ORDER, FDP_GOVERNANCE_OBJECT_UNKNOWN, FDP_GOVERNANCE_NOT_FOUND for an unregistered purpose.
 */
export function approveDpia(state: GovernanceState, input: Input<'governance.dpia-approved'>, at: Instant): EntryInput {
  const event = draft('governance.dpia-approved', input)
  checkEntitled(state, event, at)
  const latest = state.dpias.get(event.id)?.at(-1)
  if (
    (latest && (event.dpiaVersion <= latest.version || event.effectiveFrom < latest.effectiveFrom)) ||
    event.effectiveFrom < at
  ) {
    const { id, dpiaVersion: version } = event
    throw fail('FDP_GOVERNANCE_DPIA_ORDER', { id, version, latest: latest?.version ?? 0 })
  }
  for (const claim of event.claims) {
    const object = claim.objects.find((each) => !isObjectType(each))
    if (object !== undefined) throw fail('FDP_GOVERNANCE_OBJECT_UNKNOWN', { object })
    const id = claim.purposes.find((each) => !state.purposes.has(each))
    if (id !== undefined) throw fail('FDP_GOVERNANCE_NOT_FOUND', { what: 'purpose', id })
  }
  return toEntry(event)
}
