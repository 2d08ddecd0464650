import type { LeaseLogOf, LogHeader } from '#files'
import { lakeError } from './errors.ts'

/** How this store's log of leases is called, and what goes wrong with it. */
export const leaseLogOf: LeaseLogOf = {
  format: {
    format: 'openfdp/lake-leases',
    version: 1,
    migrations: {},
    check: (document) => document as LogHeader,
  },
  notKept: (cause) => lakeError('FDP_LAKE_LEASE_LOG', {}, { cause }),
  damaged: (line) => lakeError('FDP_LAKE_LEASES_DAMAGED', { line }),
}
