import {
  approveGrant,
  columnsAt,
  dpiaHash,
  type EventType,
  fold,
  type GovernanceState,
  type Input,
  type PolicyEngine,
  sign,
} from '#governance'
import { addMs, type Instant, type OdsCode, parseSubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import type { GrantPlan, TenantPlan } from '../plan.ts'
import { claim, purposes } from '../plan-parts.ts'
import { documentOf, grantInput, personInput } from '../seed-inputs.ts'
import type { Hospital } from './hospital.ts'

/** Object types by what tells them; no type is told by two, for a snapshot of one takes the place of the other. */
export const hospitalTypes = {
  files: ['EalEntry', 'Referral'],
  messages: ['Patient', 'Admission'],
  fhir: ['Encounter', 'PatientDiagnosis', 'Procedure'],
  database: ['Appointment', 'WardStay'],
} as const

const dpiaId = 'hospital-system'
const grantDays = 180
const papersDays = 365
const dayMs = 86_400_000
const types: readonly string[] = Object.values(hospitalTypes).flat()

/** Who takes the hospital's data in, and who looks after them. */
export const hospitalPeople = {
  feedOf: (tenant: string) => `nightly.feed@${tenant}.example`,
  keeperOf: (tenant: string) => `ida.quill@${tenant}.example`,
} as const

export interface HospitalEntriesInput {
  readonly hospital: Hospital
  readonly plan: TenantPlan
  readonly state: GovernanceState
  readonly policies: PolicyEngine
  readonly at: Instant
}

/** The events that let the hospital's data in, and one person read them; none where they are there already. */
export function hospitalEntries({
  hospital,
  plan,
  state: before,
  policies,
  at,
}: HospitalEntriesInput): readonly EntryInput[] {
  if (before.dpias.has(dpiaId)) return []
  const made: EntryInput[] = []
  let state = before
  const add = (entry: EntryInput) => {
    state = fold(state, { ...entry, index: state.upTo + 1, time: at })
    made.push(entry)
  }
  const event = <T extends EventType>(type: T, input: Input<T>) => add(sign(state, type, input, at))
  const by = parseSubjectId(plan.officers[0]!.id)
  const organisation = { id: hospital.controller as OdsCode, name: hospital.name, sector: 'nhs' as const }
  event('governance.organisation-registered', { ...organisation, by })
  const keeper = { id: hospitalPeople.keeperOf(plan.id), name: 'Ida Quill', role: 'Data quality lead of the hospital' }
  event('governance.person-registered', personInput(plan, { ...keeper, trainingDays: papersDays }, by, at))
  const version = {
    title: `The hospital system at ${plan.name}`,
    claims: [claim(['identifiable'], types, [purposes.intake.id, purposes.waitingList.id])],
    bounds: { ...plan.dpia.bounds, contracts: [] },
    document: documentOf(plan, at, addMs(at, papersDays * dayMs)),
  }
  const sha256 = dpiaHash(version)
  event('governance.dpia-approved', { ...version, by, id: dpiaId, dpiaVersion: 1, sha256, effectiveFrom: at })
  const dpia = { id: dpiaId, version: 1, sha256 }
  for (const grant of grantsOf(plan)) add(approveGrant(state, grantInput(grant, { by, at, dpia }), at, policies))
  return made
}

function grantsOf(plan: TenantPlan): readonly GrantPlan[] {
  return types.flatMap((object): GrantPlan[] => {
    const terms = { object, level: 'identifiable' as const, days: grantDays }
    const id = object.toLowerCase()
    return [
      {
        ...{ ...terms, id: `hospital-send-${id}`, action: 'submit', subject: hospitalPeople.feedOf(plan.id) },
        purpose: purposes.intake.id,
      },
      {
        ...{ ...terms, id: `hospital-read-${id}`, action: 'read', subject: hospitalPeople.keeperOf(plan.id) },
        ...{ columns: [...columnsAt(object, 'identifiable')], purpose: purposes.waitingList.id },
      },
    ]
  })
}
