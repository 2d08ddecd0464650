import { addMs, type PurposeId } from '#kernel'
import type { FlowTenant } from './flow-tenant.ts'
import {
  clerkInput,
  dayMs,
  dpiaInput,
  entryOf,
  grantInput,
  opening,
  purposeInput,
  switchedOnInput,
} from './governed-tenant.ts'

/** What a clerk reads RTT periods for, all rows of them, for a day. */
export interface ClerkRead {
  readonly purpose: PurposeId
  readonly use: Pick<typeof purposeInput, 'class' | 'commonLaw'>
  readonly level: 'pseudonymised' | 'identifiable'
  readonly columns: readonly string[]
}

/** Opens the tenant with a clerk, and a purpose and the grant `to-<purpose>` for each read. */
export async function governReads({ deps: { ledger, clock } }: FlowTenant, reads: readonly ClerkRead[]): Promise<void> {
  const at = clock.now()
  const claims = dpiaInput.claims.map((claim) => ({ ...claim, purposes: reads.map(({ purpose }) => purpose) }))
  for (const event of [
    entryOf('governance.tenant-opened', opening),
    entryOf('governance.person-registered', { ...clerkInput, from: at }),
    ...reads.map(({ purpose, use }) =>
      entryOf('governance.purpose-registered', { ...purposeInput, id: purpose, ...use }),
    ),
    entryOf('governance.switched-on', switchedOnInput),
    entryOf('governance.dpia-approved', { ...dpiaInput, effectiveFrom: at, claims }),
    ...reads.map(({ purpose, level, columns }) =>
      entryOf('governance.grant-approved', {
        ...{ ...grantInput, id: `to-${purpose}`, purpose, level, columns: [...columns] },
        ...{ rows: { controllers: 'all', where: [] }, from: at, until: addMs(at, dayMs), disclosurePolicy: null },
      }),
    ),
  ]) {
    await ledger.append(event)
  }
}
