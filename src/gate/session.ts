import type { Level } from '#governance'
import type { EntryIndex, Instant, JsonObject, OdsCode, PurposeId, Sql, SubjectId } from '#kernel'
import type { Batch, Column, Engine } from '#ports'
import type { DisclosedTable, MeasureKind } from '#privacy'
import type { EditRequest, EditResult, EditWrite } from './edit.ts'
import type { EditDecision } from './edit-decisions.ts'
import type { EditLine } from './edit-listing.ts'

/** One object type as this session may see it. */
export interface RelationRequest {
  readonly object: string
  /** API names. A name outside the grant is unknown, whether it exists or not. */
  readonly columns: readonly string[] | 'all-permitted'
  /** Fixes the level; otherwise the least identifying grant that covers the columns. */
  readonly level?: Level
  /** Only the rows of this controller, of those that the grant reaches. */
  readonly controller?: OdsCode
  /**
   * Columns by which the statement links rows or looks them up. Each adds `"~<name>"`: the tenant-local key where the
   * property is one, else the value as it is shown. Such a column never leaves.
   */
  readonly joins?: readonly string[]
  /** Adds `"~rid"`: this purpose's token of the record, at whichever level it is read. */
  readonly rid?: boolean
  /** Adds `"~controller"`: the ODS code of the organisation whose row it is. */
  readonly whose?: boolean
  /** The column that pages of it are sorted by before all else, or `_order` for nothing else; see `sortsOf`. */
  readonly sortedBy?: string
  /** Adds `"~person"`: the tenant-local key of the patient whom the row is about, for counting people. */
  readonly persons?: boolean
}

/** The tenant-local key behind a token of this purpose; null for anything else. */
export type OpenToken = (keyType: string, text: string) => bigint | null

/** Edits by actions after one entry, up to another. */
export interface EditedBetween {
  readonly after: EntryIndex
  readonly upTo: EntryIndex
  /** Records; where more were edited there is no list. */
  readonly max: number
}

/**
 * The same rows with less of them: for pages, which first find the keys of their rows and then read what is shown of
 * these alone.
 */
export interface View {
  /** Of the columns asked for; the joins among them come along. */
  readonly columns?: readonly string[]
  /**
   * Adds what finds a row again, none of which leaves: `"~own"`, its local key; `"~order"`, which sorts as its `_order`
   * does; `"~by"`, the column named by `sortedBy` as it is stored, or null.
   */
  readonly paged?: boolean
  /** The `_order` of a row, as text. With `paged`: adds `"~behind"`, whether a row comes behind that one. */
  readonly after?: string
  /** Only the rows with a value of the column named by `sortedBy`, or only those without. */
  readonly having?: 'value' | 'none'
  /** Only the rows of a table of the statement that has the columns of a `paged` view. */
  readonly among?: string
}

/** The first rows in the order that pages have, or those behind the last of a page. */
export interface InOrder {
  readonly rows: number
  /** The value of `sortedBy`, unless that is `_order`, and the `_order` of the last row of the page before, as texts. */
  readonly last: readonly (string | null)[] | null
}

export interface FoundInOrder {
  /** A query of the rows, to be a table of the statement. */
  readonly found: Sql
  /** What is shown of the rows in that table, as the relation shows it, with `"~by"` and `"~order"`. */
  readonly shown: (table: string) => Sql
  /** How many rows the relation has. */
  readonly count: Sql
}

/** For pages of a relation. */
export interface Pages<R extends string = string> {
  readonly view: (relation: R, view: View) => Sql
  /** Null where no copy lies in the order named by `sortedBy`: then `view` finds the rows. */
  readonly inOrder: (relation: R, place: InOrder) => FoundInOrder | null
}

/** What may be named now: nothing else exists. */
export interface Visible {
  readonly level: Level
  readonly columns: readonly string[]
  /** Properties by whose values the grant reaches some rows and not others, whether or not they may be named. */
  readonly scopedBy: readonly string[]
}

