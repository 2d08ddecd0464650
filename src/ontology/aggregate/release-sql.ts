import { ident, joinSql, limits, rawSql, type Sql, sql } from '#kernel'
import type { Building, SeenType } from '../object-set/scope.ts'
import type { Dimension } from './dimension.ts'
import type { Field } from './field.ts'

export interface ReleasePlan {
  readonly seen: SeenType
  readonly dimensions: readonly Dimension[]
  /** Numbers of which means are taken. */
  readonly fields: readonly Field[]
}

/** Of each dimension the place in its `levels`, or null where the wider cell does not have it. */
export type Wider = readonly (number | null)[]

/** Every cell around the ones asked for: with fewer dimensions, with coarser ones, and the whole. */
export function widerCells(dimensions: readonly Dimension[]): readonly Wider[] {
  const all = dimensions.reduce<Wider[]>(
    (found, { levels }) => found.flatMap((before) => [...levels.keys(), null].map((level) => [...before, level])),
    [[]],
  )
  return all.filter((each) => each.some((level) => level !== 0))
}

/**
 * Cells with their figures, each beside the least number of people that it could tell apart: those in it, and those in
 * each wider cell who have rows outside it. Two cells of which one lies in the other then never differ in a few people.
 * Columns: `k…` keys, `people`, `objects`, and for each field `people…`, `counted…`, `objects…`, `mean…`.
 */
export function releaseSql(plan: ReleasePlan, building: Building): Sql {
  const tables = [
    sql`base AS MATERIALIZED (${baseSql(plan, building)})`,
    ...tablesOf(plan, '', rawSql('base'), null),
    ...plan.fields.flatMap((_, j) =>
      tablesOf(plan, `_${j}`, sql`(SELECT * FROM base WHERE ${column(`f${j}`)} IS NOT NULL)`, j),
    ),
  ]
  const keys = groupKeys(plan)
  const figures = plan.fields.flatMap((_, j) => {
    const of = (name: string) => sql`${column(`cells_${j}`)}.${rawSql(name)}`
    const people = sql`coalesce(${leastPeople(plan, `_${j}`, j)}, 0)`
    return [
      sql`${people} AS ${column(`people${j}`)}`,
      sql`${people} AS ${column(`counted${j}`)}`,
      sql`coalesce(${of('objects')}, 0) AS ${column(`objects${j}`)}`,
      sql`${of('mean')} AS ${column(`mean${j}`)}`,
    ]
  })
  const joins = ['', ...plan.fields.map((_, j) => `_${j}`)].flatMap((suffix) => [
    ...(suffix === ''
      ? []
      : [sql` LEFT JOIN ${column(`cells${suffix}`)} ON ${sameKeys(keys, 'cells', `cells${suffix}`)}`]),
    ...widerCells(plan.dimensions).map((_, c) => {
      const guard = `guard${suffix}_${c}`
      return sql` LEFT JOIN ${column(guard)} ON ${sameKeys(keys, 'cells', guard)}`
    }),
  ])
  const parts = [
    ...keys.map((key) => sql`cells.${key} AS ${key}`),
    sql`${leastPeople(plan, '', null)} AS people`,
    rawSql('cells.objects AS objects'),
    ...figures,
  ]
  return sql`WITH ${joinSql(tables, ', ')}
SELECT ${joinSql(parts, ', ')} FROM cells${joinSql(joins, '')} LIMIT ${rawSql(String(limits.groupsMax + 1))}`
}

/** Each row with whom it counts, its dimensions at every level and its numbers. Rows about nobody count one by one. */
function baseSql({ seen, dimensions, fields }: ReleasePlan, building: Building): Sql {
  const row = building.alias()
  const relation = building.relations[seen.type.name]
  if (!relation) throw new Error('a relation that was not asked for')
  const whom = seen.type.personLevel ? sql`${ident(row)}."~person"` : rawSql('row_number() OVER ()')
  const parts = dimensions.flatMap(({ field, levels, given }, d) =>
    levels.map((level, l) => {
      const value = level(field.value(row, building))
      return sql`${given === undefined ? value : sql`${value} = ${level(given)}`} AS ${dimension(d, l)}`
    }),
  )
  const numbers = fields.map((field, j) => sql`CAST(${field.value(row, building)} AS DOUBLE) AS ${column(`f${j}`)}`)
  return sql`SELECT ${joinSql([sql`${whom} AS p`, ...parts, ...numbers], ', ')} FROM ${relation} AS ${ident(row)}`
}

