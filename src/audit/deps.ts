import type { Gate, GovernanceView } from '#gate'
import type { Clock, TenantId } from '#kernel'
import type { Ledger } from '#ledger'
import type { Lake, Vault } from '#ports'

/** What audits need of one tenant. */
export interface AuditDeps {
  readonly tenant: TenantId
  readonly ledger: Ledger
  readonly governance: GovernanceView
  readonly gate: Gate
  readonly lake: Pick<Lake, 'leases'>
  readonly vault: Pick<Vault, 'leases'>
  readonly clock: Clock
}
