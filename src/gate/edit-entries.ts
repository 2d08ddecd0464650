import type { EntryIndex, Instant, JsonObject } from '#kernel'

/*
 * What actions leave in the ledger (spec/actions.md). Governance parts hold names, counts and numbers of entries; keys and
 * values are in the encrypted, erasable details.
 */

export type EditKind = 'create' | 'modify' | 'delete'

/** An exact value as text, as the vault writes it: ISO 8601 dates and moments, lists as JSON; null for none. */
export type ExactText = string | null

/** One row's edit as the detail of `action.applied` holds it. Keys are decimal text. */
export interface RowEdit {
  readonly kind: EditKind
  readonly object: string
  readonly key: string
  readonly person: string | null
  readonly controller: string
  /** For a new record about a patient: the row that it belongs to, whose person it follows. */
  readonly of?: { readonly object: string; readonly key: string }
  readonly before: Readonly<Record<string, ExactText>>
  readonly after: Readonly<Record<string, ExactText>>
}

/** Who has to catch up, until when, and what the edit means until then: as the action declares it. */
export interface EditTerms {
  /** The system that owns the record. */
  readonly owner: string
  readonly pendingMs: number
  /** Whether figures of returns show it before the source has it. */
  readonly counted: boolean
  readonly undo: boolean
}

/** Rows of one kind that follow each other in the detail. */
export interface EditGroup {
  readonly object: string
  readonly kind: EditKind
  readonly properties: readonly string[]
  readonly count: number
}

/** The governance part of `action.applied`. */
export interface Applied {
  readonly version: 1
  readonly session: number
  readonly subject: string
  readonly purpose: string
  readonly about: JsonObject
  /** By object type: the grant to edit that it rests on, as relations of reads have it. */
  readonly relations: JsonObject
  /** Entries of the reads that it looked at its rows by. */
  readonly reads: readonly number[]
  readonly edits: readonly EditGroup[]
  readonly owner: string
  readonly due: Instant
  readonly counted: boolean
  readonly undo: boolean
}

/** One edit: `<entry of action.applied>.<place in its detail, from 0>`. */
export type EditId = `${number}.${number}`

export interface EditProperties {
  readonly edit: EditId
  readonly properties: readonly string[]
}

/** The governance part of `action.edits-settled`: open edits of a type held against a version of its source. */
export interface Settled {
  readonly version: 1
  /** The `action.compared` entry under which the version was read. */
  readonly of: EntryIndex
  readonly object: string
  /** Of the entries of one comparison. */
  readonly last: boolean
  /** The source has them now. */
  readonly settled: readonly EditProperties[]
  /** The source has neither the value before nor the value after. */
  readonly differs: readonly EditProperties[]
  /** The source has no such row any more. */
  readonly gone: readonly EditId[]
}

export const editEntryTypes = {
  applied: 'action.applied',
  undone: 'action.undone',
  keysChecked: 'action.keys-checked',
  personsChecked: 'action.persons-checked',
  personsFollowed: 'action.persons-followed',
  compared: 'action.compared',
  settled: 'action.edits-settled',
  kept: 'action.edit-kept',
  withdrawn: 'action.edit-withdrawn',
} as const

/** Stands for the whole row where a deletion has no property. */
export const wholeRow = '*'