/** Something asked of the gate, compiled by our own code (ontology, metrics); never a person's SQL. */
export interface Question<R extends string = string> {
  /** For the ledger's governance part: what was asked, without values. Metric id and version, or object and columns. */
  readonly about: JsonObject
  /** For the erasable part: filter values and whatever else could name a patient. */
  readonly detail?: JsonObject
  readonly relations: Readonly<Record<R, RelationRequest>>
  /** Each relation comes as a sub-query with exactly the columns asked for; nothing else is in scope. */
  readonly build: (relations: Readonly<Record<R, Sql>>, open: OpenToken, pages: Pages<R>) => Sql
  /** The data as they were after this entry; who may read them, and whose rows stay out, is as of now. */
  readonly asOf?: EntryIndex
  /** Whether figures leave out edits that their action says do not count until the source has them; `shown` for all. */
  readonly edits?: 'shown' | 'counted'
  /** A reason in the reader's words, where the purpose asks for one at each read. */
  readonly justification?: string
  /** Reference tables that the question brings along (a published file to compare with), made before the run. */
  readonly attach?: (engine: Engine) => Promise<void>
}

/** Rows on their way out, person by person. The completion entry is written when the iteration ends. */
export interface ReadResult extends AsyncDisposable {
  readonly entry: EntryIndex
  readonly level: Level
  readonly columns: readonly Column[]
  /** At most 2,048 rows each; after a revocation or an expiry the next step throws FDP_GATE_NOT_AVAILABLE. */
  batches(): AsyncIterable<Batch>
}

/** Numbers on their way out. */
export interface ReleaseRequest<R extends string = string> extends Question<R> {
  /** Result columns that say which cell it is; every other column must be in `measures`. */
  readonly keys: readonly string[]
  readonly measures: Readonly<Record<string, MeasureKind>>
  readonly geography: 'national' | 'subnational'
  /** Asked freely and not declared as a statistic: a policy without a rule for small numbers gives way to one that has it. */
  readonly free?: boolean
}

export interface Release {
  /** Of the `release.made` entry. */
  readonly entry: EntryIndex
  readonly policy: string
  readonly table: DisclosedTable
}

/** One person, for one purpose, for a while. Opened by the gate; holds no right of its own: each call decides anew. */
export interface Session extends AsyncDisposable {
  readonly subject: SubjectId
  readonly purpose: PurposeId
  /** Names and types of the columns that a read of this object would find now. */
  describe(object: string): Promise<{ level: Level; columns: readonly { name: string; type: string }[] }>
  /**
   * What may be named of an object type now, at the first of `levels` (default: most identifying first) that a grant
   * gives; null where it does not exist for this person. No attempt at anything, so no entry.
   */
  visible(object: string, levels?: readonly Level[]): Visible | null
  /** The last entry that a question asked now would know of: what `asOf` pins. */
  now(): EntryIndex
  /** The last entry that there was at a moment: pins a question to what was known then. FDP_GATE_BEFORE_LEDGER. */
  entryAt(moment: Instant): Promise<EntryIndex>
  /**
   * Tokens of this purpose of the records of a type that actions edited, whether or not this person may see them: to put
   * into a question, which is decided and shows only those that they may. Null where they are more than `max`.
   */
  edited(object: string, between: EditedBetween): readonly string[] | null
  /** Whether such an edit could be carried out now, rows apart. No attempt at anything, so no entry. */
  mayEdit(writes: readonly EditWrite[]): boolean
  /** Edits rows by a declared action: see `runEdit`. */
  edit<R extends string, I>(request: EditRequest<R, I>): Promise<EditResult<I>>
  /** Open edits of rows that this session may see: `listEdits`. */
  edits(justification?: string): Promise<readonly EditLine[]>
  /** Keeps or withdraws an open edit: `decideEdit`. */
  decideEdit(id: string, decision: EditDecision, reason: string): Promise<EntryIndex>
  /** Takes back everything that one application of an action edited: `undoEdits`. */
  undo(entry: number, reason: string): Promise<EntryIndex>
  /**
   * Rows; refused at aggregate level. `person` names the relation whose rows leave one by one; null for a summary, whose
   * persons are recomputed on demand. The built statement carries that relation's `_person` through, if it is about
   * people, so that the completion can say whose rows left, and sorts by its `_order` last: file order is the same for
   * every purpose and would join their tokens.
   */
  rows<R extends string>(question: Question<R> & { readonly person: R | null }): Promise<ReadResult>
  /** Numbers; every one passes the grant's disclosure policy and the release is an entry. */
  release<R extends string>(request: ReleaseRequest<R>): Promise<Release>
  /** Lets go of whatever was decrypted for it. */
  close(): Promise<void>
}
