import type { Level } from '#governance'
import type { EntryIndex, JsonObject } from '#kernel'
import type { EditKind, EditTerms, ExactText } from './edit-entries.ts'

/** Rows that an action names, by primary key as this session is shown it. */
export interface EditRead {
  readonly object: string
  readonly level: Level
  readonly keys: readonly string[]
  /** What the action tests, copies, or writes and may see. */
  readonly columns: readonly string[]
}

/** What an action may write in one object type. */
export interface EditWrite {
  readonly object: string
  readonly kind: EditKind
  readonly level: Level
  readonly properties: readonly string[]
  /** Of these, what whoever acts need not be able to read: the action says so. */
  readonly writeOnly: readonly string[]
}

/** A row as whoever acts sees it, and no more: texts of what is shown, exact where exact values are. */
export type SeenRow = Readonly<Record<string, ExactText>>

/** One row to be edited; `read` and `key` name a row that was read. Values are exact texts. */
export type PlannedEdit<R extends string = string> =
  | {
      readonly kind: 'create'
      readonly object: string
      /** The new primary key; `minted` if it came from `mint` and can be nobody else's. */
      readonly id: string
      readonly minted: boolean
      /** The row that the new one belongs to: its controller and its patient are the new row's too. */
      readonly of: { readonly read: R; readonly key: string }
      readonly set: Readonly<Record<string, ExactText>>
    }
  | {
      readonly kind: 'modify'
      readonly read: R
      readonly key: string
      readonly set: Readonly<Record<string, ExactText>>
    }
  | { readonly kind: 'delete'; readonly read: R; readonly key: string }

/** Something to be edited, compiled by our own code from a declared action; never a caller's own words but as values. */
export interface EditRequest<R extends string = string, I = unknown> {
  /** For the governance part: the action, its version and its product. No values. */
  readonly about: JsonObject & { readonly action: string }
  readonly reads: Readonly<Record<R, EditRead>>
  readonly writes: readonly EditWrite[]
  /** What follows from the rows as they are; rows that do not exist for whoever acts are missing. Pure. */
  readonly plan: (rows: SeenRows<R>, mint: () => string) => { readonly edits: readonly PlannedEdit<R>[] } | Invalid<I>
  readonly terms: EditTerms
  /** In the actor's words; into the erasable part. */
  readonly reason: string | null
  readonly justification?: string
  /** The last entry that the caller knew of: a row that was edited since by somebody else is in conflict. */
  readonly expected?: EntryIndex
  /** Looks at everything and edits nothing. */
  readonly validateOnly?: boolean
}

export type SeenRows<R extends string = string> = Readonly<Record<R, ReadonlyMap<string, SeenRow>>>

/** The action does not hold for these rows; `why` is what the plan said. */
export interface Invalid<I> {
  readonly invalid: I
}

export interface EditedRow {
  readonly kind: EditKind
  readonly object: string
  /** As this session shows it. */
  readonly primaryKey: string
}

export type EditResult<I> =
  | { readonly outcome: 'applied'; readonly entry: EntryIndex; readonly edits: readonly EditedRow[] }
  | { readonly outcome: 'valid' }
  | { readonly outcome: 'invalid'; readonly why: I }
