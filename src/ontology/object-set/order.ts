import { sqlType } from '#contracts'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import type { Derived } from './derived.ts'
import type { Building, Scope, SeenType } from './scope.ts'
import { propertyValue, wireTypeName } from './values.ts'
import type { OrderBy } from './wire.ts'

/** One thing to sort by. Rows without a value come last, ascending or descending. */
export interface SortKey {
  readonly descending: boolean
  readonly value: (row: string, building: Building) => Sql
  /** Of the engine, to read a value of an earlier page back. */
  readonly type: Sql
}

export function sortKeys(
  scope: Scope,
  seen: SeenType,
  derived: Derived,
  orderBy: readonly OrderBy[],
): readonly SortKey[] {
  return orderBy.flatMap(({ field, direction }) => {
    const descending = direction === 'desc'
    const worked = derived.get(field)
    if (worked) return [{ descending, value: worked.value, type: sortable(field, worked.type) }]
    const property = scope.property(seen, field)
    if (!property) return []
    const { type } = propertyValue('r', seen.type, property, seen.level)
    const value = (row: string) => propertyValue(row, seen.type, property, seen.level).value
    return [{ descending, value, type: sortable(field, type) }]
  })
}

function sortable(field: string, type: Parameters<typeof sqlType>[0]): Sql {
  if (type !== 'texts') return sqlType(type)
  throw ontologyErrors('FDP_ONTOLOGY_OPERATOR', { property: field, type: wireTypeName(type), operator: 'orderBy' })
}

/** Of rows that carry their keys as columns `k0`, `k1`, … and `~order`, the gate's; without the first `from` of the keys. */
export function orderSql(keys: readonly SortKey[], from = 0): Sql {
  const by = keys.map(({ descending }, i) => sql`${key(i)} ${rawSql(descending ? 'DESC' : 'ASC')} NULLS LAST`)
  return joinSql([...by.slice(from), rawSql('"~order"')], ', ')
}

/** Some of the rows behind a row, all of them like it in the keys before one: `beyond` it in that, or in the gate's order. */
export interface Step {
  /** Which key; their number for the order. */
  readonly at: number
  readonly same: Sql
  readonly beyond: Sql
}

/**
 * The rows behind the last one of the page before, whose keys are `last`, in steps without an OR, which the engine finds
 * without a look at all rows. Those without a value at the key of a step come behind, too: that is left to the caller.
 */
export function stepsBehind(keys: readonly SortKey[], last: readonly (string | null)[]): readonly Step[] {
  const bounds = keys.map(({ type }, i) => {
    const text = last[i] ?? null
    return text === null ? null : sql`CAST(${text} AS ${type})`
  })
  const same = bounds.map((bound, i) => (bound ? sql`${key(i)} = ${bound}` : sql`${key(i)} IS NULL`))
  const before = (at: number) => joinSql([rawSql('TRUE'), ...same.slice(0, at)], ' AND ')
  const steps = keys.flatMap(({ descending }, at) => {
    const bound = bounds[at]
    // Nothing comes behind those without a value.
    if (!bound) return []
    return [{ at, same: before(at), beyond: sql`${key(at)} ${rawSql(descending ? '<' : '>')} ${bound}` }]
  })
  return [...steps, { at: keys.length, same: before(keys.length), beyond: rawSql('"~behind"') }]
}

export function key(i: number): Sql {
  return ident(`k${i}`)
}
