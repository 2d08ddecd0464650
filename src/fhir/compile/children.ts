import { literal, type Sql, sql } from '#kernel'
import { type PrimitiveType, primitiveTypes } from '../definition/primitive-types.ts'
import type { LiteralType } from '../path/expression.ts'
import { isMarked } from './json-digits.ts'
import type { Lambdas } from './lambdas.ts'
import { items, noItems, type Value } from './value.ts'

/** The members of that name of each item, lists flattened, JSON nulls left out. Names come from the parser: letters, digits, `_`. */
export function children(of: Value, name: string, lambdas: Lambdas, type: LiteralType | null = null): Value {
  if (of.form === 'scalar') return items(noItems, type)
  const childrenOf = (parent: Sql) =>
    lambdas.let(sql`json_extract(${parent}, ${literal(`$.${name}`)})`, (child) => {
      const listed = sql`json_extract(${child}, '$[*]')`
      const present = lambdas.filter(listed, (each) => sql`json_type(${each}) <> 'NULL'`)
      return sql`CASE WHEN ${child} IS NULL OR json_type(${child}) = 'NULL' THEN ${noItems}
        WHEN json_type(${child}) = 'ARRAY' THEN ${present} ELSE [${child}] END`
    })
  return items(of.form === 'item' ? childrenOf(of.sql) : lambdas.flatMap(of.sql, childrenOf), type)
}

/** Keeps resources of a type. */
export function ofResourceType(of: Sql, type: string, lambdas: Lambdas): Sql {
  return lambdas.filter(of, (it) => sql`coalesce(json_extract_string(${it}, '$.resourceType') = ${type}, false)`)
}

/** Keeps primitives whose JSON fits a primitive type: no schema is at hand to know more. */
export function ofPrimitiveType(of: Sql, type: PrimitiveType, lambdas: Lambdas): Sql {
  return lambdas.filter(of, (it) => {
    if (primitiveTypes[type] === 'boolean') return sql`json_type(${it}) = 'BOOLEAN'`
    const marked = isMarked(sql`json_extract_string(${it}, '$')`)
    const fits = primitiveTypes[type] === 'number' ? marked : sql`NOT ${marked}`
    return sql`(json_type(${it}) = 'VARCHAR' AND ${fits})`
  })
}
