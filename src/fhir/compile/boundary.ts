import { type Sql, sql } from '#kernel'
import { isMarked, numberMark, unmarked } from './json-digits.ts'
import type { PathScope } from './scope.ts'
import { temporalBoundary } from './temporal.ts'
import { item, markedText, numberType, toSingle, toText, type Value } from './value.ts'

/**
 * `lowBoundary()` and `highBoundary()`: the least and the greatest value that a number or a time of less precision may stand
 * for. Which kind it is says the path, else the declared type of the column, else the form of the value.
 * Source: FHIRPath 3.0 (STU), "Utility functions"; a boundary is written without the zeros that fill it up to eight digits there.
 */
export function boundary(end: 'low' | 'high', of: Value, scope: PathScope): Value {
  const { lambdas } = scope
  const type = of.type ?? scope.columnType
  const single = toSingle(of, lambdas)
  const text =
    single.form === 'scalar' ? markedScalar(single, toText(single, lambdas)) : markedText(single.sql, lambdas)
  const bounded = lambdas.let(text, (it) => {
    const day = temporalBoundary(end, type === 'dateTime' ? 'dateTime' : 'date', it)
    return sql`CASE WHEN ${isMarked(it)} THEN ${numberMark} || ${numberBoundary(end, unmarked(it))}
      WHEN regexp_matches(${it}, '^[0-9]{2}(:|$)') THEN ${temporalBoundary(end, 'time', it)}
      WHEN contains(${it}, 'T') THEN ${temporalBoundary(end, 'dateTime', it)}
      WHEN regexp_matches(${it}, '^[0-9]{4}(-|$)') THEN ${day} END`
  })
  return item(sql`to_json(${bounded})`, of.type)
}

function markedScalar({ type }: Value, text: Sql): Sql {
  return type === 'number' ? sql`${numberMark} || ${text}` : text
}

/** Half a unit of the last digit away. A number with an exponent has no last digit, and no boundary here. */
function numberBoundary(end: 'low' | 'high', digits: Sql): Sql {
  const half = sql`CAST('0.' || repeat('0', length(regexp_extract(${digits}, '\\.([0-9]*)$', 1))) || '5' AS ${numberType})`
  const number = sql`CAST(${digits} AS ${numberType})`
  const moved = end === 'low' ? sql`${number} - ${half}` : sql`${number} + ${half}`
  const text = sql`regexp_replace(CAST(${moved} AS VARCHAR), '0+$', '')`
  return sql`CASE WHEN regexp_matches(${digits}, '^[0-9.-]+$') THEN ${text} END`
}