/** The cells of a table, the people in each, and a table for each kind of wider cell. */
function tablesOf(plan: ReleasePlan, suffix: string, from: Sql, field: number | null): Sql[] {
  const keys = groupKeys(plan)
  const inside = column(`inside${suffix}`)
  const own = plan.dimensions.map(() => 0)
  const there = plan.dimensions.flatMap(({ given, keepsNull }, d) =>
    given === undefined && !keepsNull ? [sql`${dimension(d, 0)} <> 'null'`] : [],
  )
  const insideSql = sql`SELECT * FROM ${from} AS base WHERE ${every([...givenTests(plan, own), ...there])}`
  const number = field === null ? null : column(`f${field}`)
  const more = number
    ? sql`, count(DISTINCT p) FILTER (WHERE ${number} <> 0) AS some, count(DISTINCT p) FILTER (WHERE ${number} = 0) AS none, avg(${number}) AS mean`
    : rawSql('')
  const cellsSql = sql`SELECT ${list([...keys, sql`count(DISTINCT p) AS people, count(*) AS objects${more}`])} FROM ${inside}${groupBy(keys)}`
  const levels = plan.dimensions.flatMap((each, d) =>
    each.given === undefined ? each.levels.map((_, l) => dimension(d, l)) : [],
  )
  const personsSql = sql`SELECT ${list([...levels, rawSql('p, count(*) AS n')])} FROM ${inside} GROUP BY ${list([...levels, rawSql('p')])}`
  const guards = widerCells(plan.dimensions).map(
    (wider, c) => sql`${column(`guard${suffix}_${c}`)} AS (${guardSql(plan, wider, from, column(`persons${suffix}`))})`,
  )
  return [
    sql`${inside} AS (${insideSql})`,
    sql`${column(`cells${suffix}`)} AS (${cellsSql})`,
    sql`${column(`persons${suffix}`)} AS (${personsSql})`,
    ...guards,
  ]
}

/** By cell: how many people of the wider cell have a row outside it. */
function guardSql(plan: ReleasePlan, wider: Wider, from: Sql, persons: Sql): Sql {
  const keys = groupKeys(plan)
  const kept = plan.dimensions.flatMap(({ given }, d) => {
    const level = wider[d] ?? null
    return given === undefined && level !== null ? [dimension(d, level)] : []
  })
  const around = sql`SELECT ${list([...kept, rawSql('p, count(*) AS n')])} FROM ${from} AS base WHERE ${every(givenTests(plan, wider))} GROUP BY ${list([...kept, rawSql('p')])}`
  const own = keys.map((key) => sql`persons.${key} AS ${key}`)
  return sql`SELECT ${list([...own, rawSql('max(whole.people) - count(*) FILTER (WHERE around.n = persons.n) AS outside')])}
  FROM ${persons} AS persons JOIN (${around}) AS around ON ${sameKeys([...kept, rawSql('p')], 'persons', 'around')}
  JOIN (SELECT ${list([...kept, rawSql('count(*) AS people')])} FROM (${around}) AS around${groupBy(kept)}) AS whole ON ${sameKeys(kept, 'persons', 'whole')}${groupBy(keys.map((key) => sql`persons.${key}`))}`
}

/** The smallest of the numbers of people that are not 0. */
function leastPeople(plan: ReleasePlan, suffix: string, field: number | null): Sql {
  const cells = column(`cells${suffix}`)
  const among = [
    ...(field === null ? [] : [sql`nullif(${cells}.some, 0)`, sql`nullif(${cells}.none, 0)`]),
    ...widerCells(plan.dimensions).map((_, c) => sql`nullif(${column(`guard${suffix}_${c}`)}.outside, 0)`),
  ].map((each) => sql`coalesce(${each}, ${cells}.people)`)
  return among.length === 0 ? sql`${cells}.people` : sql`least(${cells}.people, ${joinSql(among, ', ')})`
}

function givenTests({ dimensions }: ReleasePlan, at: Wider): Sql[] {
  return dimensions.flatMap(({ given }, d) => {
    const level = at[d] ?? null
    return given !== undefined && level !== null ? [dimension(d, level)] : []
  })
}

/** The columns that say which cell it is. */
export function groupKeys({ dimensions }: ReleasePlan): Sql[] {
  return dimensions.flatMap(({ given }, d) => (given === undefined ? [dimension(d, 0)] : []))
}

export function keyName(at: number): string {
  return `k${at}_0`
}

function dimension(at: number, level: number): Sql {
  return ident(`k${at}_${level}`)
}

function column(name: string): Sql {
  return ident(name)
}

function sameKeys(keys: readonly Sql[], left: string, right: string): Sql {
  return every(keys.map((key) => sql`${ident(left)}.${key} = ${ident(right)}.${key}`))
}

function groupBy(keys: readonly Sql[]): Sql {
  return keys.length === 0 ? rawSql('') : sql` GROUP BY ${list(keys)}`
}

function every(tests: readonly Sql[]): Sql {
  return tests.length === 0 ? rawSql('TRUE') : joinSql(tests, ' AND ')
}

function list(parts: readonly Sql[]): Sql {
  return joinSql(parts, ', ')
}
