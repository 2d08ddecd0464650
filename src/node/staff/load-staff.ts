import type { SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import type { Source } from '#ports'
import { appendInTurn } from '../signing.ts'
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
  let plan: StaffPlan | null = null
  const receipts = await appendInTurn(tenant, (state, at) => {
    plan = planStaffFile(state, text, { by, at, all, source: 'staff file' })
    return dryRun || plan.refused.length > 0 ? [] : [...plan.entries]
  })
  return { plan: plan!, receipts }
}
