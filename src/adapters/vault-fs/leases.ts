import type { LeaseLogOf, LogHeader } from '#files'
import { vaultError } from './errors.ts'

/** How this store's log of leases is called, and what goes wrong with it. */
export const leaseLogOf: LeaseLogOf = {
  format: {
    format: 'openfdp/vault-leases',
    version: 1,
    migrations: {},
    check: (document) => document as LogHeader,
  },
  notKept: (cause) => vaultError('FDP_VAULT_LEASE_LOG', {}, { cause }),
  damaged: (line) => vaultError('FDP_VAULT_LEASES_DAMAGED', { line }),
}
