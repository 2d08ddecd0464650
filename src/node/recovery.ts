import { eraseApproved } from '#flows'
import { approvingDuties, type Duty, type Person } from '#governance'
import type { SubjectId } from '#kernel'
import type { Ledger, Receipt } from '#ledger'
import { nodeErrors } from './errors.ts'
import { clearRestored } from './restored-mark.ts'
import type { Tenant } from './tenant.ts'

export const recoveryType = 'recovery.signed'

const officerDuties: readonly Duty[] = [...approvingDuties, 'senior-information-risk-owner']

/**
 * An officer puts on record that entries were lost, and up to where the witnesses had seen them. From then on the tenant
 * may be read again, without those whose erasure its ledger holds; the entry stays for every auditor to find.
 * FDP_NODE_NOT_OFFICER.
 */
export async function signRecovery(
  tenant: Tenant,
  input: { by: SubjectId; reason: string; witnessed: number },
): Promise<Receipt> {
  checkOfficer(tenant, input.by)
  const { by, reason, witnessed } = input
  const receipt = await tenant.ledger.append({
    type: recoveryType,
    governance: { version: 1, by, reason, witnessed },
  })
  await clearRestored(tenant)
  tenant.setStandstill(null)
  await eraseApproved(tenant.flows)
  return receipt
}

/** Somebody of the controller with a duty of office. FDP_NODE_NOT_OFFICER. */
export function checkOfficer(tenant: Tenant, by: SubjectId): void {
  if (!officersOf(tenant).some((officer) => officer.id === by)) throw nodeErrors('FDP_NODE_NOT_OFFICER', { by })
}

/** Who answers for a tenant: people of its controller, in post, with a duty that lets them decide for it. */
export function officersOf(tenant: Pick<Tenant, 'governance' | 'profile' | 'flows'>): readonly Person[] {
  const now = tenant.flows.clock.now()
  return [...tenant.governance.state().persons.values()].filter(
    ({ employer, duties, from, until }) =>
      employer === tenant.profile.controller &&
      from <= now &&
      (until === null || now < until) &&
      duties.some((duty) => officerDuties.includes(duty)),
  )
}

/** The largest size that a signed recovery in this ledger admits to have lost. */
export async function recordedLoss(ledger: Ledger): Promise<number> {
  let lost = 0
  for await (const { type, governance } of ledger.entries()) {
    if (type === recoveryType && typeof governance.witnessed === 'number') lost = Math.max(lost, governance.witnessed)
  }
  return lost
}
