import { type AccessRow, emptyState, fold, whoCanSee } from '#governance'
import type { Instant } from '#kernel'
import type { Tenant } from './tenant.ts'

/** Who could see what at a past moment: the entries up to then, folded and evaluated as they were (law 7). Complete. */
export async function accessThen(tenant: Tenant, at: Instant): Promise<readonly AccessRow[]> {
  const { ledger, profile, governance } = tenant
  let state = emptyState(profile.id)
  for await (const entry of ledger.entries()) {
    if (entry.time > at) break
    state = fold(state, entry)
  }
  return whoCanSee(state, at, governance.policies)
}
