import type { GovernanceState, PolicyEngine } from '#governance'
import type { Clock } from '#kernel'
import type { Ledger } from '#ledger'
import type { TenantPlan } from './plan.ts'
import { seedEntries } from './seed-entries.ts'

export interface SeedInput {
  readonly plan: TenantPlan
  readonly ledger: Ledger
  readonly state: () => GovernanceState
  readonly policies: PolicyEngine
  readonly clock: Clock
}

/** Writes a plan into a new tenant's ledger by the same event makers that every surface uses. */
export async function seedTenant({ plan, ledger, state, policies, clock }: SeedInput): Promise<void> {
  const entries = seedEntries({ plan, state: state(), policies, at: clock.now() })
  // In order, and flushed together.
  await Promise.all(entries.map((entry) => ledger.append(entry)))
}
