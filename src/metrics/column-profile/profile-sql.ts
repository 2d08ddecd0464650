import type { ObjectType, Property } from '#contracts'
import { ident, joinSql, literal, type Sql, sql } from '#kernel'
import { shown } from '#privacy'
import type { ValueForm } from './column-profile.ts'

/** Values of one column that a profile names; the commonest stay. */
export const valuesMax = 100

/**
 * How a profile may give the values of a column, finest first, by the contract alone. A day is given by month, and where too
 * few people share a month, by quarter, year or decade.
 */
export function valueForms(type: ObjectType, property: Property): readonly [ValueForm, ...ValueForm[]] {
  const how = shown(type, property, 'aggregate')
  if (how.kind === 'clear' && how.stored === 'birth-year') return ['year', 'decade']
  if (property.type === 'date' || property.type === 'timestamp') return ['month', 'quarter', 'year', 'decade']
  const isBanded = how.kind === 'coarse' || (how.kind === 'clear' && how.stored === 'age-band')
  if (isBanded || !['integer', 'long', 'decimal', 'double'].includes(property.type)) return ['value']
  return ['band']
}

/**
 * Everything a profile counts, in one statement: `what` is `rows` (of the whole), `empty`, `different` or the form of a value;
 * `persons` is how many people the number is about, and decides whether it may be shown.
 */
export function profileSql(type: ObjectType, columns: readonly Property[], rows: Sql): Sql {
  const persons = type.personLevel ? sql`count(DISTINCT "_person")` : sql`count(*)`
  const whole = sql`SELECT 'rows' AS what, '' AS "column", NULL::VARCHAR AS value, ${persons} AS persons, count(*) AS number
    FROM ${rows} AS objects`
  return joinSql([whole, ...columns.map((property) => columnSql(type, property, rows, persons))], '\nUNION ALL\n')
}

function columnSql(type: ObjectType, property: Property, rows: Sql, persons: Sql): Sql {
  const name = literal(property.name)
  const column = ident(property.name)
  const some = sql`FROM ${rows} AS objects WHERE ${column} IS NOT NULL`
  const list = property.type === 'texts' ? sql`to_json(${column})` : column
  const values = valueForms(type, property).map(
    (form) => sql`(SELECT ${literal(form)}, ${name}, ${bucketSql(form, list)} AS bucket, ${persons} AS about, count(*)
      ${some} GROUP BY bucket ORDER BY about DESC, bucket LIMIT ${literal(String(valuesMax))}::INTEGER)`,
  )
  return sql`SELECT 'empty', ${name}, NULL::VARCHAR, ${persons}, count(*) FROM ${rows} AS objects WHERE ${column} IS NULL
    UNION ALL SELECT 'different', ${name}, NULL::VARCHAR, ${persons}, count(DISTINCT ${column}) ${some}
    UNION ALL ${joinSql(values, '\n    UNION ALL ')}`
}

/** Bands of one figure: 37 lies in the band from 30, 412 in that from 400. Signs stay; below 1 is 0. */
function bucketSql(form: ValueForm, column: Sql): Sql {
  switch (form) {
    case 'value':
      return sql`CAST(${column} AS VARCHAR)`
    case 'month':
      return sql`strftime(${column}, '%Y-%m')`
    case 'quarter':
      return sql`concat(year(${column}), '-Q', quarter(${column}))`
    case 'year':
      return sql`strftime(${column}, '%Y')`
    case 'decade':
      return sql`concat(year(${column}) // 10, '0s')`
    case 'band': {
      const size = sql`CAST(pow(10, floor(log10(abs(${column})))) AS DOUBLE)`
      return sql`CAST(CASE WHEN abs(${column}) < 1 THEN 0
        ELSE CAST(trunc(${column} / ${size}) * ${size} AS BIGINT) END AS VARCHAR)`
    }
  }
}
