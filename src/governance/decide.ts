import type { Instant, PurposeId, SubjectId } from '#kernel'
import { columnsAt } from './columns.ts'
import { claimIndex, type Facts, gatherFacts } from './facts.ts'
import { holdersOf } from './grants-index.ts'
import { leastFirst } from './least-first.ts'
import type { PolicyAnswer, PolicyEngine, PolicyText } from './policy-engine.ts'
import { cedarRequest } from './request.ts'
import { type GovernanceState, type Grant, holderKey, indexKey, type Purpose } from './state.ts'
import type { Action, AgreementRef, ContractRef, DpiaRef, GrantBasis, Level, RowScope } from './vocabulary.ts'

export interface ReadRequest {
  readonly subject: SubjectId
  readonly purpose: PurposeId
  /** Name of an object type. */
  readonly object: string
  /** Every column that the read touches: selected, filtered, sorted, grouped or linked by. */
  readonly columns: readonly string[] | 'all-permitted'
  /** Fixes the level; left out, the least identifying one that a grant gives. */
  readonly level?: Level
  readonly at: Instant
  readonly action: Action
}

export interface Reason {
  /** Id of a policy in policies/, or `person-unknown` or `no-grant`. */
  readonly code: string
  /** The grant that it speaks of, if there is one. */
  readonly grant: string | null
  readonly says: string
  readonly help: string
}

export interface Permission {
  readonly allowed: true
  readonly grant: string
  readonly grantBasis: GrantBasis
  readonly level: Level
  /** What was asked for; for `all-permitted` what the grant holds and the contract shows at the level. */
  readonly columns: readonly string[]
  readonly rows: RowScope
  /** As it stands at that moment. */
  readonly purpose: Purpose
  /** The version in force, which may be later than the one that the grant names; null in an emergency. */
  readonly dpia: DpiaRef | null
  readonly contract: ContractRef | null
  readonly agreement: AgreementRef | null
  readonly disclosurePolicy: string | null
  /** First moment at which the same question may have another answer without any new entry. */
  readonly until: Instant
  /** What the ledger entry of the read cites. */
  readonly basis: DecisionBasis
}

export interface DecisionBasis {
  /** Index of the last entry that the decision knew of. */
  readonly stateUpTo: number
  readonly policies: readonly string[]
  readonly policiesSha256: string
  readonly approvedBy: SubjectId
  readonly approvedDpia: DpiaRef | null
  /** Index of the claim in the DPIA version in force. */
  readonly claim: number
  readonly article6: string
  readonly article9: string | null
  readonly commonLaw: string
}

/** Reasons are for the ledger and for `access explain`, never for an answer to the read. */
export interface Refusal {
  readonly allowed: false
  readonly reasons: readonly Reason[]
}

export type Decision = Permission | Refusal

/**
 * May this person do this now? Rests on one grant, since columns of one with rows of another would show what neither
 * does: among those that allow everything asked, the least identifying, then the narrowest in rows, then by id.
 * Pure; nothing is kept between calls.
 */
export function decide(state: GovernanceState, request: ReadRequest, engine: PolicyEngine): Decision {
  if (!state.persons.has(request.subject)) return { allowed: false, reasons: [personUnknown] }
  const candidates = candidateGrants(state, request)
  if (candidates.length === 0) return { allowed: false, reasons: [noGrant] }
  const refusals = new Map<Grant, readonly Reason[]>()
  for (const grant of [...candidates].sort((a, b) => Number(isLikely(b, request)) - Number(isLikely(a, request)))) {
    const { answer, facts } = judgeGrant(state, grant, request, engine)
    if (answer.allowed) return permission(state, facts, request, engine, answer.policies)
    refusals.set(grant, reasonsOf(answer, grant))
  }
  return { allowed: false, reasons: candidates.flatMap((grant) => refusals.get(grant) ?? []) }
}

export function canDo(state: GovernanceState, request: ReadRequest, engine: PolicyEngine): boolean {
  return decide(state, request, engine).allowed
}

/** Every grant on the object type that names the person or a role they have or had, live or not. */
function candidateGrants(state: GovernanceState, request: ReadRequest): Grant[] {
  const ids = holdersOf(state, request.subject).flatMap(
    (holder) => state.grantsByHolderObject.get(indexKey(holderKey(holder), request.object)) ?? [],
  )
  return ids.map((id) => state.grants.get(id)!).sort(leastFirst)
}

