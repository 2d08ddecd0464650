import { governReads } from './clerk-reads.ts'
import type { FlowTenant } from './flow-tenant.ts'
import { purpose } from './governed-tenant.ts'

/* Somebody who reads RTT periods page by page at either row level, one purpose each. */

export const pageLevels = ['pseudonymised', 'identifiable'] as const
export const pagePurposes = { pseudonymised: purpose('planning'), identifiable: purpose('care') }

const columns = ['providerCode', 'commissionerCode', 'treatmentFunctionCode', 'clockStartDate', 'statusCode']

export async function governPages(flows: FlowTenant): Promise<void> {
  await governReads(flows, [
    {
      ...{ purpose: pagePurposes.pseudonymised, level: 'pseudonymised', columns: ['rttPeriodId', ...columns] },
      use: { class: 'planning', commonLaw: 'none' },
    },
    {
      ...{ purpose: pagePurposes.identifiable, level: 'identifiable', columns },
      use: { class: 'individual-care', commonLaw: 'implied-consent' },
    },
  ])
}
