import type { AuditDeps } from '#audit'
import type { SubjectId } from '#kernel'
import { signAndAppend } from './signing.ts'
import type { Tenant } from './tenant.ts'

/** A tenant as audits want it. */
export function auditOf(tenant: Tenant): AuditDeps {
  const { profile, ledger, governance, gate, lake, vault, flows } = tenant
  return { tenant: profile.id, ledger, governance, gate, lake, vault, clock: flows.clock }
}

/** The event of governance by which an officer ends a grant that an incident concerns. */
export function endAccess(tenant: Tenant, by: SubjectId) {
  return (grant: string, reason: string) =>
    signAndAppend(tenant, 'governance.grant-revoked', { grant, at: tenant.flows.clock.now(), reason }, by)
}
