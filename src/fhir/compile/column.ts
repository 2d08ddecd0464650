import { rawSql, type Sql, sql } from '#kernel'
import { type PrimitiveType, primitiveTypes } from '../definition/primitive-types.ts'
import type { ViewColumn } from '../definition/view.ts'
import { compilePath } from './path.ts'
import type { Scope } from './scope.ts'
import { item, stop, toBoolean, toDigits, toText, type Value } from './value.ts'

/** A column of a compiled view. */
export interface OutputColumn {
  readonly name: string
  readonly type: PrimitiveType
  readonly collection: boolean
}

/** The engine's types of the declared ones; all others are text, so that a decimal keeps its digits and a date its precision. */
const engineTypes: Partial<Record<PrimitiveType, Sql>> = {
  boolean: rawSql('BOOLEAN'),
  integer: rawSql('INTEGER'),
  positiveInt: rawSql('INTEGER'),
  unsignedInt: rawSql('INTEGER'),
  integer64: rawSql('BIGINT'),
}

/** One value, or with `collection` a list of them. Several values where one is wanted stop the statement. */
export function compileColumn(column: ViewColumn, scope: Scope): Sql {
  const { lambdas } = scope
  const value = compilePath(column.path, scope, primitiveTypes[column.type])
  const typed = (single: Value) => {
    const plain = plainValue(single, column.type, scope)
    return sql`CAST(${plain} AS ${engineTypes[column.type] ?? rawSql('VARCHAR')})`
  }
  if (!column.collection) return typed(value)
  if (value.form === 'items') return lambdas.map(value.sql, (it) => typed(item(it, value.type)))
  return lambdas.let(typed(value), (it) => sql`CASE WHEN ${it} IS NULL THEN [] ELSE [${it}] END`)
}

function plainValue(value: Value, type: PrimitiveType, { lambdas }: Scope): Sql {
  if (type === 'boolean') return toBoolean(value, lambdas)
  if (primitiveTypes[type] !== 'number') return toText(value, lambdas)
  const digits = toDigits(value, lambdas)
  // The engine would round 1.5 to an integer
  return type === 'decimal' ? digits : lambdas.let(digits, wholeNumber)
}

function wholeNumber(digits: Sql): Sql {
  return sql`CASE WHEN regexp_matches(${digits}, '[^0-9-]') THEN ${stop('not a whole number')} ELSE ${digits} END`
}
