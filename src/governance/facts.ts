import { type Instant, msBetween } from '#kernel'
import { breadthOfEmployer, elevatedAt } from './crowd.ts'
import type { DpiaClaim } from './dpia-form.ts'
import { isInLine } from './entitlement.ts'
import {
  type AgreementFacts,
  agreementFacts,
  type ContractFacts,
  contractFacts,
  dataSetsOf,
  lapsesAt,
  membershipFor,
  reviewDue,
} from './standing.ts'
import {
  type DpiaVersion,
  effectiveFrom,
  type GovernanceState,
  type Grant,
  inForce,
  type Person,
  type Purpose,
  purposeAt,
} from './state.ts'
import { basesWithInstrument } from './vocabulary.ts'

const dayMs = 86_400_000

/** Everything one decision rests on, looked up in the state at one moment. Facts only; Cedar judges them. */
export interface Facts {
  readonly person: Person
  readonly grant: Grant
  /** The post in which they came to the grant: when it was approved, or when they joined the team. -1: not a member. */
  readonly heldInPost: number
  /** Approver and holder are in one line: as it was at the approval and, for a role in a team, as it is now. */
  readonly approverInLine: boolean
  /** As it stands at the moment; null: not registered. */
  readonly purpose: Purpose | null
  readonly instrumentInForce: boolean
  readonly tenantOnUntil: Instant | null
  /** `no-product`: the purpose belongs to none. */
  readonly productOnUntil: Instant | null | 'no-product'
  readonly controllerUntil: Instant | null
  readonly employerUntil: Instant | null
  readonly sector: string
  readonly dpiaNamed: boolean
  readonly dpia: DpiaVersion | null
  readonly breadth: Breadth
  readonly elevated: Elevated
  readonly contract: ContractFacts
  readonly agreement: AgreementFacts
  readonly lapsesAt: Instant | null
  /** Moments at which the answer may change without a new entry. */
  readonly moments: readonly Instant[]
  /** The same, for what other people's grants mean for it. */
  readonly crowdMoments: readonly Instant[]
}

export interface Breadth {
  readonly person: number
  readonly personMax: number
  readonly employer: number
  readonly employerMax: number
}

export interface Elevated {
  /** Place among the people who take up the cap, from 1. */
  readonly place: number
  readonly peopleMax: number
  readonly daysMax: number
  readonly reviewDue: Instant | null
}

/** null: the person is not registered. */
export function gatherFacts(
  state: GovernanceState,
  grant: Grant,
  subject: string,
  purposeId: string,
  at: Instant,
): Facts | null {
  const person = state.persons.get(subject)
  if (!person) return null
  const moments: Instant[] = []
  const note = (moment: Instant | null) => {
    if (moment !== null) moments.push(moment)
  }
  const registered = state.purposes.get(purposeId)
  for (const change of registered?.reclassed ?? []) note(change.from)
  const purpose = registered ? purposeAt(registered, at) : null
  const versions = (grant.dpia && state.dpias.get(grant.dpia.id)) ?? []
  const forCare = purpose?.class === 'individual-care'
  const dpia = dpiaFor(versions, grant, at, forCare, note)
  const organisation = state.organisations.get(person.employer)
  const controller = state.organisations.get(state.controller ?? '')
  const on = (scope: string) => state.switchedOn.get(scope)?.until ?? null
  const crowdMoments: Instant[] = []
  const noteCrowd = (moment: Instant | null) => {
    if (moment !== null) crowdMoments.push(moment)
  }
  const facts: Omit<Facts, 'moments' | 'crowdMoments'> = {
    ...{ person, grant, purpose, dpia },
    heldInPost: heldInPost(state, grant, person, at, note),
    approverInLine: grant.approval.inLine || ('team' in grant.holder && isInLine(state, grant.approvedBy, person.id)),
    instrumentInForce: hasInstrument(state, purpose, at, note),
    tenantOnUntil: on('tenant'),
    productOnUntil: purpose?.product ? on(`product:${purpose.product}`) : 'no-product',
    controllerUntil: controller?.until ?? null,
    employerUntil: organisation?.until ?? null,
    sector: organisation?.sector ?? 'other',
    dpiaNamed: versions.some((v) => v.version === grant.dpia?.version && v.sha256 === grant.dpia.sha256),
    breadth: breadthOf(state, grant, person, dpia, at, { note, noteCrowd }),
    elevated: elevatedOf(state, grant, person, dpia, at, noteCrowd),
    contract: contractFacts(state, grant, person, at, note),
    agreement: agreementFacts(state, grant, person, at, note),
    lapsesAt: lapsesAt(state, grant),
  }
  for (const moment of [person.from, person.until, person.clearanceUntil, person.trainingUntil]) note(moment)
  for (const moment of [grant.from, grant.until, grant.revokedAt, facts.lapsesAt, facts.elevated.reviewDue])
    note(moment)
  for (const moment of [facts.tenantOnUntil, facts.controllerUntil, facts.employerUntil]) note(moment)
  if (facts.productOnUntil !== 'no-product') note(facts.productOnUntil)
  return { ...facts, moments, crowdMoments }
}

