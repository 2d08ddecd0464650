import {
  decide,
  emptyState,
  fold,
  type GovernanceState,
  type Level,
  type PolicyEngine,
  type ReadRequest,
} from '#governance'
import type { JsonObject, PurposeId, SubjectId, TenantId } from '#kernel'
import type { Ledger, LedgerEntry } from '#ledger'

/** One relation of a logged read that is not decided now as it was then. */
export interface ReplayFinding {
  readonly entry: number
  readonly object: string
  /** The grant that the entry names. */
  readonly grant: string
  /** What deciding it again gives: another grant, or the codes of the refusal. */
  readonly again: string
}

export interface ReplayReport {
  readonly reads: number
  readonly relations: number
  /** Reads that were decided under other policies than these, so that they were not decided again. */
  readonly otherPolicies: number
  readonly findings: readonly ReplayFinding[]
}

interface LoggedRelation {
  readonly object: string
  readonly columns: readonly string[]
  readonly level: Level
  readonly grant: string
  readonly policies: string
}

/**
 * What an auditor does (law 7): folds the ledger from its first entry and decides every logged read again in the state
 * as it was before its entry, at the entry's time. Each must be allowed by the grant it names, and by no wider one.
 */
export async function replayReads(
  ledger: Pick<Ledger, 'entries'>,
  tenant: TenantId,
  policies: PolicyEngine,
): Promise<ReplayReport> {
  let state = emptyState(tenant)
  let [reads, relations, otherPolicies] = [0, 0, 0]
  const findings: ReplayFinding[] = []
  for await (const entry of ledger.entries()) {
    if (entry.type === 'read.opened') {
      reads += 1
      for (const relation of relationsOf(entry)) {
        relations += 1
        if (relation.policies !== policies.sha256) otherPolicies += 1
        else findings.push(...decideAgain(state, entry, relation, policies))
      }
    }
    state = fold(state, entry)
  }
  return { reads, relations, otherPolicies, findings }
}

function relationsOf({ governance }: LedgerEntry): LoggedRelation[] {
  return Object.values((governance.relations ?? {}) as JsonObject) as unknown as LoggedRelation[]
}

function decideAgain(
  state: GovernanceState,
  { index, time, governance }: LedgerEntry,
  { object, columns, level, grant }: LoggedRelation,
  policies: PolicyEngine,
): ReplayFinding[] {
  const request: ReadRequest = {
    subject: governance.subject as SubjectId,
    purpose: governance.purpose as PurposeId,
    ...{ object, columns, level, action: 'read', at: time },
  }
  const decision = decide(state, request, policies)
  if (decision.allowed && decision.grant === grant) return []
  const again = decision.allowed ? decision.grant : decision.reasons.map((reason) => reason.code).join(', ')
  return [{ entry: index, object, grant, again }]
}
