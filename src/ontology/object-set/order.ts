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

/** Of rows that carry their keys as columns `k0`, `k1`, … and `~first` and `o`, the gate's order. */
export function orderSql(keys: readonly SortKey[]): Sql {
  const by = keys.map(({ descending }, i) => sql`${key(i)} ${rawSql(descending ? 'DESC' : 'ASC')} NULLS LAST`)
  return joinSql([...by, rawSql('"~first"'), rawSql('o')], ', ')
}

/** The rows behind the last one of the page before, whose keys are `last`: those of the sort, then the order. */
export function afterSql(keys: readonly SortKey[], last: readonly (string | null)[]): Sql {
  if (last.length !== keys.length + 1) throw ontologyErrors('FDP_ONTOLOGY_PAGE_TOKEN')
  const order = last.at(-1)
  const bound = keys.map(({ type }, i) => {
    const text = last[i] ?? null
    return text === null ? null : sql`CAST(${text} AS ${type})`
  })
  const same = (i: number) => (bound[i] ? sql`${key(i)} = ${bound[i]}` : sql`${key(i)} IS NULL`)
  const steps = keys.flatMap(({ descending }, i) => {
    const value = bound[i]
    // Nothing comes behind those without a value.
    if (!value) return []
    const behind = sql`(${key(i)} ${rawSql(descending ? '<' : '>')} ${value} OR ${key(i)} IS NULL)`
    return [joinSql([...keys.slice(0, i).map((_, before) => same(before)), behind], ' AND ')]
  })
  const ties = joinSql([...keys.map((_, i) => same(i)), sql`o > ${orderValue(order ?? '')}`], ' AND ')
  return sql`(${joinSql(
    [...steps, ties].map((step) => sql`(${step})`),
    ' OR ',
  )})`
}

/** A token below identifiable level, a local key at it. */
function orderValue(text: string): Sql {
  return text.includes('-') && text.length === 36 ? sql`CAST(${text} AS UUID)` : sql`CAST(${text} AS BIGINT)`
}

export function key(i: number): Sql {
  return ident(`k${i}`)
}
