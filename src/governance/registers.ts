import type { Instant, OdsCode, PurposeId, SubjectId } from '#kernel'
import type { DpiaRef, Level, RowScope, TeamRole } from './vocabulary.ts'

/*
 * What the register holds besides people, purposes, assessments and grants: the papers and circumstances that a
 * decision looks up. Each is the fold of its events (events/*.ts) and holds no patient's value.
 */

/** Somebody's time in a role of a team. */
export interface Membership {
  readonly person: SubjectId
  readonly role: string
  readonly from: Instant
  /** null while no end is known. */
  readonly until: Instant | null
  /** The post in which they joined: with another employer or kind the membership is void. */
  readonly post: number
}

export interface Team {
  readonly id: string
  readonly name: string
  readonly organisation: OdsCode
  readonly members: readonly Membership[]
}

export interface Instrument {
  readonly id: string
  readonly kind: string
  readonly title: string
  readonly reference: string
  readonly conditions: readonly string[]
  readonly from: Instant
  readonly until: Instant | null
}

export interface Instruction {
  readonly id: string
  readonly text: string
  readonly purposes: readonly PurposeId[]
}

/** A contract with a processor as last changed. Public. */
export interface Contract {
  readonly id: string
  readonly title: string
  readonly controller: OdsCode | null
  readonly supplier: OdsCode
  readonly subProcessors: readonly OdsCode[]
  readonly instructions: readonly Instruction[]
  /** Where the data are kept. */
  readonly storage: string
  readonly valuePounds: number
  readonly from: Instant
  readonly until: Instant
  /** Each extension and change, the first version included. */
  readonly history: readonly ContractChange[]
}

export interface ContractChange {
  readonly entry: number
  readonly at: Instant
  readonly what: 'registered' | 'extended' | 'changed' | 'ended'
  readonly until: Instant
  readonly valuePounds: number
  readonly reason: string
}

/** One version of a data sharing agreement. In force once every party has signed. */
export interface Agreement {
  readonly id: string
  readonly version: number
  readonly title: string
  readonly parties: readonly OdsCode[]
  readonly objects: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  /** `local`: stays with the parties; `national`: may reach the national tenant, GP data never. */
  readonly reach: 'local' | 'national'
  readonly gpData: boolean
  readonly from: Instant
  readonly until: Instant
  readonly endedAt: Instant | null
  readonly signatures: readonly { readonly party: OdsCode; readonly by: SubjectId; readonly at: Instant }[]
}

export interface RequestItem {
  readonly object: string
  readonly columns: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  readonly disclosurePolicy: string | null
  /** The grant that it became, or why it was declined; both null while it waits. */
  readonly grant: string | null
  readonly declined: string | null
}

/** One form for one or many data sets (controlled data access). */
export interface AccessRequest {
  readonly id: string
  readonly by: SubjectId
  readonly at: Instant
  readonly entry: number
  readonly holder: { readonly person: SubjectId } | TeamRole
  readonly purpose: PurposeId
  readonly from: Instant
  readonly until: Instant
  readonly dpia: DpiaRef
  readonly contract: { readonly id: string; readonly instruction: string } | null
  readonly agreement: { readonly id: string; readonly version: number } | null
  readonly reason: string
  readonly items: readonly RequestItem[]
}

/** An emergency, or a look at one row: what it opened and whether somebody has looked at it since. */
export interface Opening {
  readonly id: string
  readonly kind: 'break-glass' | 'one-row'
  readonly person: SubjectId
  readonly witness: SubjectId | null
  readonly at: Instant
  readonly until: Instant
  readonly entry: number
  readonly reviewDue: Instant
  readonly review: { readonly by: SubjectId; readonly at: Instant; readonly outcome: string } | null
}

/** That a tenant or a product may be used, and until when the papers behind it hold. */
export interface SwitchedOn {
  readonly scope: string
  readonly from: Instant
  readonly evidence: readonly { readonly item: string; readonly reference: string; readonly until: Instant }[]
  /** The earliest end of the evidence, or when it was switched off. */
  readonly until: Instant
}

/** What the register said of somebody when they signed. */
export interface OfficerThen {
  readonly kind: string
  readonly employer: string
  readonly duties: readonly string[]
}

export interface ErasureStep {
  readonly entry: number
  readonly at: Instant
  readonly by: SubjectId
  /** Null: not in post. */
  readonly officer: OfficerThen | null
}

/** That one person is erased. Whom is in the erasable part of the entry of the order until it is done. */
export interface Erasure {
  readonly id: string
  readonly ground: string
  readonly later: 'keep-out' | 'take-in'
  readonly ordered: ErasureStep
  readonly approved: ErasureStep | null
}

/** A model as somebody put their name to it, and as somebody else let it be built; `at`, `by` and `entry` are theirs. */
export interface ReviewedModel {
  readonly object: string
  readonly proposed: ModelText
  readonly approved: ModelText | null
}

export interface ModelText {
  readonly sha256: string
  readonly yaml: string
  readonly sql: string
  readonly entry: number
  readonly at: Instant
  readonly by: SubjectId
}

/** A legal hold. `objects` null: on one person, whom the erasable part of its entry names. */
export interface Hold {
  readonly id: string
  readonly objects: readonly string[] | null
  readonly entry: number
  readonly at: Instant
  readonly by: SubjectId
  readonly liftedAt: Instant | null
}
