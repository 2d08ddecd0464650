import { type Sql, sql } from '#kernel'
import type { BinaryOperator } from '../path/expression.ts'
import { isMarked, numberMark, unmarked } from './json-digits.ts'
import type { Lambdas } from './lambdas.ts'
import { type Comparison, compareTemporal, comparisonSql, isTemporal } from './temporal.ts'
import {
  markedText,
  numberType,
  type Scalar,
  type Single,
  scalar,
  toCondition,
  toNumber,
  toSingle,
  toText,
  type Value,
} from './value.ts'

/** A binary operator between two values; FHIRPath 2.0, "Operations". Empty operands make an empty result, but for logic. */
export function applyOperator(operator: BinaryOperator, left: Value, right: Value, lambdas: Lambdas): Scalar {
  switch (operator) {
    case 'and':
    case 'or':
    case 'xor':
      return scalar('boolean', logic(operator, toCondition(left, lambdas), toCondition(right, lambdas)))
    case '=':
    case '!=':
      return scalar('boolean', equality(operator, left, right, lambdas))
    case '<':
    case '<=':
    case '>':
    case '>=':
      return scalar('boolean', order(operator, toSingle(left, lambdas), toSingle(right, lambdas), lambdas))
    default:
      return arithmetic(operator, left, right, lambdas)
  }
}

/** The engine's three values of truth have the tables of FHIRPath ("Boolean logic"), empty being NULL. */
function logic(operator: 'and' | 'or' | 'xor', left: Sql, right: Sql): Sql {
  if (operator === 'and') return sql`(${left} AND ${right})`
  return operator === 'or' ? sql`(${left} OR ${right})` : sql`(${left} <> ${right})`
}

/** Collections are equal if they have the same values in the same order ("Equality"). */
function equality(operator: '=' | '!=', left: Value, right: Value, lambdas: Lambdas): Sql {
  const compare = comparisonSql(operator)
  if (isTemporal(left) || isTemporal(right))
    return compareTemporal(operator, toSingle(left, lambdas), toSingle(right, lambdas), lambdas)
  if (left.form !== 'items' && right.form !== 'items')
    return sql`(${equalityKey(left, lambdas)} ${compare} ${equalityKey(right, lambdas)})`
  return lambdas.let(equalityKeys(left, lambdas), (a) =>
    lambdas.let(
      equalityKeys(right, lambdas),
      (b) => sql`CASE WHEN len(${a}) > 0 AND len(${b}) > 0 THEN ${a} ${compare} ${b} END`,
    ),
  )
}

function equalityKeys(value: Value, lambdas: Lambdas): Sql {
  if (value.form === 'items')
    return lambdas.map(value.sql, (it) => equalityKey({ form: 'item', sql: it, type: value.type }, lambdas))
  return lambdas.let(
    equalityKey(value, lambdas),
    (key) => sql`CASE WHEN ${key} IS NULL THEN CAST([] AS VARCHAR[]) ELSE [${key}] END`,
  )
}

/** A text that two primitives share if they are equal: 1 and 1.0 do, 1 and '1', or true and 'true', do not. */
function equalityKey(value: Single, lambdas: Lambdas): Sql {
  const numberKey = (number: Sql) => sql`${numberMark} || CAST(CAST(${number} AS ${numberType}) AS VARCHAR)`
  const booleanKey = (text: Sql) => sql`chr(2) || ${text}`
  if (value.form === 'scalar') {
    if (value.type === 'number') return sql`(${numberKey(value.sql)})`
    return value.type === 'boolean' ? sql`(${booleanKey(sql`CAST(${value.sql} AS VARCHAR)`)})` : value.sql
  }
  return lambdas.let(value.sql, (json) =>
    lambdas.let(
      markedText(json, lambdas),
      (text) => sql`CASE WHEN ${isMarked(text)} THEN ${numberKey(unmarked(text))}
        WHEN json_type(${json}) = 'BOOLEAN' THEN ${booleanKey(text)} ELSE ${text} END`,
    ),
  )
}

/** Numbers by size, times by time, texts by code point. A number beside a text stops the statement ("Comparison"). */
function order(operator: Comparison, left: Single, right: Single, lambdas: Lambdas): Sql {
  const compare = comparisonSql(operator)
  if (isTemporal(left) || isTemporal(right)) return compareTemporal(operator, left, right, lambdas)
  if (left.type === 'number' || right.type === 'number')
    return sql`(${toNumber(left, lambdas)} ${compare} ${toNumber(right, lambdas)})`
  if (left.type === 'string' || right.type === 'string' || left.form === 'scalar' || right.form === 'scalar')
    return sql`(${toText(left, lambdas)} ${compare} ${toText(right, lambdas)})`
  return lambdas.let(left.sql, (a) =>
    lambdas.let(right.sql, (b) => {
      const [one, other] = [
        { ...left, sql: a },
        { ...right, sql: b },
      ]
      const number = isMarked(sql`json_extract_string(${a}, '$')`)
      return sql`CASE WHEN ${number} THEN ${toNumber(one, lambdas)} ${compare} ${toNumber(other, lambdas)}
        ELSE ${toText(one, lambdas)} ${compare} ${toText(other, lambdas)} END`
    }),
  )
}

function arithmetic(operator: '+' | '-' | '*' | '/', left: Value, right: Value, lambdas: Lambdas): Scalar {
  if (operator === '+' && (left.type === 'string' || right.type === 'string'))
    return scalar('string', sql`(${toText(left, lambdas)} || ${toText(right, lambdas)})`)
  const [a, b] = [toNumber(left, lambdas), toNumber(right, lambdas)]
  return scalar('number', sql`CAST(${calculation(operator, a, b)} AS ${numberType})`)
}

/** The engine divides as doubles. Division by zero is empty ("Math"). */
function calculation(operator: '+' | '-' | '*' | '/', left: Sql, right: Sql): Sql {
  if (operator === '+') return sql`(${left} + ${right})`
  if (operator === '-') return sql`(${left} - ${right})`
  return operator === '*' ? sql`(${left} * ${right})` : sql`(${left} / nullif(${right}, 0))`
}
