import { literal, rawSql, type Sql, sql } from '#kernel'
import type { LiteralType } from '../path/expression.ts'
import { isMarked, numberMark, unmarked } from './json-digits.ts'
import type { Lambdas } from './lambdas.ts'

/**
 * What an expression of FHIRPath is in SQL. `items`: a list of JSON, never NULL. `item`: one JSON, NULL for the empty
 * collection. `scalar`: an SQL value of its type, NULL for the empty collection; times of all kinds are texts.
 * `type` is null where only the resource knows it.
 */
export type Value = Items | Single
export type Single = Item | Scalar
type Items = { readonly form: 'items'; readonly sql: Sql; readonly type: LiteralType | null }
type Item = { readonly form: 'item'; readonly sql: Sql; readonly type: LiteralType | null }
export type Scalar = {
  readonly form: 'scalar'
  readonly sql: Sql
  readonly type: LiteralType
  /** Of a number that the path or a constant gives: the digits as they are written. */
  readonly digits?: string
}

/** Wide enough for FHIR's 18 digits on either side of a product's point. */
export const numberType = rawSql('DECIMAL(38, 12)')
export const noItems = rawSql('CAST([] AS JSON[])')

type Misfit =
  | 'several values'
  | 'not a primitive'
  | 'not a number'
  | 'not a whole number'
  | 'not a truth value'
  | 'too deep'

/** Stops the statement; the caller of a view is told FDP_FHIR_RESOURCES. The words are seen by nobody but a developer. */
export function stop(why: Misfit): Sql {
  return sql`error(${literal(why)})`
}

export const scalar = (type: LiteralType, text: Sql): Scalar => ({ form: 'scalar', type, sql: text })
export const item = (text: Sql, type: LiteralType | null = null): Item => ({ form: 'item', type, sql: text })
export const items = (text: Sql, type: LiteralType | null = null): Items => ({ form: 'items', type, sql: text })

export function toItems(value: Value, lambdas: Lambdas): Sql {
  if (value.form === 'items') return value.sql
  const one = value.form === 'item' ? value.sql : jsonOf(value)
  return lambdas.let(one, (it) => sql`CASE WHEN ${it} IS NULL THEN ${noItems} ELSE [${it}] END`)
}

function jsonOf(value: Scalar): Sql {
  return value.type === 'number' ? sql`to_json(${numberMark} || ${digitsOf(value)})` : sql`to_json(${value.sql})`
}

/** At most one: stops where there are more. */
export function toSingle(value: Value, lambdas: Lambdas): Single {
  if (value.form !== 'items') return value
  const only = lambdas.let(
    value.sql,
    (list) => sql`CASE WHEN len(${list}) > 1 THEN ${stop('several values')} ELSE list_extract(${list}, 1) END`,
  )
  return item(only, value.type)
}

/** The text of a primitive; a number keeps its mark. */
export function markedText(json: Sql, lambdas: Lambdas): Sql {
  return lambdas.let(
    json,
    (it) =>
      sql`CASE WHEN json_type(${it}) IN ('OBJECT', 'ARRAY') THEN ${stop('not a primitive')} ELSE json_extract_string(${it}, '$') END`,
  )
}

/** As a column shows it: numbers with the digits that they were written with. */
export function toText(value: Value, lambdas: Lambdas): Sql {
  const single = toSingle(value, lambdas)
  if (single.form !== 'scalar') return unmarked(markedText(single.sql, lambdas))
  return single.type === 'number' ? digitsOf(single) : sql`CAST(${single.sql} AS VARCHAR)`
}

/** The digits of a number as text, for a column of a numeric type. */
export function toDigits(value: Value, lambdas: Lambdas): Sql {
  const single = toSingle(value, lambdas)
  if (single.form === 'scalar') return single.type === 'number' ? digitsOf(single) : stop('not a number')
  return lambdas.let(markedText(single.sql, lambdas), ifNumber)
}

export function toNumber(value: Value, lambdas: Lambdas): Sql {
  const single = toSingle(value, lambdas)
  if (single.form === 'scalar') return single.type === 'number' ? single.sql : stop('not a number')
  return sql`CAST(${toDigits(single, lambdas)} AS ${numberType})`
}

function ifNumber(text: Sql): Sql {
  return sql`CASE WHEN ${text} IS NULL THEN NULL WHEN ${isMarked(text)} THEN ${unmarked(text)} ELSE ${stop('not a number')} END`
}

/** For a column: only a truth value will do. */
export function toBoolean(value: Value, lambdas: Lambdas): Sql {
  return booleanOf(value, lambdas, stop('not a truth value'))
}

/** For a condition: a single value that is no truth value counts as true (FHIRPath 2.0, "Singleton Evaluation of Collections"). */
export function toCondition(value: Value, lambdas: Lambdas): Sql {
  return booleanOf(value, lambdas, rawSql('true'))
}

function booleanOf(value: Value, lambdas: Lambdas, otherwise: Sql): Sql {
  const single = toSingle(value, lambdas)
  if (single.form === 'scalar' && single.type === 'boolean') return single.sql
  if (single.form === 'scalar') return sql`CASE WHEN ${single.sql} IS NOT NULL THEN ${otherwise} END`
  return lambdas.let(
    single.sql,
    (it) =>
      sql`CASE WHEN ${it} IS NULL THEN NULL WHEN json_type(${it}) = 'BOOLEAN' THEN CAST(${it} AS BOOLEAN) ELSE ${otherwise} END`,
  )
}

/** A computed number is shown without the zeros that say nothing. */
function digitsOf({ digits, sql: number }: Scalar): Sql {
  if (digits !== undefined) return sql`CAST(${digits} AS VARCHAR)`
  return sql`regexp_replace(CAST(${number} AS VARCHAR), '\\.?0+$', '')`
}
