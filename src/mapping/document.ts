import type { TableLayout } from '#ports'

/** A mapping as it is declared (spec/mappings.md), without its tests. */
export interface MappingDocument {
  /** Its name, for people and in the ledger. */
  readonly id: string
  readonly title: string
  /** Name of an object type. */
  readonly object: string
  readonly layout: TableLayout
  readonly leaveOut: readonly LeaveOut[]
  /** What a cell says that holds no value, by its text: `NA` → `not-available`. */
  readonly marks: ReadonlyMap<string, string>
  readonly properties: ReadonlyMap<string, Expression>
  /** One row of the object for each of these, from each row of the file. Empty: one row from one. */
  readonly each: readonly EachRow[]
  /** Rows that say the same in every property are one row. */
  readonly once: boolean
  /** Columns of the file that are not needed. */
  readonly unused: readonly string[]
}

/** Rows that are no data, such as totals. */
export interface LeaveOut {
  readonly column: string
  /** The trimmed text is one of these; `''`: the cell is empty. */
  readonly is: readonly string[]
  readonly because: string
}

export interface EachRow {
  /** The column whose cell `{ cell: … }` speaks of. */
  readonly cell: string | null
  readonly properties: ReadonlyMap<string, Expression>
}

export type Expression =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'from'; readonly column: string; readonly reading: Reading }
  /** The texts of several columns; null where one has none. */
  | { readonly kind: 'join'; readonly columns: readonly string[]; readonly with: string }
  /** The texts of other properties, `/` between them; nothing where one has none. */
  | { readonly kind: 'key'; readonly properties: readonly string[] }
  /** The cell of this `each`: null where it is a mark. */
  | { readonly kind: 'cell'; readonly reading: Reading }
  /** What the mark in the cell says; `otherwise` where it holds a value. */
  | { readonly kind: 'status'; readonly otherwise: string }

/** How a cell is read. What cannot be read stays as it is, for the checks of the contract to find. */
export interface Reading {
  /** Texts that say nothing here. */
  readonly blank: readonly string[]
  readonly date: { readonly patterns: readonly string[]; readonly as: 'day' | 'month' | 'timestamp' } | null
  /** `1,234` and `12%` are numbers. */
  readonly number: readonly ('thousands' | 'percent')[]
  readonly translate: Translation | null
}

export interface Translation {
  readonly table: ReadonlyMap<string, string>
  /** What every other value becomes; null: the other values are found and told. */
  readonly others: string | null
  /** What happens to a row whose value is not in the table, where `others` is null. The value stays as it is. */
  readonly untranslated: 'quarantine' | 'keep'
}

/** Made-up lines of a file and what they become, in order. Only the properties named are compared; null: none. */
export interface MappingTest {
  readonly name: string
  readonly file: string
  readonly rows: readonly Readonly<Record<string, string | null>>[]
  /** Rows by rule and property that are found; the contract's own checks are not among them. */
  readonly found: Readonly<Record<string, number>>
  readonly leftOut: number
}
