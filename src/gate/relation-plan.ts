import { type ObjectType, type Property, recordTypeOf } from '#contracts'
import type { Level, RowScope } from '#governance'
import type { Sql } from '#kernel'
import { shown } from '#privacy'
import type { EditsPlan } from './edit-tables.ts'

/** Copies of the files of a plan, made for pages. */
export interface Sorted {
  /** The column by which they are sorted first, if any. */
  readonly by: string | null
  /** Whether they hold the tokens of their rows: `_token` and `_first`, its first 63 bits. */
  readonly tokens: boolean
  /** For each of the files its parts, one behind the other. */
  readonly runs: readonly (readonly SortedPart[])[]
}

export interface SortedPart {
  readonly file: string
  readonly rows: number
  /** Whether its rows have no value in the column sorted by; these come last. */
  readonly isBare: boolean
  /** The end of its range, as text, of what it is sorted by first; null for the last of its kind. */
  readonly to: string | null
}

export interface RelationPlan {
  readonly type: ObjectType
  readonly columns: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  /** Absolute paths of the leased Parquet files. */
  readonly files: readonly string[]
  /** A query of the persons whose rows are left out, and further files that may have such rows; null for nobody. */
  readonly excluded: { readonly persons: Sql; readonly among: readonly string[] } | null
  /** What else must hold of a row: one patient only, not the reader's own, one controller's. */
  readonly where: readonly Sql[]
  /** Name of the engine function that makes this purpose's tokens of a key type. */
  readonly tokenFunction: (keyType: string) => string
  /** Engine table with the vault's columns by `_key`; null when no column needs it. */
  readonly vaultTable: string | null
  /**
   * For single rows: adds `_order` to sort by and, about people, `_person`, which the gate takes off before rows leave.
   */
  readonly asRows: boolean
  /** See `RelationRequest`: what the statement links by and the record's token. */
  readonly joins: readonly string[]
  readonly rid: boolean
  readonly whose: boolean
  readonly persons: boolean
  /** What actions edited and the source does not have yet; null where nothing is. */
  readonly edits: EditsPlan | null
  /** For the gate's own look at rows that an action is about; nothing of it leaves. */
  readonly inside: Inside | null
  /** Copies to read instead of `files`; null where there are none. */
  readonly sorted: Sorted | null
  /** See `RelationRequest`. */
  readonly sortedBy: string | null
}

/** Adds `_key`, `_controller`, and for each column its exact text `"~exact:<name>"` or its text in the lake. */
export interface Inside {
  readonly exact: readonly string[]
  readonly inLake: readonly string[]
}

/** The vault columns that a relation needs at a level; only identifiable reads have any. */
export function vaultColumns(type: ObjectType, columns: readonly string[], level: Level): readonly string[] {
  return columns.filter((name) => shown(type, propertyOf(type, name), level).kind === 'vault')
}

/** The token types that a relation needs at a level. */
export function tokenTypes(
  plan: Pick<RelationPlan, 'type' | 'columns' | 'level' | 'asRows' | 'rid'>,
): readonly string[] {
  const { type, columns, level, asRows, rid } = plan
  const shownTypes = columns.flatMap((name) => {
    const how = shown(type, propertyOf(type, name), level)
    return how.kind === 'token' ? [how.keyType] : []
  })
  return rid || (asRows && hidesOrder(plan)) ? [...shownTypes, recordTypeOf(type)] : shownTypes
}

/** Whether the order of the files would tell which rows of two purposes are the same. */
export function hidesOrder({ type, level }: Pick<RelationPlan, 'type' | 'level'>): boolean {
  return type.personLevel && level !== 'identifiable'
}

export function propertyOf(type: ObjectType, name: string): Property {
  const property = type.properties.find((each) => each.name === name)
  if (!property) throw new Error(`a decision let the unknown column ${name} through`)
  return property
}