type Note = (moment: Instant | null) => void

/** Of the assessment that a grant rests on, the version that judges it: for care, the one it was given under if later. */
function dpiaFor(
  versions: readonly DpiaVersion[],
  grant: Grant,
  at: Instant,
  forCare: boolean,
  note: Note,
): DpiaVersion | null {
  const cited = versions.find((version) => version.version === grant.dpia?.version)
  for (const version of versions) note(effectiveFrom(version, forCare))
  note(cited?.effectiveFrom ?? null)
  const dpia = inForce(versions, at, forCare)
  return cited && cited.effectiveFrom <= at && cited.version > (dpia?.version ?? 0) ? cited : dpia
}

function heldInPost(state: GovernanceState, grant: Grant, person: Person, at: Instant, note: Note): number {
  if ('person' in grant.holder) return grant.approval.holderPost ?? -1
  return membershipFor(state, grant, person.id, at, note)?.post ?? -1
}

/** Where the basis in common law is a law, something has to stand behind it now. */
function hasInstrument(state: GovernanceState, purpose: Purpose | null, at: Instant, note: Note): boolean {
  if (!purpose || !basesWithInstrument.includes(purpose.commonLaw)) return true
  const found = purpose.instruments.map((id) => state.instruments.get(id)).filter((each) => each !== undefined)
  for (const { from, until } of found) {
    note(from)
    note(until)
  }
  return found.some(({ from, until }) => from <= at && (until === null || at < until))
}

const unlimited = Number.MAX_SAFE_INTEGER

function breadthOf(
  state: GovernanceState,
  grant: Grant,
  person: Person,
  dpia: DpiaVersion | null,
  at: Instant,
  { note, noteCrowd }: { readonly note: Note; readonly noteCrowd: Note },
): Breadth {
  const limits = dpia?.bounds.breadth
  if (!limits || grant.basis !== 'approval' || grant.action !== 'read' || grant.level === 'aggregate')
    return { person: 0, personMax: unlimited, employer: 0, employerMax: unlimited }
  const { personMax, employerMax } = limits
  return {
    ...{ person: dataSetsOf(state, person, grant, at, note).size, personMax, employerMax },
    employer:
      person.employer === state.controller ? 0 : breadthOfEmployer(state, person.employer, grant, at, noteCrowd),
  }
}

function elevatedOf(
  state: GovernanceState,
  grant: Grant,
  person: Person,
  dpia: DpiaVersion | null,
  at: Instant,
  note: Note,
): Elevated {
  const daysMax = dpia?.bounds.elevated?.daysMax ?? 0
  if (person.kind !== 'processor-staff' || grant.level !== 'identifiable' || grant.action !== 'read')
    return { place: 0, peopleMax: 0, daysMax, reviewDue: null }
  const { places, peopleMax } = elevatedAt(state, at, note)
  return {
    ...{ place: places.get(person.id) ?? places.size + 1, peopleMax },
    daysMax,
    reviewDue: reviewDue(state, grant, at),
  }
}

/**
 * Index of the claim, of the DPIA version in force, that Cedar is shown: the first that contains the grant, or the first
 * of all. Should it be chosen wrongly, Cedar refuses: it judges the claim again.
 */
export function claimIndex({ person, grant, dpia }: Facts): number {
  const days = daysOf(grant)
  const contains = (claim: DpiaClaim) =>
    claim.kinds.includes(person.kind) &&
    claim.objects.includes(grant.object) &&
    claim.levels.includes(grant.level) &&
    claim.purposes.includes(grant.purpose) &&
    (claim.recipients?.includes(person.employer) ?? true) &&
    days <= claim.daysMax
  return Math.max(0, dpia?.claims.findIndex(contains) ?? 0)
}

export function daysOf(grant: { readonly from: Instant; readonly until: Instant }): number {
  return Math.ceil(msBetween(grant.from, grant.until) / dayMs)
}