/**
 * Whether a grant is worth asking about before the others: the rest differ from the request in what every policy set here
 * compares first. Only the order of asking depends on it; each grant that is asked about is judged by the policies.
 */
function isLikely({ purpose, action, level, from, until, revokedAt }: Grant, request: ReadRequest): boolean {
  const { at } = request
  return (
    purpose === request.purpose &&
    action === request.action &&
    (request.level === undefined || level === request.level) &&
    from <= at &&
    at < until &&
    (revokedAt === null || at < revokedAt)
  )
}

/** Asks Cedar about one grant for one person. Throws where they are not registered: callers look first. */
export function judgeGrant(
  state: GovernanceState,
  grant: Grant,
  request: ReadRequest,
  engine: PolicyEngine,
): { readonly answer: PolicyAnswer; readonly facts: Facts } {
  const facts = gatherFacts(state, grant, request.subject, request.purpose, request.at)
  if (!facts) throw new Error('a grant was judged for a person who is not registered')
  const { at, action, purpose, level = grant.level } = request
  const columns = columnsJudged(grant, request.columns)
  return { facts, answer: engine.ask(cedarRequest(state, facts, { at, action, purpose, level, columns })) }
}

/**
 * The columns that Cedar is asked about. A question that names none (how many rows?) is judged as if it asked for all
 * of the grant's, so that a grant over nothing but hidden columns does not even tell that.
 */
export function columnsJudged(grant: Grant, columns: ReadRequest['columns']): readonly string[] {
  if (columns !== 'all-permitted' && columns.length > 0) return columns
  const permitted = permittedColumns(grant)
  return permitted.length > 0 ? permitted : grant.columns
}

/** What of a grant's columns the contract shows at its level: a bad event may name more. */
export function permittedColumns(grant: Grant): readonly string[] {
  const permitted = columnsAt(grant.object, grant.level)
  return grant.columns.filter((column) => permitted.has(column))
}

function permission(
  state: GovernanceState,
  facts: Facts,
  request: ReadRequest,
  engine: PolicyEngine,
  policies: readonly PolicyText[],
): Permission {
  const { grant, dpia, purpose } = facts
  if (!purpose || (!dpia && grant.basis !== 'break-glass'))
    throw new Error('a policy permitted a read without a DPIA or a purpose')
  return {
    allowed: true,
    grant: grant.id,
    grantBasis: grant.basis,
    level: grant.level,
    columns: request.columns === 'all-permitted' ? permittedColumns(grant) : request.columns,
    rows: grant.rows,
    purpose,
    dpia: dpia && grant.dpia ? { id: dpia.id, version: dpia.version, sha256: dpia.sha256 } : null,
    contract: grant.contract,
    agreement: grant.agreement,
    disclosurePolicy: grant.disclosurePolicy,
    until: nextMoment(facts, request.at),
    basis: {
      stateUpTo: state.upTo,
      policies: policies.map((policy) => policy.id),
      policiesSha256: engine.sha256,
      approvedBy: grant.approvedBy,
      approvedDpia: grant.dpia,
      claim: claimIndex(facts),
      article6: purpose.article6,
      article9: purpose.article9,
      commonLaw: purpose.commonLaw,
    },
  }
}

function nextMoment(facts: Facts, at: Instant): Instant {
  return [...facts.moments, ...facts.crowdMoments].reduce(
    (next, m) => (m > at && m < next ? m : next),
    facts.grant.until,
  )
}

/** Why an answer about a grant is no; where nothing forbade, no policy permitted: the grant is for another action. */
export function reasonsOf(answer: PolicyAnswer, grant: Grant): readonly Reason[] {
  const reasons = answer.policies.map(({ id, says, help }) => ({ code: id, grant: grant.id, says, help }))
  return reasons.length > 0 ? reasons : [{ ...otherAction, grant: grant.id }]
}

const personUnknown: Reason = {
  code: 'person-unknown',
  grant: null,
  says: 'the person is not in the register of this tenant',
  help: 'have an officer register the person',
}

const noGrant: Reason = {
  code: 'no-grant',
  grant: null,
  says: 'no grant names this person and this object type',
  help: 'ask an information asset owner for a grant',
}

const otherAction: Reason = {
  code: 'grant-action',
  grant: null,
  says: 'the grant is for another action',
  help: 'ask for a grant for this action',
}
