import type { PolicyAnswer, PolicyEngine } from './policy-engine.ts'
import type { Erasure, ErasureStep } from './registers.ts'
import type { GovernanceState } from './state.ts'

/**
 * Whether an order may be carried out: by policies/erasure.cedar, over who signed as they were then, and the holds that
 * are in force on what it would erase. `engine` is of `erasurePolicyFiles`. An order that nobody approved may not.
 */
export function decideErasure(
  state: Pick<GovernanceState, 'controller'>,
  { id, ordered, approved }: Erasure,
  holds: readonly string[],
  engine: PolicyEngine,
): PolicyAnswer {
  if (!approved) return { allowed: false, policies: [] }
  const orderer = officer(ordered)
  const approver = officer(approved)
  return engine.ask({
    principal: approver.uid,
    action: { type: 'Action', id: 'erase' },
    resource: { type: 'Erasure', id },
    context: { controller: state.controller ?? '', orderedBy: { __entity: orderer.uid }, holds: [...holds] },
    entities: ordered.by === approved.by ? [approver] : [approver, orderer],
  })
}

function officer({ by, officer: then }: ErasureStep) {
  const { kind = '', employer = '', duties = [] } = then ?? {}
  return {
    uid: { type: 'Officer', id: by as string },
    attrs: { inPost: then !== null, kind, employer, duties: [...duties] },
    parents: [],
  }
}

/** Legal holds in force on object types, any of these. Holds on a person are found by the entry that placed them. */
export function holdsOnObjects({ holds }: Pick<GovernanceState, 'holds'>, objects: readonly string[]): string[] {
  return [...holds.values()]
    .filter((hold) => hold.liftedAt === null && hold.objects?.some((object) => objects.includes(object)))
    .map(({ id }) => id)
}
