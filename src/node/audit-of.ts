import type { AuditDeps } from '#audit'
import type { Tenant } from './tenant.ts'

/** A tenant as audits want it. */
export function auditOf(tenant: Tenant): AuditDeps {
  const { profile, ledger, governance, gate, lake, vault, flows } = tenant
  return { tenant: profile.id, ledger, governance, gate, lake, vault, clock: flows.clock }
}
