import { type ErasureRun, eraseApproved, holdsOn } from '#flows'
import type { PersonAsked } from '#gate'
import {
  approvingDuties,
  type Duty,
  decideErasure,
  type EventBody,
  erasurePolicyFiles,
  fold,
  isInPost,
  openPolicyEngine,
  sign,
} from '#governance'
import { isFdpError, type PurposeId, type SubjectId } from '#kernel'
import type { Receipt } from '#ledger'
import { again, type Tended } from './again.ts'
import { nodeErrors } from './errors.ts'
import { faultOf } from './fault.ts'
import type { Log } from './log.ts'
import type { FdpNode } from './node.ts'
import { appendInTurn, type Signer } from './signing.ts'
import type { Tenant } from './tenant.ts'

export interface Officer {
  readonly by: SubjectId
  readonly purpose: PurposeId
}

export interface OrderErasure extends Officer {
  readonly id: string
  readonly patient: PersonAsked
  readonly ground: EventBody<'governance.erasure-ordered'>['ground']
  readonly later: EventBody<'governance.erasure-ordered'>['later']
  /** In words; goes into the erasable part. */
  readonly reason: string
}

const everyMs = 30_000
/** Duties of whoever may order, approve or hold; policies/erasure.cedar says which of them may do what. */
const mayAsk: readonly Duty[] = [...approvingDuties, 'senior-information-risk-owner', 'data-protection-officer']

/** Puts an order on record. Nothing is erased before somebody else approves. FDP_NODE_NO_PATIENT, FDP_GOVERNANCE_*. */
export async function orderErasure(tenant: Tenant, order: OrderErasure): Promise<Receipt> {
  const { by, id, ground, later, reason } = order
  const signer = { by, type: 'governance.erasure-ordered' as const }
  await checkMay(tenant, signer)
  const person = await findOne(tenant, order, order.patient)
  const [receipt] = await appendInTurn(
    tenant,
    (state, at) => ({
      ...sign(state, 'governance.erasure-ordered', { by, id, ground, later }, at),
      ...{ detail: { reason }, persons: [person] },
    }),
    signer,
  )
  return receipt!
}

/**
 * Approves an order, for the patient who is named once more, and carries it out. Judged by policies/erasure.cedar in the
 * state as it would then be; a refusal is on record. FDP_NODE_NO_PATIENT, FDP_NODE_ERASURE_OTHER,
 * FDP_NODE_ERASURE_REFUSED, FDP_GOVERNANCE_*.
 */
export async function approveErasure(
  tenant: Tenant,
  { by, purpose, id, patient }: Officer & { readonly id: string; readonly patient: PersonAsked },
): Promise<readonly ErasureRun[]> {
  const signer = { by, type: 'governance.erasure-approved' as const }
  await checkMay(tenant, signer)
  const person = await findOne(tenant, { by, purpose }, patient)
  const ordered = tenant.governance.state().erasures.get(id)?.ordered
  const meant = ordered ? await tenant.ledger.persons(ordered.entry) : null
  if (ordered && !meant?.includes(person)) throw nodeErrors('FDP_NODE_ERASURE_OTHER', { id })
  const holds = await holdsOn(tenant.flows, [person])
  const policies = await openPolicyEngine(erasurePolicyFiles())
  await appendInTurn(
    tenant,
    (state, at) => {
      const entry = sign(state, 'governance.erasure-approved', { by, erasure: id }, at)
      const after = fold(state, { ...entry, index: state.upTo + 1, time: at })
      const answer = decideErasure(after, after.erasures.get(id)!, holds, policies)
      const says = answer.policies.map((policy) => policy.says)
      const held = holds.length > 0 ? [`holds: ${holds.join(', ')}`] : []
      const why = [...says, ...held].join('; ') || 'no policy permits it'
      if (!answer.allowed) throw nodeErrors('FDP_NODE_ERASURE_REFUSED', { why })
      return entry
    },
    signer,
  )
  return await eraseApproved(tenant.flows)
}

/** A hold on object types, or on one patient, whom only the erasable part of its entry names. */
export async function placeHold(
  tenant: Tenant,
  {
    by,
    purpose,
    id,
    reason,
    on,
  }: Officer & {
    readonly id: string
    readonly reason: string
    readonly on: { readonly objects: readonly string[] } | { readonly patient: PersonAsked }
  },
): Promise<Receipt> {
  const signer = { by, type: 'governance.hold-placed' as const }
  await checkMay(tenant, signer)
  const persons = 'patient' in on ? [await findOne(tenant, { by, purpose }, on.patient)] : null
  const objects = 'objects' in on ? [...on.objects] : null
  const [receipt] = await appendInTurn(
    tenant,
    (state, at) => ({
      ...sign(state, 'governance.hold-placed', { by, id, objects, reason }, at),
      ...(persons ? { persons } : {}),
    }),
    signer,
  )
  return receipt!
}

/** Goes on, twice a minute, with what waited for a reader to finish. */
export function tendErasures(node: FdpNode, log: Pick<Log, 'info' | 'error'>): Tended {
  return again(everyMs, async () => {
    for (const [tenant, { flows }] of node.tenants) {
      try {
        for (const { erasure, outcome } of await eraseApproved(flows))
          if (outcome === 'done') log.info({ tenant, erasure }, 'a person was erased')
      } catch (error) {
        const what = isFdpError(error) ? { code: error.code } : { fault: faultOf(error) }
        log.error({ tenant, ...what }, 'an erasure could not go on')
      }
    }
  })
}

/** Nobody is looked up for somebody who could not sign in the end. A refusal is on record. FDP_NODE_NOT_OFFICER. */
async function checkMay(tenant: Tenant, signer: Signer): Promise<void> {
  const { by } = signer
  const refused = () => {
    throw nodeErrors('FDP_NODE_NOT_OFFICER', { by })
  }
  const now = tenant.flows.clock.now()
  const person = tenant.governance.state().persons.get(by)
  const isOfficer =
    person?.employer === tenant.governance.state().controller &&
    person.kind === 'controller-staff' &&
    isInPost(person, now) &&
    person.duties.some((duty) => mayAsk.includes(duty))
  if (!isOfficer) await appendInTurn(tenant, refused, signer)
}

async function findOne({ gate }: Tenant, { by, purpose }: Officer, patient: PersonAsked): Promise<string> {
  const person = await gate.findPerson({ subject: by, purpose }, patient)
  if (person === null) throw nodeErrors('FDP_NODE_NO_PATIENT')
  return person
}
