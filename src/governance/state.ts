import type { Instant, OdsCode, PurposeId, SubjectId, TenantId } from '#kernel'
import type { DpiaBounds, DpiaClaim, DpiaDocument } from './dpia-form.ts'
import { PersistentMap } from './persistent-map.ts'
import type {
  AccessRequest,
  Agreement,
  Contract,
  Erasure,
  Hold,
  Instrument,
  Opening,
  ReviewedModel,
  SwitchedOn,
  Team,
} from './registers.ts'
import type {
  Action,
  AgreementRef,
  CommonLawBasis,
  ContractRef,
  DpiaRef,
  Duty,
  Grade,
  GrantBasis,
  Level,
  PersonKind,
  PurposeClass,
  RowScope,
  Sector,
  TeamRole,
} from './vocabulary.ts'

export interface Organisation {
  readonly id: OdsCode
  readonly name: string
  readonly sector: Sector
  /** First moment at which it no longer exists; null while no end is known. */
  readonly until: Instant | null
  /** Who takes its place: to sign anew what it had signed, since nothing passes by itself. */
  readonly successor: OdsCode | null
}

/** A span of somebody's working life, in the order of the ledger. */
export interface Post {
  readonly employer: OdsCode
  readonly kind: PersonKind
  readonly since: Instant
}

/** Someone who acts. Registering the same id again (a new employer, role or clearance) replaces what was there. */
export interface Person {
  readonly id: SubjectId
  readonly name: string
  readonly kind: PersonKind
  readonly employer: OdsCode
  readonly role: string
  readonly grade: Grade
  readonly manager: SubjectId | null
  readonly duties: readonly Duty[]
  readonly clearanceUntil: Instant | null
  readonly trainingUntil: Instant | null
  readonly from: Instant
  /** When they leave or left; null while no leaving is known. */
  readonly until: Instant | null
  /** Index of the entry that began their present post: another employer or kind, or a return, begins a new one. */
  readonly post: number
  readonly posts: readonly Post[]
}

export interface Purpose {
  readonly id: PurposeId
  readonly name: string
  /** As first registered; `classAt` says which holds at a moment. */
  readonly class: PurposeClass
  readonly article6: string
  readonly article9: string | null
  readonly commonLaw: CommonLawBasis
  readonly justification: 'never' | 'once-a-session' | 'each-read'
  readonly product: string | null
  readonly instruments: readonly string[]
  /** Later classes with the moment each begins. */
  readonly reclassed: readonly {
    readonly class: PurposeClass
    readonly commonLaw: CommonLawBasis
    readonly from: Instant
  }[]
  /** How long older versions are kept and open for it, in days, as set one after the other; null: for good. */
  readonly keeps: readonly { readonly days: number | null; readonly at: Instant }[]
}

export interface DpiaVersion {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly sha256: string
  /** Never before the entry that approved it. */
  readonly effectiveFrom: Instant
  /** For grants of individual care, which never end unannounced: thirty days after approval at the earliest. */
  readonly effectiveForCareFrom: Instant
  readonly approvedAt: Instant
  readonly approvedBy: SubjectId
  /** Whose assessment it is: after a succession the new controller approves its own. */
  readonly controller: OdsCode | null
  readonly claims: readonly DpiaClaim[]
  readonly bounds: DpiaBounds
  readonly document: DpiaDocument | null
}

/** What was true of the two people when the grant was approved. History, so it cannot go stale. */
export interface ApprovalFacts {
  /** null: the approver was not registered, or not in post, at that moment. */
  readonly approver: {
    readonly kind: PersonKind
    readonly employer: OdsCode
    readonly duties: readonly Duty[]
    readonly grade: Grade
  } | null
  /** One of the two reported to the other, through however many in between. */
  readonly inLine: boolean
  /** The post that the holder had; null: they were not registered, or the holder is a role in a team. */
  readonly holderPost: number | null
}

