import type { Instant, OdsCode, PurposeId, SubjectId } from '#kernel'
import { permittedColumns } from './decide.ts'
import type { DpiaVersion, Grant, Person } from './state.ts'
import type { Action, DpiaRef, Level, PersonKind, RowScope } from './vocabulary.ts'

/** One grant that allows something at the moment asked for. */
export interface AccessRow {
  readonly person: SubjectId
  readonly name: string
  readonly kind: PersonKind
  readonly employer: OdsCode
  readonly role: string
  readonly action: Action
  readonly object: string
  readonly columns: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  readonly purpose: PurposeId
  readonly dpia: DpiaRef
  readonly disclosurePolicy: string | null
  readonly grant: string
  readonly approvedBy: SubjectId
  readonly from: Instant
  readonly until: Instant
}

export interface AccessFilter {
  readonly person?: SubjectId
  readonly object?: string
  readonly purpose?: PurposeId
  readonly level?: Level
  readonly action?: Action
}

export function accessRow(grant: Grant, person: Person, dpia: DpiaVersion): AccessRow {
  return {
    person: person.id,
    name: person.name,
    kind: person.kind,
    employer: person.employer,
    role: person.role,
    action: grant.action,
    object: grant.object,
    columns: permittedColumns(grant),
    level: grant.level,
    rows: grant.rows,
    purpose: grant.purpose,
    dpia: { id: dpia.id, version: dpia.version, sha256: dpia.sha256 },
    disclosurePolicy: grant.disclosurePolicy,
    grant: grant.id,
    approvedBy: grant.approvedBy,
    from: grant.from,
    until: grant.until,
  }
}

export function passes(grant: Grant, filter: AccessFilter): boolean {
  return (
    (filter.person === undefined || grant.subject === filter.person) &&
    (filter.object === undefined || grant.object === filter.object) &&
    (filter.purpose === undefined || grant.purpose === filter.purpose) &&
    (filter.level === undefined || grant.level === filter.level) &&
    (filter.action === undefined || grant.action === filter.action)
  )
}
