import type { DpiaDocument, DpiaRef, Duty, GrantInput, Input } from '#governance'
import { addMs, type Instant, type OdsCode, type PurposeId, parseSubjectId, type SubjectId } from '#kernel'
import type {
  AgreementPlan,
  ContractPlan,
  GrantPlan,
  PersonPlan,
  RequestPlan,
  RoleGrantPlan,
  TenantPlan,
} from './plan.ts'

/* What each line of a plan says as an event. */

const dayMs = 86_400_000
const everyRow = { controllers: 'all' as const, where: [] }
/** Who sets a tenant up: opens it, may approve nothing. */
const installer = parseSubjectId('set-up')
const after = (at: Instant, days: number) => addMs(at, days * dayMs)

export function openingInput(plan: TenantPlan): Input<'governance.tenant-opened'> {
  return {
    ...{ by: installer, tenant: plan.id, controller: { id: plan.controller, name: plan.name } },
    officers: plan.officers.map(({ id, name, role, duties, grade = 'staff' }) => ({
      ...{ id: parseSubjectId(id), name, role, duties: [...duties], grade },
    })),
  }
}

export function personInput(
  plan: TenantPlan,
  person: PersonPlan,
  by: SubjectId,
  at: Instant,
): Input<'governance.person-registered'> {
  const { id, name, role, duties = [], grade = 'staff', manager, kind = 'controller-staff', trainingDays } = person
  return {
    ...{ by, id: parseSubjectId(id), name, role, duties: [...duties], grade, kind, clearanceUntil: null, from: at },
    employer: (person.employer ?? plan.controller) as OdsCode,
    manager: manager === undefined ? null : parseSubjectId(manager),
    trainingUntil: trainingDays === undefined ? null : after(at, trainingDays),
  }
}

export function contractInput(plan: ContractPlan, by: SubjectId, at: Instant): Input<'governance.contract-registered'> {
  const { id, title, supplier, subProcessors, instructions, storage, valuePounds, days } = plan
  return {
    ...{ by, id, title, supplier: supplier as OdsCode, subProcessors: [...subProcessors] as OdsCode[] },
    instructions: instructions.map((each) => ({ ...each, purposes: [...each.purposes] as PurposeId[] })),
    ...{ storage, valuePounds, from: at, until: after(at, days) },
  }
}

export function agreementInputs(plan: AgreementPlan, by: SubjectId, at: Instant) {
  const { id, title, objects, level, reach, gpData, days, signatures } = plan
  const proposed: Input<'governance.agreement-proposed'> = {
    ...{ by, id, agreementVersion: 1, title, objects: [...objects], level, rows: everyRow, reach, gpData },
    ...{ parties: signatures.map(({ party }) => party as OdsCode), from: at, until: after(at, days) },
  }
  const signed = signatures.map(
    (each): Input<'governance.agreement-signed'> => ({
      ...{ by: parseSubjectId(each.by), id, agreementVersion: 1, party: each.party as OdsCode },
    }),
  )
  return { proposed, signed }
}

export function grantInput(
  grant: GrantPlan | RoleGrantPlan,
  { by, at, dpia }: { readonly by: SubjectId; readonly at: Instant; readonly dpia: DpiaRef },
): GrantInput {
  const { id, action, object, level, purpose, days, contract, agreement, disclosurePolicy = null } = grant
  return {
    ...('team' in grant ? { team: grant.team } : { subject: parseSubjectId(grant.subject) }),
    ...{ by, id, action, object, columns: grant.columns ?? 'all-at-level', level, purpose: purpose as PurposeId },
    rows: { controllers: 'all', where: (grant.rows ?? []).map((row) => ({ ...row, in: [...row.in] })) },
    ...{ from: at, until: after(at, days), dpia, disclosurePolicy },
    ...(contract === undefined ? {} : { contract }),
    ...(agreement === undefined ? {} : { agreement: { id: agreement, version: 1 } }),
  }
}

export function requestInput(plan: RequestPlan, dpia: DpiaRef, at: Instant): Input<'governance.access-requested'> {
  const { id, purpose, days, reason, items } = plan
  const by = parseSubjectId(plan.by)
  return {
    ...{ by, id, subject: by, purpose: purpose as PurposeId, from: at, until: after(at, days), dpia, reason },
    items: items.map((item) => ({ ...item, columns: [...item.columns], rows: everyRow, disclosurePolicy: null })),
  }
}

export function safetyOfficerOf(plan: TenantPlan): SubjectId {
  return parseSubjectId(officerWith(plan, 'clinical-safety-officer').id)
}

function officerWith(plan: TenantPlan, duty: Duty): PersonPlan {
  const found = plan.officers.find(({ duties }) => duties.includes(duty))
  if (!found) throw new Error(`the plan names no ${duty}`)
  return found
}

/** The assessment of a tenant of people who do not exist. Short, and complete. */
export function documentOf(plan: TenantPlan, at: Instant, nextReview: Instant): DpiaDocument {
  const signed = (by: string, says: string) => ({ by, at, says })
  const risk = (what: string, measure: string, residual: 'low' | 'medium') => ({ risk: what, measure, residual })
  return {
    necessity: plan.dpia.necessity,
    risks: [
      risk(
        'Somebody sees more than their work needs.',
        'Every grant names its columns, rows, purpose and end; every read is in a ledger that others can check.',
        'low',
      ),
      risk(
        'Small numbers in figures tell of a person.',
        'Figures leave only through disclosure control that no analyst can switch off.',
        'medium',
      ),
      risk(
        'A supplier sees what it needs not see, or uses it for itself.',
        'Its people work with made-up rows; what they may see is capped, reviewed, and ends by itself.',
        'low',
      ),
    ],
    officerAdvice: signed(
      officerWith(plan, 'data-protection-officer').name,
      'Proceed; look again when a new data set is added.',
    ),
    consulted: [{ who: 'Patient panel (synthetic)', said: 'Tell us who looked, and let us see it without asking.' }],
    priorConsultation: null,
    guardianDecision: signed(
      plan.officers.find(({ duties }) => duties.includes('caldicott-guardian'))?.name ?? plan.officers[0]!.name,
      'Agreed for the purposes named.',
    ),
    riskOwnerDecision: signed(
      officerWith(plan, 'senior-information-risk-owner').name,
      'The remaining risk is accepted.',
    ),
    nextReview,
  }
}
