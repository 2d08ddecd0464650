import {
  approveGrant,
  dpiaHash,
  type EventType,
  evidenceItems,
  fold,
  type GovernanceState,
  type Input,
  type PolicyEngine,
  sign,
} from '#governance'
import { addMs, type Instant, type OdsCode, type PurposeId, parseSubjectId } from '#kernel'
import type { EntryInput } from '#ledger'
import type { TenantPlan } from './plan.ts'
import { instruments } from './plan-parts.ts'
import {
  agreementInputs,
  contractInput,
  documentOf,
  grantInput,
  openingInput,
  personInput,
  requestInput,
  safetyOfficerOf,
} from './seed-inputs.ts'

const dayMs = 86_400_000
const papersDays = 365

export interface SeedEntriesInput {
  readonly plan: TenantPlan
  readonly state: GovernanceState
  readonly policies: PolicyEngine
  readonly at: Instant
}

/** Every entry that a plan makes, in order, each signed in the state after the ones before it. */
export function seedEntries({ plan, state: before, policies, at }: SeedEntriesInput): readonly EntryInput[] {
  const made: EntryInput[] = []
  let state = before
  const add = (entry: EntryInput) => {
    state = fold(state, { ...entry, index: state.upTo + 1, time: at })
    made.push(entry)
  }
  const event = <T extends EventType>(type: T, input: Input<T>) => add(sign(state, type, input, at))
  const by = parseSubjectId(plan.officers[0]!.id)
  event('governance.tenant-opened', openingInput(plan))
  for (const organisation of plan.organisations)
    event('governance.organisation-registered', { ...organisation, by, id: organisation.id as OdsCode })
  registerPeople(plan, event, at)
  for (const instrument of Object.values(instruments))
    event('governance.instrument-registered', { ...instrument, by, conditions: [], from: at, until: null })
  for (const { id, instruments: named = [], ...purpose } of plan.purposes)
    event('governance.purpose-registered', { ...purpose, by, id: id as PurposeId, instruments: [...named] })
  for (const family of plan.families)
    event('governance.family-registered', { ...family, by, objects: [...family.objects] })
  for (const contract of plan.contracts) event('governance.contract-registered', contractInput(contract, by, at))
  for (const agreement of plan.agreements) {
    const { proposed, signed } = agreementInputs(agreement, by, at)
    event('governance.agreement-proposed', proposed)
    for (const signature of signed) event('governance.agreement-signed', signature)
  }
  const dpia = assess(plan, event, at)
  for (const scope of ['tenant', ...plan.products.map((id) => `product:${id}`)])
    event('governance.switched-on', {
      ...{ by, scope, clinicalSafetyOfficer: safetyOfficerOf(plan) },
      evidence: evidenceItems.map((item) => ({
        item,
        reference: `${item} of ${plan.name}`,
        until: addMs(at, papersDays * dayMs),
      })),
    })
  for (const grant of [...plan.roleGrants, ...plan.grants])
    add(approveGrant(state, grantInput(grant, { by, at, dpia }), at, policies))
  for (const request of plan.requests) event('governance.access-requested', requestInput(request, dpia, at))
  return made
}

type Event = <T extends EventType>(type: T, input: Input<T>) => void

function registerPeople(plan: TenantPlan, event: Event, at: Instant): void {
  const by = parseSubjectId(plan.officers[0]!.id)
  for (const person of plan.people) {
    event('governance.person-registered', personInput(plan, person, by, at))
    const { clearance } = person
    if (clearance === undefined) continue
    const until = addMs(at, clearance.days * dayMs)
    event('governance.clearance-recorded', {
      ...{ by, person: parseSubjectId(person.id), until, reference: clearance.reference },
    })
  }
  for (const team of plan.teams) {
    event('governance.team-registered', { by, id: team.id, name: team.name, organisation: plan.controller })
    for (const { person, role } of team.members)
      event('governance.team-joined', {
        ...{ by, team: team.id, person: parseSubjectId(person), role, from: at, until: null },
      })
  }
}

function assess(plan: TenantPlan, event: Event, at: Instant) {
  const { id, title, claims, bounds } = plan.dpia
  const contracts = plan.contracts.map(({ id: contract, days, subProcessors, instructions }) => ({
    ...{ id: contract, until: addMs(at, days * dayMs), subProcessors: [...subProcessors] as OdsCode[] },
    purposes: [...new Set(instructions.flatMap(({ purposes }) => purposes as readonly PurposeId[]))],
  }))
  const document = documentOf(plan, at, addMs(at, papersDays * dayMs))
  const version = { title, claims: [...claims], bounds: { ...bounds, contracts }, document }
  const sha256 = dpiaHash(version)
  const by = parseSubjectId(plan.officers[0]!.id)
  event('governance.dpia-approved', { ...version, by, id, dpiaVersion: 1, sha256, effectiveFrom: at })
  return { id, version: 1, sha256 }
}