export interface Grant {
  readonly id: string
  readonly basis: GrantBasis
  /** Who holds it: a person, or whoever has a role in a team. */
  readonly holder: { readonly person: SubjectId } | TeamRole
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
  /** null: an emergency, which waits for no assessment. */
  readonly dpia: DpiaRef | null
  readonly contract: ContractRef | null
  readonly agreement: AgreementRef | null
  readonly request: string | null
  readonly disclosurePolicy: string | null
  readonly approvedBy: SubjectId
  readonly approvedAt: Instant
  readonly approval: ApprovalFacts
  /** Last review that kept it; null before the first. */
  readonly reviewedAt: Instant | null
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
  /** Signs the first registrations; may not approve anything. Null where the tenant was founded: its officers sign. */
  readonly bootstrap: SubjectId | null
  readonly organisations: PersistentMap<Organisation>
  readonly persons: PersistentMap<Person>
  readonly teams: PersistentMap<Team>
  /** Ids of the teams that somebody is or was in. */
  readonly teamsOf: PersistentMap<readonly string[]>
  readonly purposes: PersistentMap<Purpose>
  readonly instruments: PersistentMap<Instrument>
  readonly contracts: PersistentMap<Contract>
  readonly agreements: PersistentMap<readonly Agreement[]>
  readonly activities: PersistentMap<Activity>
  readonly families: PersistentMap<Family>
  /** By id, in order of version. */
  readonly dpias: PersistentMap<readonly DpiaVersion[]>
  readonly grants: PersistentMap<Grant>
  /** Ids of all grants that name a holder and an object type, live or not, by `indexKey`. */
  readonly grantsByHolderObject: PersistentMap<readonly string[]>
  /** All grants of a holder, live or not, in the order of approval; another array whenever one of them changes. */
  readonly grantsByHolder: PersistentMap<readonly Grant[]>
  /** Ids of the grants that give a processor's staff sight of identifiable rows, in the order of approval. */
  readonly elevated: readonly string[]
  /** When a read last cited a grant. */
  readonly lastUsed: PersistentMap<Instant>
  readonly requests: PersistentMap<AccessRequest>
  /** Emergencies and looks at one row. */
  readonly openings: PersistentMap<Opening>
  readonly switchedOn: PersistentMap<SwitchedOn>
  readonly disclosures: readonly CompelledDisclosure[]
  /** Grants whose approver's later move to the recipient was looked at, with the outcome. */
  readonly approvalReviews: PersistentMap<string>
  readonly erasures: PersistentMap<Erasure>
  readonly holds: PersistentMap<Hold>
  /** Models of data sets that are made here, by the object type that each makes. */
  readonly models: PersistentMap<ReviewedModel>
  /** Whether people who opted out are taken out of more uses than the rule asks for. */
  readonly stricterOptOuts: boolean
  /** Object types that were ever published here. */
  readonly dataSets: ReadonlySet<string>
  readonly rejected: readonly RejectedEvent[]
  /** Index of the last entry that changed anything above but `lastUsed`; two states with the same one differ in time only. */
  readonly changedAt: number
  /** Index of the last entry folded, of any module; -1 before the first. */
  readonly upTo: number
  /** Time of that entry; decisions about an earlier moment need an earlier state. */
  readonly lastTime: Instant
}

/** Something an organisation does, with the lawful bases that are published for it. */
export interface Activity {
  readonly id: string
  readonly function: string
  readonly name: string
  readonly conditions: string
  readonly dutyOfConfidence: string
}

/** Data sets that are asked for together. */
export interface Family {
  readonly id: string
  readonly title: string
  readonly objects: readonly string[]
}

/** Data that the law compelled the controller to disclose. Counted publicly. */
export interface CompelledDisclosure {
  readonly id: string
  readonly entry: number
  readonly at: Instant
  readonly instrument: string
  readonly recipient: string
  readonly objects: readonly string[]
  readonly persons: number
}

export function emptyState(tenant: TenantId): GovernanceState {
  return {
    tenant,
    controller: null,
    bootstrap: null,
    organisations: PersistentMap.empty(),
    persons: PersistentMap.empty(),
    teams: PersistentMap.empty(),
    teamsOf: PersistentMap.empty(),
    purposes: PersistentMap.empty(),
    instruments: PersistentMap.empty(),
    contracts: PersistentMap.empty(),
    agreements: PersistentMap.empty(),
    activities: PersistentMap.empty(),
    families: PersistentMap.empty(),
    dpias: PersistentMap.empty(),
    grants: PersistentMap.empty(),
    grantsByHolderObject: PersistentMap.empty(),
    grantsByHolder: PersistentMap.empty(),
    elevated: [],
    lastUsed: PersistentMap.empty(),
    requests: PersistentMap.empty(),
    openings: PersistentMap.empty(),
    switchedOn: PersistentMap.empty(),
    disclosures: [],
    approvalReviews: PersistentMap.empty(),
    erasures: PersistentMap.empty(),
    holds: PersistentMap.empty(),
    models: PersistentMap.empty(),
    stricterOptOuts: false,
    dataSets: new Set(),
    rejected: [],
    changedAt: -1,
    upTo: -1,
    lastTime: '1970-01-01T00:00:00.000Z' as Instant,
  }
}

/** Ids hold no space and no colon, so the parts cannot run into each other. */
export function holderKey(holder: Grant['holder']): string {
  return 'person' in holder ? holder.person : `team:${holder.team}:${holder.role}`
}

export function indexKey(holder: string, object: string): string {
  return `${holder} ${object}`
}

export function isInPost(person: Person, at: Instant): boolean {
  return person.from <= at && (person.until === null || at < person.until)
}

/** Of the versions of one DPIA, in order, the one that holds at a moment: the last that has taken effect. */
export function inForce(versions: readonly DpiaVersion[], at: Instant, forCare = false): DpiaVersion | null {
  return versions.findLast((version) => effectiveFrom(version, forCare) <= at) ?? null
}

export function effectiveFrom(version: DpiaVersion, forCare: boolean): Instant {
  return forCare ? version.effectiveForCareFrom : version.effectiveFrom
}

export function dpiaInForce(state: GovernanceState, id: string, at: Instant): DpiaVersion | null {
  return inForce(state.dpias.get(id) ?? [], at)
}

/** The purpose as it stands at a moment, with the class that holds then. */
export function purposeAt(purpose: Purpose, at: Instant): Purpose {
  const later = purpose.reclassed.findLast((change) => change.from <= at)
  return later ? { ...purpose, class: later.class, commonLaw: later.commonLaw } : purpose
}
