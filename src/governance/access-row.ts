import type { Instant, OdsCode, PurposeId, SubjectId } from '#kernel'
import { permittedColumns } from './decide.ts'
import type { Facts } from './facts.ts'
import { lapsesAt } from './standing.ts'
import type { GovernanceState } from './state.ts'
import type {
  Action,
  AgreementRef,
  ContractRef,
  DpiaRef,
  GrantBasis,
  Level,
  PersonKind,
  RowScope,
  TeamRole,
} from './vocabulary.ts'

/** One person for whom a grant allows something at the moment asked for. */
export interface AccessRow {
  readonly person: SubjectId
  readonly name: string
  readonly kind: PersonKind
  readonly employer: OdsCode
  readonly role: string
  /** The role in a team by which they hold it; null where it is in their own name. */
  readonly team: TeamRole | null
  readonly basis: GrantBasis
  readonly action: Action
  readonly object: string
  readonly columns: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  readonly purpose: PurposeId
  readonly dpia: DpiaRef | null
  readonly contract: ContractRef | null
  readonly agreement: AgreementRef | null
  readonly disclosurePolicy: string | null
  readonly grant: string
  readonly approvedBy: SubjectId
  readonly from: Instant
  readonly until: Instant
  /** When it will lapse if nobody uses it. */
  readonly lapsesAt: Instant | null
  readonly reviewDue: Instant | null
  readonly lastUsed: Instant | null
}

export interface AccessFilter {
  readonly person?: SubjectId
  readonly object?: string
  readonly purpose?: PurposeId
  readonly level?: Level
  readonly action?: Action
}

export function accessRow({ grant, person, dpia, lapsesAt, elevated }: Facts): AccessRow {
  return {
    person: person.id,
    name: person.name,
    kind: person.kind,
    employer: person.employer,
    role: person.role,
    team: 'person' in grant.holder ? null : grant.holder,
    basis: grant.basis,
    action: grant.action,
    object: grant.object,
    columns: permittedColumns(grant),
    level: grant.level,
    rows: grant.rows,
    purpose: grant.purpose,
    dpia: dpia && grant.dpia ? { id: dpia.id, version: dpia.version, sha256: dpia.sha256 } : null,
    contract: grant.contract,
    agreement: grant.agreement,
    disclosurePolicy: grant.disclosurePolicy,
    grant: grant.id,
    approvedBy: grant.approvedBy,
    from: grant.from,
    until: grant.until,
    lapsesAt,
    reviewDue: elevated.reviewDue,
    lastUsed: null,
  }
}

/** What changes with every read is looked up when the list is asked for. */
export function withUse(row: AccessRow, state: GovernanceState): AccessRow {
  const lastUsed = state.lastUsed.get(row.grant) ?? null
  const grant = state.grants.get(row.grant)
  return lastUsed === null || !grant ? row : { ...row, lastUsed, lapsesAt: lapsesAt(state, grant) }
}

export function passes(row: AccessRow, filter: AccessFilter): boolean {
  return (
    (filter.object === undefined || row.object === filter.object) &&
    (filter.purpose === undefined || row.purpose === filter.purpose) &&
    (filter.level === undefined || row.level === filter.level) &&
    (filter.action === undefined || row.action === filter.action)
  )
}
