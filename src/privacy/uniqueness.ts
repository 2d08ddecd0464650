import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'

/**
 * How unique the rows of a relation are by their quasi-identifiers. A class is a set of rows with the same values
 * (null counts as a value); its k is the number of its persons if a person column was named, else of its rows.
 * It measures one relation by itself: linking with other data can single out more.
 */
export interface KReport {
  readonly rows: number
  /** null if no person column was named. */
  readonly persons: number | null
  readonly classes: number
  /** Smallest k; null for a relation without rows. */
  readonly kMin: number | null
  /** Rows in classes with k = 1. */
  readonly rowsUnique: number
  readonly rowsBelow5: number
  readonly rowsBelow10: number
}

/** One row, read with `readKReport`. `relation`: a table name or a query in brackets, from our own templates. */
export function kReportSql(relation: Sql, quasiColumns: readonly string[], personColumn?: string): Sql {
  const person = personColumn === undefined ? null : ident(personColumn)
  const k = person ? sql`count(DISTINCT ${person})` : sql`count(*)`
  const persons = person ? sql`(SELECT count(DISTINCT ${person}) FROM ${relation} AS people)` : sql`NULL::BIGINT`
  const grouping = quasiColumns.length === 0 ? rawSql('()') : joinSql(quasiColumns.map(ident), ', ')
  return sql`WITH classes AS (
  SELECT count(*) AS class_rows, ${k} AS k FROM ${relation} AS r GROUP BY ${grouping} HAVING count(*) > 0
)
SELECT
  coalesce(sum(class_rows), 0)::BIGINT AS "rows",
  ${persons} AS persons,
  count(*) AS classes,
  min(k) AS k_min,
  coalesce(sum(class_rows) FILTER (WHERE k <= 1), 0)::BIGINT AS rows_unique,
  coalesce(sum(class_rows) FILTER (WHERE k < 5), 0)::BIGINT AS rows_below_5,
  coalesce(sum(class_rows) FILTER (WHERE k < 10), 0)::BIGINT AS rows_below_10
FROM classes`
}

/** The row of `kReportSql` as the engine gives it. */
export function readKReport(row: Readonly<Record<string, unknown>>): KReport {
  const count = (name: string) => Number(row[name])
  const countOrNull = (name: string) => (row[name] === null ? null : count(name))
  return {
    rows: count('rows'),
    persons: countOrNull('persons'),
    classes: count('classes'),
    kMin: countOrNull('k_min'),
    rowsUnique: count('rows_unique'),
    rowsBelow5: count('rows_below_5'),
    rowsBelow10: count('rows_below_10'),
  }
}
