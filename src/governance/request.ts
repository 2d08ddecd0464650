import { type Instant, msBetween } from '#kernel'
import { columnsAt, isRestricted } from './columns.ts'
import type { DpiaClaim } from './dpia-form.ts'
import { openingMsMax } from './events/openings.ts'
import { claimIndex, daysOf, type Facts } from './facts.ts'
import type { CedarRequest } from './policy-engine.ts'
import { type GovernanceState, type Grant, holderKey, type Person } from './state.ts'
import type { Action, Level } from './vocabulary.ts'

/** The largest moment a JavaScript date can name: stands for "never". */
const never = 8_640_000_000_000_000

export interface Asked {
  readonly at: Instant
  readonly action: Action
  readonly purpose: string
  readonly level: Level
  readonly columns: readonly string[]
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
