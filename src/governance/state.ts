import type { Instant, OdsCode, PurposeId, SubjectId, TenantId } from '#kernel'
import { PersistentMap } from './persistent-map.ts'
import type {
  Action,
  CommonLawBasis,
  DpiaClaim,
  DpiaRef,
  Duty,
  Level,
  PersonKind,
  PurposeClass,
  RowScope,
} from './vocabulary.ts'

export interface Organisation {
  readonly id: OdsCode
  readonly name: string
}

/** Someone who acts. Registering the same id again (a new employer, role or clearance) replaces what was there. */
export interface Person {
  readonly id: SubjectId
  readonly name: string
  readonly kind: PersonKind
  readonly employer: OdsCode
  readonly role: string
  readonly duties: readonly Duty[]
  readonly clearanceUntil: Instant | null
  readonly from: Instant
  /** When they leave or left; null while no leaving is known. */
  readonly until: Instant | null
  /** Index of the entry that began their present post: another employer or kind, or a return, begins a new one. */
  readonly post: number
}

export interface Purpose {
  readonly id: PurposeId
  readonly name: string
  readonly class: PurposeClass
  readonly article6: string
  readonly article9: string | null
  readonly commonLaw: CommonLawBasis
  readonly justification: 'never' | 'once-a-session' | 'each-read'
}

export interface DpiaVersion {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly sha256: string
  /** Never before the entry that approved it. */
  readonly effectiveFrom: Instant
  readonly claims: readonly DpiaClaim[]
}

/** What was true of the two people when the grant was approved. History, so it cannot go stale. */
export interface ApprovalFacts {
  /** null: the approver was not registered, or not in post, at that moment. */
  readonly approver: { readonly kind: PersonKind; readonly employer: OdsCode; readonly duties: readonly Duty[] } | null
  /** The post that the holder had; null: they were not registered. */
  readonly holderPost: number | null
}

export interface Grant {
  readonly id: string
  readonly subject: SubjectId
  readonly action: Action
  readonly object: string
  /** Property names, written out when it was approved: a column added to the contract later is not in it. */
  readonly columns: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  readonly purpose: PurposeId
  /** First moment at which it may be used; never before the entry that approved it. */
  readonly from: Instant
  /** First moment at which it may not. */
  readonly until: Instant
  readonly revokedAt: Instant | null
  readonly dpia: DpiaRef
  readonly disclosurePolicy: string | null
  readonly approvedBy: SubjectId
  readonly approvedAt: Instant
  readonly approval: ApprovalFacts
  readonly entry: number
}

/** An event that the ledger holds but that had no effect, because who signed it was not entitled to. */
export interface RejectedEvent {
  readonly entry: number
  readonly type: string
  readonly by: SubjectId
  readonly why: string
}

/** Who governs whom and how, as of an entry. A value: `fold` makes a new one and changes nothing. */
export interface GovernanceState {
  readonly tenant: TenantId
  /** The organisation whose data this tenant holds; null until `governance.tenant-opened`. */
  readonly controller: OdsCode | null
  /** Signs the first registrations; may not approve anything. */
  readonly bootstrap: SubjectId | null
  readonly organisations: PersistentMap<Organisation>
  readonly persons: PersistentMap<Person>
  readonly purposes: PersistentMap<Purpose>
  /** By id, in order of version. */
  readonly dpias: PersistentMap<readonly DpiaVersion[]>
  readonly grants: PersistentMap<Grant>
  /** Ids of all grants that name a person and an object type, live or not, by `indexKey`. */
  readonly grantsBySubjectObject: PersistentMap<readonly string[]>
  readonly rejected: readonly RejectedEvent[]
  /** Index of the last entry that changed anything above; two states with the same one differ in time only. */
  readonly changedAt: number
  /** Index of the last entry folded, of any module; -1 before the first. */
  readonly upTo: number
  /** Time of that entry; decisions about an earlier moment need an earlier state. */
  readonly lastTime: Instant
}

export function emptyState(tenant: TenantId): GovernanceState {
  return {
    tenant,
    controller: null,
    bootstrap: null,
    organisations: PersistentMap.empty(),
    persons: PersistentMap.empty(),
    purposes: PersistentMap.empty(),
    dpias: PersistentMap.empty(),
    grants: PersistentMap.empty(),
    grantsBySubjectObject: PersistentMap.empty(),
    rejected: [],
    changedAt: -1,
    upTo: -1,
    lastTime: '1970-01-01T00:00:00.000Z' as Instant,
  }
}

/** Subject ids hold no space, so the two parts cannot run into each other. */
export function indexKey(subject: string, object: string): string {
  return `${subject} ${object}`
}

export function isInPost(person: Person, at: Instant): boolean {
  return person.from <= at && (person.until === null || at < person.until)
}

/** Of the versions of one DPIA, in order, the one that holds at a moment: the last that has taken effect. */
export function inForce(versions: readonly DpiaVersion[], at: Instant): DpiaVersion | null {
  return versions.findLast((version) => version.effectiveFrom <= at) ?? null
}

export function dpiaInForce(state: GovernanceState, id: string, at: Instant): DpiaVersion | null {
  return inForce(state.dpias.get(id) ?? [], at)
}
