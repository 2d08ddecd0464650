import {
  approveGrant,
  type DpiaDocument,
  dpiaHash,
  type EventType,
  evidenceItems,
  type GovernanceState,
  type Input,
  type PolicyEngine,
  sign,
} from '#governance'
import { addMs, type Clock, type Instant, type OdsCode, type PurposeId, parseSubjectId, type SubjectId } from '#kernel'
import type { EntryInput, Ledger } from '#ledger'
import { instruments, type PersonPlan, type TenantPlan } from './economy.ts'

export interface SeedInput {
  readonly plan: TenantPlan
  readonly ledger: Ledger
  readonly state: () => GovernanceState
  readonly policies: PolicyEngine
  readonly clock: Clock
}

const dayMs = 86_400_000
const papersDays = 365

/** Who sets a tenant up: signs the first registrations, may approve nothing. */
const installer = parseSubjectId('set-up')

/** Writes a plan into a new tenant's ledger by the same event makers that every surface uses. */
export async function seedTenant(input: SeedInput): Promise<void> {
  const { plan, ledger, state, policies, clock } = input
  const append = async (make: (state: GovernanceState, at: Instant) => EntryInput) => {
    await ledger.append(make(state(), clock.now()))
  }
  const event = <T extends EventType>(type: T, make: (at: Instant) => Input<T>) =>
    append((now, at) => sign(now, type, make(at), at))
  const by = parseSubjectId(plan.officers[0]!.id)
  await event('governance.tenant-opened', () => ({
    by: installer,
    tenant: plan.id,
    controller: { id: plan.controller, name: plan.name },
    officers: plan.officers.map(({ id, name, role, duties, grade = 'staff' }) => ({
      ...{ id: subject(id), name, role, duties: [...duties], grade },
    })),
  }))
  for (const { id, name, sector } of plan.organisations)
    await event('governance.organisation-registered', () => ({ by, id: id as OdsCode, name, sector }))
  for (const person of plan.people)
    await event('governance.person-registered', (at) => personInput(plan, person, by, at))
  for (const instrument of Object.values(instruments))
    await event('governance.instrument-registered', (at) => ({
      ...instrument,
      ...{ by, conditions: [], from: at, until: null },
    }))
  for (const { id, instruments: named = [], ...purpose } of plan.purposes)
    await event('governance.purpose-registered', () => ({
      ...purpose,
      ...{ by, id: id as PurposeId, instruments: [...named] },
    }))
  const { id, title, claims, bounds } = plan.dpia
  const version = { title, claims: [...claims], bounds, document: documentOf(plan, clock.now()) }
  const dpia = { id, version: 1, sha256: dpiaHash(version) }
  await event('governance.dpia-approved', (at) => ({
    ...version,
    ...{ by, id, dpiaVersion: 1, sha256: dpia.sha256, effectiveFrom: at },
  }))
  await event('governance.switched-on', (at) => ({
    ...{ by, scope: 'tenant', clinicalSafetyOfficer: safetyOfficerOf(plan) },
    evidence: evidenceItems.map((item) => ({
      item,
      reference: `${item} of ${plan.name}`,
      until: addMs(at, papersDays * dayMs),
    })),
  }))
  for (const grant of plan.grants) {
    await append((now, at) =>
      approveGrant(
        now,
        {
          ...{ by, id: grant.id, subject: subject(grant.subject), action: grant.action, object: grant.object },
          ...{ columns: grant.columns ?? 'all-at-level', level: grant.level, purpose: grant.purpose as PurposeId },
          rows: {
            controllers: 'all',
            where: (grant.rows ?? []).map((row) => ({ property: row.property, in: [...row.in] })),
          },
          ...{ from: at, until: addMs(at, grant.days * dayMs), dpia, disclosurePolicy: grant.disclosurePolicy ?? null },
        },
        at,
        policies,
      ),
    )
  }
}

const subject = (id: string): SubjectId => parseSubjectId(id)

function personInput(plan: TenantPlan, person: PersonPlan, by: SubjectId, at: Instant) {
  return {
    ...{ by, id: subject(person.id), name: person.name, role: person.role, duties: [...(person.duties ?? [])] },
    grade: person.grade ?? ('staff' as const),
    ...{
      kind: person.kind ?? ('controller-staff' as const),
      employer: (person.employer ?? plan.controller) as OdsCode,
    },
    ...{ clearanceUntil: null, from: at },
  }
}

function safetyOfficerOf(plan: TenantPlan): SubjectId {
  const found = [...plan.officers, ...plan.people].find(({ duties = [] }) => duties.includes('clinical-safety-officer'))
  if (!found) throw new Error('the plan names no clinical safety officer')
  return subject(found.id)
}

/** The assessment of a tenant of people who do not exist. Short, and complete. */
function documentOf(plan: TenantPlan, at: Instant): DpiaDocument {
  const [first] = plan.officers
  const signed = (by: string, says: string) => ({ by, at, says })
  return {
    necessity: plan.dpia.necessity,
    risks: [
      {
        risk: 'Somebody sees more than their work needs.',
        measure:
          'Every grant names its columns, rows, purpose and end; every read is in a ledger that others can check.',
        residual: 'low',
      },
      {
        risk: 'Small numbers in figures tell of a person.',
        measure: 'Figures leave only through disclosure control that no analyst can switch off.',
        residual: 'medium',
      },
    ],
    officerAdvice: signed('Data protection officer (synthetic)', 'Proceed; look again when a new data set is added.'),
    consulted: [{ who: 'Patient panel (synthetic)', said: 'Tell us who looked, and let us see it without asking.' }],
    priorConsultation: null,
    guardianDecision: signed(first?.name ?? '', 'Agreed for the purposes named.'),
    riskOwnerDecision: signed(first?.name ?? '', 'The remaining risk is accepted.'),
    nextReview: addMs(at, papersDays * dayMs),
  }
}
