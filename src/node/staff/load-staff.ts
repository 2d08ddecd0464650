import type { SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import type { Source } from '#ports'
import type { Tenant } from '../tenant.ts'
import { readText } from '../text-source.ts'
import { staffErrors } from './errors.ts'
import { planStaffFile, type StaffPlan, staffFileBytesMax } from './staff-file.ts'

export interface LoadStaffInput {
  readonly source: Source
  readonly by: SubjectId
  /** More than one in five may leave by this file. */
  readonly all: boolean
  readonly dryRun: boolean
}

/** Brings the register of a tenant to what a staff file says, whole or not at all. Errors: as `planStaffFile`. */
export async function loadStaff(
  tenant: Tenant,
  { source, by, all, dryRun }: LoadStaffInput,
): Promise<{ readonly plan: StaffPlan; readonly receipts: readonly Receipt[] }> {
  const text = await readText(source, staffFileBytesMax, (why) => staffErrors('FDP_STAFF_FILE', { why }))
  const at = tenant.flows.clock.now()
  const plan = planStaffFile(tenant.governance.state(), text, { by, at, all, source: 'staff file' })
  if (dryRun || plan.refused.length > 0) return { plan, receipts: [] }
  // Signed against the state of this moment; nothing is awaited in between.
  return { plan, receipts: await Promise.all(plan.entries.map((entry) => tenant.ledger.append(entry))) }
}
