import { emptyState, fold, type GovernanceState, openPolicyEngine, shippedPolicyFiles } from '#governance'
import type { Instant } from '#kernel'
import { economyPlan, seedEntries } from '#synthetic'

const policies = await openPolicyEngine(shippedPolicyFiles())

/** The state of a tenant of the synthetic economy as set-up leaves it, without a ledger. */
export function seededState(tenant: string, at: Instant): GovernanceState {
  const plan = economyPlan().find(({ id }) => id === tenant)!
  const start = emptyState(plan.id)
  return seedEntries({ plan, state: start, policies, at }).reduce(
    (state, entry) => fold(state, { ...entry, index: state.upTo + 1, time: at }),
    start,
  )
}
