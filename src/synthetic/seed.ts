import {
  approveDpia,
  approveGrant,
  type GovernanceState,
  openTenant,
  type PolicyEngine,
  registerOrganisation,
  registerPerson,
  registerPurpose,
} from '#governance'
import {
  addMs,
  type Clock,
  canonicalJson,
  type Instant,
  type OdsCode,
  type PurposeId,
  parseSubjectId,
  type SubjectId,
  sha256Hex,
} from '#kernel'
import type { EntryInput, Ledger } from '#ledger'
import type { PersonPlan, TenantPlan } from './economy.ts'

export interface SeedInput {
  readonly plan: TenantPlan
  readonly ledger: Ledger
  readonly state: () => GovernanceState
  readonly policies: PolicyEngine
  readonly clock: Clock
}

const dayMs = 86_400_000

/** Who sets a tenant up: signs the first registrations, may approve nothing. */
const installer = parseSubjectId('set-up')

/** Writes a plan into a new tenant's ledger by the same event makers that every surface uses. */
export async function seedTenant(input: SeedInput): Promise<void> {
  const { plan, ledger, state, policies, clock } = input
  const append = async (make: (state: GovernanceState, at: Instant) => EntryInput) => {
    await ledger.append(make(state(), clock.now()))
  }
  const officer = parseSubjectId(plan.officers[0]!.id)
  await append((now, at) =>
    openTenant(
      now,
      {
        by: installer,
        tenant: plan.id,
        controller: { id: plan.controller, name: plan.name },
        officers: plan.officers.map(({ id, name, role, duties }) => ({
          id: subject(id),
          name,
          role,
          duties: [...duties],
        })),
      },
      at,
    ),
  )
  for (const { id, name } of plan.organisations) {
    await append((now, at) => registerOrganisation(now, { by: officer, id: id as OdsCode, name }, at))
  }
  for (const person of plan.people)
    await append((now, at) => registerPerson(now, personInput(plan, person, officer, at), at))
  for (const purpose of plan.purposes) {
    await append((now, at) => registerPurpose(now, { by: officer, ...purpose, id: purpose.id as PurposeId }, at))
  }
  const dpia = { id: plan.dpia.id, version: 1, sha256: sha256Hex(canonicalJson(JSON.parse(JSON.stringify(plan.dpia)))) }
  await append((now, at) =>
    approveDpia(
      now,
      {
        ...{ by: officer, id: dpia.id, dpiaVersion: 1, title: plan.dpia.title, sha256: dpia.sha256 },
        ...{ effectiveFrom: at, claims: [...plan.dpia.claims] },
      },
      at,
    ),
  )
  for (const grant of plan.grants) {
    await append((now, at) =>
      approveGrant(
        now,
        {
          ...{ by: officer, id: grant.id, subject: subject(grant.subject), action: grant.action, object: grant.object },
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
    ...{
      kind: person.kind ?? ('controller-staff' as const),
      employer: (person.employer ?? plan.controller) as OdsCode,
    },
    ...{ clearanceUntil: null, from: at },
  }
}
