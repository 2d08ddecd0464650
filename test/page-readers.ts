import { addMs } from '#kernel'
import type { FlowTenant } from './flow-tenant.ts'
import {
  clerkInput,
  dayMs,
  dpiaInput,
  entryOf,
  grantInput,
  opening,
  purpose,
  purposeInput,
  switchedOnInput,
} from './governed-tenant.ts'

/* Somebody who reads RTT periods page by page at either row level, one purpose each. */

export const pageLevels = ['pseudonymised', 'identifiable'] as const
export const pagePurposes = { pseudonymised: purpose('planning'), identifiable: purpose('care') }

const use = {
  pseudonymised: { class: 'planning', commonLaw: 'none' },
  identifiable: { class: 'individual-care', commonLaw: 'implied-consent' },
} as const
const columns = ['providerCode', 'commissionerCode', 'treatmentFunctionCode', 'clockStartDate', 'statusCode']

export async function governPages({ deps: { ledger, clock } }: FlowTenant): Promise<void> {
  const at = clock.now()
  const claims = dpiaInput.claims.map((claim) => ({ ...claim, purposes: Object.values(pagePurposes) }))
  for (const event of [
    entryOf('governance.tenant-opened', opening),
    entryOf('governance.person-registered', { ...clerkInput, from: at }),
    ...pageLevels.map((level) =>
      entryOf('governance.purpose-registered', { ...purposeInput, id: pagePurposes[level], ...use[level] }),
    ),
    entryOf('governance.switched-on', switchedOnInput),
    entryOf('governance.dpia-approved', { ...dpiaInput, effectiveFrom: at, claims }),
    ...pageLevels.map((level) =>
      entryOf('governance.grant-approved', {
        ...{ ...grantInput, id: `to-${level}`, level, rows: { controllers: 'all', where: [] } },
        ...{ purpose: pagePurposes[level], columns: level === 'identifiable' ? columns : ['rttPeriodId', ...columns] },
        ...{ from: at, until: addMs(at, dayMs), disclosurePolicy: null },
      }),
    ),
  ])
    await ledger.append(event)
}
