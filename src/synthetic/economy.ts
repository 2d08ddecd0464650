import { icbPlan } from './icb-plan.ts'
import { nationalPlan } from './national-plan.ts'
import type { TenantPlan } from './plan.ts'
import { trusts } from './plan-parts.ts'
import { trustPlan } from './trust-plan.ts'

/**
 * The synthetic health economy: two trusts, an integrated care board and a national body, with the people who work in
 * them, their contracts, agreements and grants. Everything that set-up writes into the four ledgers, as data.
 */
export function economyPlan(): readonly TenantPlan[] {
  const [alder, brook] = trusts
  return [
    trustPlan('alder-vale', alder.name, alder.id),
    trustPlan('brook-haven', brook.name, brook.id),
    icbPlan(),
    nationalPlan(),
  ]
}
