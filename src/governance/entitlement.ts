import type { Instant } from '#kernel'
import { type GovernanceState, isInPost } from './state.ts'
import { approvingDuties, type Duty } from './vocabulary.ts'

/*
 * Who may sign what. Every rule gives the reason why not, or null. Grants are not judged here: their approval is judged
 * by policy at every decision. Events that only take access away always take effect.
 */

/** Duties that keep the register. */
export const registering: readonly Duty[] = [...approvingDuties, 'registrar']

/** Officers are in post, on the staff of this tenant's controller, and hold one of the duties. */
export function whyNotOfficer(state: GovernanceState, by: string, anyOf: readonly Duty[], at: Instant): string | null {
  const person = state.persons.get(by)
  if (!person || !isInPost(person, at)) return 'they are not in post here'
  if (person.kind !== 'controller-staff' || person.employer !== state.controller)
    return 'they are not staff of the controller'
  if (!person.duties.some((duty) => anyOf.includes(duty))) return `they hold none of the duties ${anyOf.join(', ')}`
  return null
}

export function whyNotApprover(state: GovernanceState, by: string, at: Instant): string | null {
  return whyNotOfficer(state, by, approvingDuties, at)
}

/** Who set the tenant up keeps the register too, and approves nothing. */
export function whyNotRegistrar(state: GovernanceState, by: string, at: Instant): string | null {
  return isBootstrap(state, by) ? null : whyNotOfficer(state, by, registering, at)
}

export function isBootstrap(state: GovernanceState, by: string): boolean {
  return state.bootstrap !== null && state.bootstrap === by
}

export function whyNotInPost(state: GovernanceState, by: string, at: Instant): string | null {
  const person = state.persons.get(by)
  return person && isInPost(person, at) ? null : 'they are not in post here'
}

export function whyNotOpen(state: GovernanceState): string | null {
  return state.controller === null ? 'the tenant is not open yet' : null
}

const chainMax = 20

/** Whether one of two people reports to the other, through however many in between. */
export function isInLine(state: GovernanceState, a: string, b: string): boolean {
  return reportsTo(state, a, b) || reportsTo(state, b, a)
}

function reportsTo(state: GovernanceState, from: string, to: string): boolean {
  let manager = state.persons.get(from)?.manager ?? null
  for (let i = 0; manager !== null && i < chainMax; i++) {
    if (manager === to) return true
    manager = state.persons.get(manager)?.manager ?? null
  }
  return false
}
