import { type Instant, msBetween } from '#kernel'
import { columnsAt, isRestricted } from './columns.ts'
import { breadthOfEmployer, elevatedAt } from './crowd.ts'
import type { DpiaClaim } from './dpia-form.ts'
import { isInLine } from './entitlement.ts'
import { openingMsMax } from './events/openings.ts'
import type { CedarRequest } from './policy-engine.ts'
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
  holderKey,
  inForce,
  type Person,
  type Purpose,
  purposeAt,
} from './state.ts'
import { type Action, basesWithInstrument, type Level } from './vocabulary.ts'

const dayMs = 86_400_000
/** The largest moment a JavaScript date can name: stands for "never". */
const never = 8_640_000_000_000_000

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

export interface Asked {
  readonly at: Instant
  readonly action: Action
  readonly purpose: string
  readonly level: Level
  readonly columns: readonly string[]
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

/** Columns asked for that the grant does not hold, and that the contract does not show at its level. */
export function columnsOutside(grant: Grant, columns: readonly string[]): { grant: string[]; contract: string[] } {
  const permitted = columnsAt(grant.object, grant.level)
  const granted = new Set(grant.columns)
  return {
    grant: columns.filter((column) => !granted.has(column)),
    contract: columns.filter((column) => !permitted.has(column)),
  }
}

/** The question to Cedar: the entities that matter, and a context after policies/schema.cedarschema. */
export function cedarRequest(state: GovernanceState, facts: Facts, asked: Asked): CedarRequest {
  const { person, grant, purpose, dpia, breadth, elevated, contract, agreement } = facts
  const holder = { type: 'Holder', id: holderKey(grant.holder) }
  const outside = columnsOutside(grant, asked.columns)
  const principal = { type: 'Person', id: person.id }
  const grantUid = { type: 'Grant', id: grant.id }
  return {
    principal,
    action: { type: 'Action', id: asked.action },
    resource: { type: 'DataSet', id: grant.object },
    context: {
      now: millis(asked.at),
      ledgerTime: millis(state.lastTime),
      controller: state.controller ?? '',
      controllerUntil: untilMillis(facts.controllerUntil),
      tenantOnUntil: facts.tenantOnUntil === null ? 0 : millis(facts.tenantOnUntil),
      productOnUntil: productMillis(facts.productOnUntil),
      purpose: asked.purpose,
      purposeClass: purpose?.class ?? '',
      instrumentInForce: facts.instrumentInForce,
      level: asked.level,
      grant: { __entity: grantUid },
      columnsOutsideGrant: outside.grant,
      columnsOutsideContract: outside.contract,
      restricted: asked.columns.some((column) => isRestricted(grant.object, column)),
      openingMsMax: openingMsMax[grant.basis],
      dpia: {
        named: facts.dpiaNamed,
        inForce: dpia?.version ?? 0,
        none: 0,
        controller: dpia?.controller ?? '',
        claim: claimRecord(dpia?.claims[claimIndex(facts)], grant, person),
      },
      breadth: {
        ...{ person: besideLimit(breadth.person, breadth.personMax), personMax: breadth.personMax },
        ...{ employer: besideLimit(breadth.employer, breadth.employerMax), employerMax: breadth.employerMax },
      },
      elevated: {
        ...{ place: besideLimit(elevated.place, elevated.peopleMax), peopleMax: elevated.peopleMax },
        daysMax: elevated.daysMax,
        reviewDue: elevated.reviewDue === null ? 0 : millis(elevated.reviewDue),
      },
      contract: { ...contract },
      agreement: { ...agreement },
    },
    entities: [
      { uid: principal, attrs: personAttributes(facts), parents: facts.heldInPost === -1 ? [] : [holder] },
      { uid: grantUid, attrs: grantAttributes(facts, holder), parents: [] },
    ],
  }
}

/**
 * A count as Cedar is shown it: the limit, or one more. It is compared with that limit alone, and so thousands of
 * questions that differ in nothing else have one shape (request-shape.ts).
 */
function besideLimit(count: number, limit: number): number {
  return count > limit ? limit + 1 : limit
}

function personAttributes({ person, sector, employerUntil }: Facts) {
  return {
    kind: person.kind,
    employer: person.employer,
    sector,
    employerUntil: untilMillis(employerUntil),
    post: person.post,
    duties: [...person.duties],
    from: millis(person.from),
    until: untilMillis(person.until),
    clearanceUntil: person.clearanceUntil === null ? 0 : millis(person.clearanceUntil),
    trainingUntil: person.trainingUntil === null ? 0 : millis(person.trainingUntil),
  }
}

function grantAttributes(
  { grant, heldInPost, approverInLine, lapsesAt: lapse }: Facts,
  holder: { type: string; id: string },
) {
  const { approver } = grant.approval
  return {
    holder: { __entity: holder },
    team: !('person' in grant.holder),
    basis: grant.basis,
    dataSet: dataSet(grant.object),
    action: grant.action,
    level: grant.level,
    purpose: grant.purpose,
    from: millis(grant.from),
    until: millis(grant.until),
    revokedAt: untilMillis(grant.revokedAt),
    lapsesAt: untilMillis(lapse),
    days: daysOf(grant),
    length: msBetween(grant.from, grant.until),
    dpiaVersion: grant.dpia?.version ?? 0,
    disclosurePolicy: grant.disclosurePolicy ?? '',
    approver: { __entity: { type: 'Person', id: grant.approvedBy } },
    approverKind: approver?.kind ?? '',
    approverEmployer: approver?.employer ?? '',
    approverDuties: [...(approver?.duties ?? [])],
    approverGrade: approver?.grade ?? '',
    approverInLine,
    post: heldInPost,
  }
}

/** A claim may name hundreds of data sets and purposes: only those that the grant names can matter, and are passed. */
function claimRecord(claim: DpiaClaim | undefined, grant: Grant, person: Person) {
  return {
    kinds: [...(claim?.kinds ?? [])],
    dataSets: claim?.objects.includes(grant.object) ? [dataSet(grant.object)] : [],
    levels: [...(claim?.levels ?? [])],
    purposes: claim?.purposes.includes(grant.purpose) ? [grant.purpose] : [],
    recipient: claim !== undefined && (claim.recipients?.includes(person.employer) ?? true),
    training: claim?.training ?? false,
    daysMax: claim?.daysMax ?? 0,
  }
}

function dataSet(object: string) {
  return { __entity: { type: 'DataSet', id: object } }
}

function untilMillis(at: Instant | null): number {
  return at === null ? never : millis(at)
}

function productMillis(at: Facts['productOnUntil']): number {
  if (at === 'no-product') return never
  return at === null ? 0 : millis(at)
}

export function millis(at: Instant): number {
  return Date.parse(at)
}
