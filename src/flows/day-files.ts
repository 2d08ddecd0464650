import { type DateOnly, ident, joinSql, literal, type Sql, sql } from '#kernel'
import type { LakeFile } from '#ports'

/*
 * Rows of events keep the day of the delivery that they came by, so that another delivery for it can take their place. A
 * file of one day has it in the manifest; one into which several were merged has it in this column, and both ends there.
 */
export const dayColumn = '_asAt'

/** Files of one controller and type, each with its path, as one query, and what a file of these rows would be called. */
export interface DayRows {
  readonly rows: Sql
  readonly asAt: DateOnly
  /** Set where the rows have `_asAt`, since they are of several days. */
  readonly from?: DateOnly
}

/** All rows of some files. They have `_asAt` unless all of them are of one day. */
export function dayRows(files: readonly LakeFile[], paths: readonly string[]): DayRows {
  const { asAt, from } = spanOf(files)
  if (from === undefined) return { rows: sql`SELECT * FROM ${parquet(paths)}`, asAt }
  return { rows: withDays(files, paths), asAt, from }
}

/** All rows of some files, with `_asAt`, whether or not they are of one day. */
export function withDays(files: readonly LakeFile[], paths: readonly string[]): Sql {
  const byDay = Map.groupBy(
    files.map((file, i) => ({ file, path: paths[i]! })),
    ({ file }) => (file.from === undefined ? file.asAt : null),
  )
  const parts = [...byDay].map(([day, some]) => {
    const of = parquet(some.map(({ path }) => path))
    return day === null
      ? sql`SELECT * FROM ${of}`
      : sql`SELECT *, ${literal(day)}::DATE AS ${ident(dayColumn)} FROM ${of}`
  })
  return joinSql(parts, ' UNION ALL BY NAME ')
}

function spanOf(files: readonly LakeFile[]): Pick<DayRows, 'asAt' | 'from'> {
  const days = files.flatMap(({ from, asAt }) => [from ?? asAt, asAt]).sort() as DateOnly[]
  const [first, last] = [days[0]!, days.at(-1)!]
  const isOne = first === last && files.every(({ from }) => from === undefined)
  return { asAt: last, ...(isOne ? {} : { from: first }) }
}

function parquet(paths: readonly string[]): Sql {
  const listed = joinSql(paths.map(literal), ', ')
  return sql`read_parquet([${listed}], hive_partitioning = false, union_by_name = true)`
}
