import { ident, joinSql, type Sql, sql } from '#kernel'
import { cellValue, type ValueFormats } from './cell.ts'
import { nhsNumberFaultSql } from './nhs-number.ts'
import type { Property } from './object-type.ts'

/** The trimmed text of a property's cell. */
export const textOf = (property: Property) => ident(`text:${property.name}`)
/** Its value, null where it has none. */
export const typedOf = (property: Property) =>
  property.type === 'text' ? textOf(property) : ident(`value:${property.name}`)
/** Position of the NHS number rule that it breaks. */
export const faultOf = (property: Property) => ident(`fault:${property.name}`)
export const isNhsNumber = (property: Property) => property.name === 'nhsNumber'

/**
 * A relation over a table of texts in which every cell is trimmed once and read once; the checks speak of its columns.
 * Layered, since the engine works out an expression as often as it is written.
 */
export function cellsSql(
  present: readonly Property[],
  rawText: (property: Property) => Sql,
  table: Sql,
  formats: ValueFormats,
): Sql {
  const texts = present.map((property) => sql`${rawText(property)} AS ${textOf(property)}`)
  const values = present.flatMap((property) => {
    if (isNhsNumber(property)) return [sql`${nhsNumberFaultSql(textOf(property))} AS ${faultOf(property)}`]
    if (property.type === 'text') return []
    return [sql`${cellValue(property.type, textOf(property), formats)} AS ${typedOf(property)}`]
  })
  const inner = sql`(SELECT ${joinSql([sql`_row`, ...texts], ',\n  ')} FROM ${table})`
  return sql`(SELECT ${joinSql([sql`*`, ...values], ',\n  ')} FROM ${inner} AS texts)`
}
