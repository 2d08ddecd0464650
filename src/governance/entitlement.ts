import type { Instant } from '#kernel'
import type { GovernanceEvent } from './events.ts'
import { type GovernanceState, isInPost } from './state.ts'
import { approvingDuties, type Duty } from './vocabulary.ts'

const registering: readonly Duty[] = [...approvingDuties, 'registrar']

/**
 * Why the signer of an event may not make it take effect, or null if they may. Grants are not judged here: their
 * approval is judged by policy at every decision. Events that only take access away always take effect.
 */
export function whyNotEntitled(state: GovernanceState, event: GovernanceEvent, at: Instant): string | null {
  switch (event.type) {
    case 'governance.tenant-opened':
      return state.controller === null ? null : 'the tenant is open already'
    case 'governance.organisation-registered':
    case 'governance.purpose-registered':
      return isBootstrap(state, event.by) ? null : whyNotOfficer(state, event.by, registering, at)
    case 'governance.person-registered':
      return whyNotRegisterPerson(state, event, at)
    case 'governance.dpia-approved':
      return whyNotOfficer(state, event.by, approvingDuties, at)
    case 'governance.person-left':
    case 'governance.grant-approved':
    case 'governance.grant-revoked':
      return state.controller === null ? 'the tenant is not open yet' : null
  }
}

/** Who gives a duty that approves must hold one: otherwise whoever sets a tenant up could approve through a friend. */
function whyNotRegisterPerson(
  state: GovernanceState,
  event: GovernanceEvent & { type: 'governance.person-registered' },
  at: Instant,
): string | null {
  if (event.by === event.id) return 'nobody changes their own registration'
  const before = state.persons.get(event.id)
  const touchesApproval = [...event.duties, ...(before?.duties ?? [])].some((duty) => registering.includes(duty))
  if (touchesApproval) return whyNotOfficer(state, event.by, approvingDuties, at)
  return isBootstrap(state, event.by) ? null : whyNotOfficer(state, event.by, registering, at)
}

function isBootstrap(state: GovernanceState, by: string): boolean {
  return state.bootstrap !== null && state.bootstrap === by
}

/** Officers are in post, on the staff of this tenant's controller, and hold one of the duties. */
export function whyNotOfficer(state: GovernanceState, by: string, anyOf: readonly Duty[], at: Instant): string | null {
  const person = state.persons.get(by)
  if (!person || !isInPost(person, at)) return 'they are not in post here'
  if (person.kind !== 'controller-staff' || person.employer !== state.controller)
    return 'they are not staff of the controller'
  if (!person.duties.some((duty) => anyOf.includes(duty))) return `they hold none of the duties ${anyOf.join(', ')}`
  return null
}
