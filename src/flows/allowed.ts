import { objectTypes } from '#contracts'
import { decide } from '#governance'
import { fail } from './errors.ts'
import { storing } from './stores.ts'
import type { FlowDeps, Submission } from './submission.ts'

/**
 * The subject holds a grant to submit this object type for this purpose, for the rows of this controller. A refusal is
 * an entry with the reasons; its error says nothing of them. What a model makes comes in no other way.
 * Errors: FDP_FLOWS_NOT_ALLOWED, FDP_FLOWS_UNKNOWN_OBJECT, FDP_FLOWS_MADE_BY_MODEL, FDP_FLOWS_CONTROLLER_NOT_HERE.
 */
export async function checkAllowed(
  asked: Pick<Submission, 'object' | 'controller' | 'subject' | 'purpose'>,
  { governance, clock, controllerPolicy, ledger }: FlowDeps,
  by: 'file' | 'model' = 'file',
): Promise<void> {
  const { object, controller, subject, purpose } = asked
  const state = governance.state()
  const request = { subject, purpose, object, columns: 'all-permitted', action: 'submit', at: clock.now() } as const
  const decision = decide(state, request, governance.policies)
  const reasons = decision.allowed ? [] : decision.reasons.map(({ code }) => code)
  if (decision.allowed && decision.rows.controllers !== 'all' && !decision.rows.controllers.includes(controller)) {
    reasons.push('grant-rows')
  }
  if (reasons.length > 0) {
    const governancePart = {
      version: 1,
      by: subject,
      purpose,
      object: named(object),
      controller,
      reasons: reasons.slice(0, 50),
    }
    await storing('ledger', 'decide', () => ledger.append({ type: 'flow.not-allowed', governance: governancePart }))
    throw fail('FDP_FLOWS_NOT_ALLOWED')
  }
  const type = objectTypes().find(({ name }) => name === object)
  if (!type) throw fail('FDP_FLOWS_UNKNOWN_OBJECT', { object })
  if ((type.origin === 'derived') !== (by === 'model')) throw fail('FDP_FLOWS_MADE_BY_MODEL', { object })
  const { controllers } = controllerPolicy
  const isHere = controllers === 'all' ? state.organisations.has(controller) : controllers.includes(controller)
  if (!isHere) throw fail('FDP_FLOWS_CONTROLLER_NOT_HERE', { controller })
}

/** What was asked for goes into the ledger only where it is a name that we gave. */
function named(object: string): string {
  return objectTypes().some(({ name }) => name === object) ? object : 'unknown'
}
