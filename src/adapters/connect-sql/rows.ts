import { limits } from '#kernel'
import { sqlErrors } from './errors.ts'
import type { ParameterName, Syntax } from './statement.ts'

/** A value as the database writes it. */
export type Cell = string | null

export interface Column {
  readonly name: string
  /** The type's own name, where its values have no text; one of a list of ours, never what the database said. */
  readonly unreadable: string | null
}

/** What came of a statement. Whoever has it closes it. */
export interface Rows {
  readonly columns: readonly Column[]
  /** The next rows, some or none; null after the last. */
  next(): Promise<readonly (readonly Cell[])[] | null>
  close(): Promise<void>
}

/** One kind of database, signed in to anew for each statement. Errors: FDP_SQL_*. */
export interface Database {
  readonly syntax: Syntax
  query(text: string, values: readonly { readonly name: ParameterName; readonly value: Cell }[]): Promise<Rows>
}

/** Errors name positions only: a statement that turns rows into columns has values for names. */
export function checkColumns(columns: readonly Column[]): void {
  const max = limits.submissionColumnsMax
  if (columns.length < 1 || columns.length > max) throw sqlErrors('FDP_SQL_COLUMNS', { columns: columns.length, max })
  const seen = new Map<string, number>()
  columns.forEach(({ name, unreadable }, i) => {
    const column = i + 1
    if (!/^[A-Za-z_][A-Za-z0-9_ -]{0,127}$/.test(name) || /[0-9]{6}| $/.test(name) || name.toLowerCase() === '_row')
      throw sqlErrors('FDP_SQL_COLUMN_NAME', { column })
    const first = seen.get(name.toLowerCase())
    if (first !== undefined) throw sqlErrors('FDP_SQL_COLUMN_TWICE', { first, second: column })
    seen.set(name.toLowerCase(), column)
    if (unreadable !== null) throw sqlErrors('FDP_SQL_COLUMN_TYPE', { column, type: unreadable })
  })
}
