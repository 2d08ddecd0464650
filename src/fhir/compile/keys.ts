import { literal, type Sql, sql } from '#kernel'
import type { Lambdas } from './lambdas.ts'
import { item, items, scalar, toSingle, type Value } from './value.ts'

/**
 * `getResourceKey()`: type and id of a resource, as a reference to it on the same server is written. The specification
 * leaves the form open, as long as it is what `getReferenceKey()` gives for a reference to it.
 */
export function resourceKey(of: Value, lambdas: Lambdas): Value {
  const key = lambdas.let(
    toSingle(of, lambdas).sql,
    (it) => sql`(json_extract_string(${it}, '$.resourceType') || '/' || json_extract_string(${it}, '$.id'))`,
  )
  return scalar('string', key)
}

const version = literal('/_history/[^/]*$')
const typed = literal('(?:^|/)([A-Z][A-Za-z]*)/[A-Za-z0-9.-]{1,64}$')

/**
 * `getReferenceKey()`: the reference without a version. An address on another server stays whole, so that it is no key of a
 * resource here. With a type: only references to that type, by their text, else by their element `type`. A UUID refers to an
 * entry of the same Bundle; it is a key of the type that was asked for unless the element `type` names another.
 */
export function referenceKey(of: Value, type: string | null, lambdas: Lambdas): Value {
  const keyOf = (reference: Sql) => {
    const address = sql`regexp_replace(json_extract_string(${reference}, '$.reference'), ${version}, '')`
    if (type === null) return sql`to_json(${address})`
    return lambdas.let(address, (text) => {
      const inBundle = sql`(starts_with(${text}, 'urn:uuid:') AND coalesce(json_extract_string(${reference}, '$.type'), ${type}) = ${type})`
      const named = sql`coalesce(nullif(regexp_extract(${text}, ${typed}, 1), ''), json_extract_string(${reference}, '$.type'))`
      return sql`CASE WHEN ${inBundle} THEN to_json(${type} || '/' || substr(${text}, 10)) WHEN ${named} = ${type} THEN to_json(${text}) END`
    })
  }
  if (of.form !== 'items') return item(keyOf(of.sql), 'string')
  return items(
    lambdas.filter(lambdas.map(of.sql, keyOf), (key) => sql`${key} IS NOT NULL`),
    'string',
  )
}
