import type { Instant } from '#kernel'
import { msBetween } from '#kernel'
import { columnsAt } from './columns.ts'
import type { CedarRequest } from './policy-engine.ts'
import { type DpiaVersion, type GovernanceState, type Grant, inForce, type Person, type Purpose } from './state.ts'
import type { Action, DpiaClaim, Level } from './vocabulary.ts'

const dayMs = 86_400_000
/** The largest moment a JavaScript date can name: stands for "never". */
const never = 8_640_000_000_000_000

/** Everything one decision rests on, looked up in the state at one moment. Facts only; Cedar judges them. */
export interface Facts {
  readonly person: Person
  readonly grant: Grant
  /** null: not registered. */
  readonly purpose: Purpose | null
  readonly dpiaNamed: boolean
  readonly dpia: DpiaVersion | null
}

export interface Asked {
  readonly at: Instant
  readonly action: Action
  readonly purpose: string
  readonly level: Level
  readonly columns: readonly string[]
}

export function gatherFacts(state: GovernanceState, grant: Grant, purposeId: string, at: Instant): Facts | null {
  const person = state.persons.get(grant.subject)
  if (!person) return null
  const versions = state.dpias.get(grant.dpia.id) ?? []
  return {
    person,
    grant,
    purpose: state.purposes.get(purposeId) ?? null,
    dpiaNamed: versions.some((v) => v.version === grant.dpia.version && v.sha256 === grant.dpia.sha256),
    dpia: inForce(versions, at),
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

/** The question to Cedar: the two entities that matter, and a context after policies/schema.cedarschema. */
export function cedarRequest(state: GovernanceState, facts: Facts, asked: Asked): CedarRequest {
  const { person, grant, purpose, dpia } = facts
  const holder = { type: 'Person', id: grant.subject }
  const outside = columnsOutside(grant, asked.columns)
  const grantUid = { type: 'Grant', id: grant.id }
  return {
    principal: { type: 'Person', id: person.id },
    action: { type: 'Action', id: asked.action },
    resource: { type: 'DataSet', id: grant.object },
    context: {
      now: millis(asked.at),
      ledgerTime: millis(state.lastTime),
      controller: state.controller ?? '',
      purpose: asked.purpose,
      purposeClass: purpose?.class ?? '',
      level: asked.level,
      grant: { __entity: grantUid },
      columnsOutsideGrant: outside.grant,
      columnsOutsideContract: outside.contract,
      dpia: {
        named: facts.dpiaNamed,
        inForce: dpia?.version ?? 0,
        claim: claimRecord(dpia?.claims[claimIndex(facts)], grant),
      },
    },
    entities: [
      { uid: holder, attrs: personAttributes(person), parents: [] },
      { uid: grantUid, attrs: grantAttributes(grant, holder), parents: [] },
    ],
  }
}

function personAttributes(person: Person) {
  return {
    kind: person.kind,
    employer: person.employer,
    post: person.post,
    duties: [...person.duties],
    from: millis(person.from),
    until: person.until === null ? never : millis(person.until),
    clearanceUntil: person.clearanceUntil === null ? 0 : millis(person.clearanceUntil),
  }
}

function grantAttributes(grant: Grant, holder: { type: string; id: string }) {
  const { approver, holderPost } = grant.approval
  return {
    holder: { __entity: holder },
    dataSet: dataSet(grant.object),
    action: grant.action,
    level: grant.level,
    purpose: grant.purpose,
    from: millis(grant.from),
    until: millis(grant.until),
    revokedAt: grant.revokedAt === null ? never : millis(grant.revokedAt),
    days: daysOf(grant),
    dpiaVersion: grant.dpia.version,
    disclosurePolicy: grant.disclosurePolicy ?? '',
    approver: { __entity: { type: 'Person', id: grant.approvedBy } },
    approverKind: approver?.kind ?? '',
    approverEmployer: approver?.employer ?? '',
    approverDuties: [...(approver?.duties ?? [])],
    post: holderPost ?? -1,
  }
}

/** A claim may name hundreds of data sets and purposes: only those that the grant names can matter, and are passed. */
function claimRecord(claim: DpiaClaim | undefined, grant: Grant) {
  return {
    kinds: [...(claim?.kinds ?? [])],
    dataSets: claim?.objects.includes(grant.object) ? [dataSet(grant.object)] : [],
    levels: [...(claim?.levels ?? [])],
    purposes: claim?.purposes.includes(grant.purpose) ? [grant.purpose] : [],
    daysMax: claim?.daysMax ?? 0,
  }
}

function dataSet(object: string) {
  return { __entity: { type: 'DataSet', id: object } }
}

export function millis(at: Instant): number {
  return Date.parse(at)
}

/** Every moment that the decision compares with now; between two of them the answer cannot change by time alone. */
export function momentsOf(state: GovernanceState, facts: Facts): Instant[] {
  const { person, grant } = facts
  const moments = [person.from, person.until, person.clearanceUntil, grant.from, grant.until, grant.revokedAt]
  const takingEffect = (state.dpias.get(grant.dpia.id) ?? []).map((version) => version.effectiveFrom)
  return [...moments, ...takingEffect].filter((moment) => moment !== null)
}
