import { ident, joinSql, limits, rawSql, type Sql, sql } from '#kernel'
import { disclosurePolicies } from '#privacy'
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

/** No policy shows a figure about fewer people. */
const peopleMin = 1 + Math.max(...disclosurePolicies().map(({ subnational }) => subnational?.suppressUpTo ?? 0))
/** Rounds of withholding further cells: each may leave another line with one withheld cell. */
const rounds = 3

/** Every cell around one: with fewer dimensions, with coarser ones, and the whole. */
export function widerCells(dimensions: readonly Dimension[]): readonly Wider[] {
  const all = dimensions.reduce<Wider[]>(
    (found, { levels }) => found.flatMap((before) => [...levels.keys(), null].map((level) => [...before, level])),
    [[]],
  )
  return all.filter((each) => each.some((level) => level !== 0))
}

/**
 * The cells asked for, of the table over all dimensions: whether one is shown does not depend on how it was asked for.
 * It is, if it has enough people and each wider cell has enough who have rows outside it, or none: two cells of which
 * one lies in the other never differ in a few people. Where a cell is withheld, another one of the same line is too.
 * Columns: `k…` keys, `people` (0 where withheld), `objects`, and for each field `people…`, `counted…`, `objects…`, `mean…`.
 */
export function releaseSql(plan: ReleasePlan, building: Building): Sql {
  const tables = [
    sql`base AS MATERIALIZED (${baseSql(plan, building)})`,
    ...tablesOf(plan, '', rawSql('base'), null),
    ...plan.fields.flatMap((_, j) =>
      tablesOf(plan, `_${j}`, sql`(SELECT * FROM base WHERE ${ident(`f${j}`)} IS NOT NULL)`, j),
    ),
  ]
  const people = rawSql('CASE WHEN shown THEN people ELSE 0 END')
  const figures = plan.fields.map(
    (_, j) =>
      sql`, ${ident(`people${j}`)}, ${ident(`people${j}`)} AS ${ident(`counted${j}`)}, ${ident(`objects${j}`)}, ${ident(`mean${j}`)}`,
  )
  const joins = plan.fields.map((_, j) => {
    const parts = [
      ...ownKeys(plan),
      sql`${people} AS ${ident(`people${j}`)}, objects AS ${ident(`objects${j}`)}, mean AS ${ident(`mean${j}`)}`,
    ]
    const from = ident(cellsName(`_${j}`, plan))
    return sql` LEFT JOIN (SELECT ${list(parts)} FROM ${from}) AS ${ident(`means${j}`)} ON ${sameKeys(ownKeys(plan), 'cells', `means${j}`)}`
  })
  const keys = plan.dimensions.flatMap(({ given }, d) =>
    given === undefined ? [sql`cells.${key(d, 0)} AS ${key(d, 0)}`] : [],
  )
  const asked = plan.dimensions.flatMap(({ given, levels, keepsNull }, d) => {
    if (given !== undefined) return [sql`cells.${key(d, 0)} = ${levels[0]!(given)}`]
    return keepsNull ? [] : [sql`cells.${key(d, 0)} <> 'null'`]
  })
  return sql`WITH ${joinSql(tables, ', ')}
SELECT ${list([...keys, sql`${people} AS people, objects AS objects${joinSql(figures, '')}`])}
FROM ${ident(cellsName('', plan))} AS cells${joinSql(joins, '')} WHERE ${every(asked)} LIMIT ${rawSql(String(limits.groupsMax + 1))}`
}

/** Each row with whom it counts, its dimensions at every level and its numbers. Rows about nobody count one by one. */
function baseSql({ seen, dimensions, fields }: ReleasePlan, building: Building): Sql {
  const row = building.alias()
  const relation = building.relations[seen.type.name]
  if (!relation) throw new Error('a relation that was not asked for')
  const whom = seen.type.personLevel ? sql`${ident(row)}."~person"` : rawSql('row_number() OVER ()')
  const parts = dimensions.flatMap(({ field, levels }, d) =>
    levels.map((level, l) => sql`${level(field.value(row, building))} AS ${key(d, l)}`),
  )
  const numbers = fields.map((field, j) => sql`CAST(${field.value(row, building)} AS DOUBLE) AS ${ident(`f${j}`)}`)
  return sql`SELECT ${list([sql`${whom} AS p`, ...parts, ...numbers])} FROM ${relation} AS ${ident(row)}`
}

/** The cells of the whole table over some rows, with their figures and whether they are shown. */
function tablesOf(plan: ReleasePlan, suffix: string, from: Sql, field: number | null): Sql[] {
  const levels = plan.dimensions.flatMap((each, d) => each.levels.map((_, l) => key(d, l)))
  const number = field === null ? null : ident(`f${field}`)
  const more = number
    ? sql`, count(DISTINCT p) FILTER (WHERE ${number} <> 0) AS nonzero, count(DISTINCT p) FILTER (WHERE ${number} = 0) AS zeros, avg(${number}) AS mean`
    : rawSql('')
  const sums = sql`SELECT ${list([...levels, sql`count(DISTINCT p) AS people, count(*) AS objects${more}`])} FROM ${from} AS base${groupBy(levels)}`
  const persons = sql`SELECT ${list([...levels, rawSql('p, count(*) AS n')])} FROM ${from} AS base GROUP BY ${list([...levels, rawSql('p')])}`
  const wider = widerCells(plan.dimensions)
  const guards = wider.map(
    (each, c) => sql`${ident(`guard${suffix}_${c}`)} AS MATERIALIZED (${guardSql(plan, each, `persons${suffix}`)})`,
  )
  const few = [...(field === null ? [] : ['nonzero', 'zeros']), ...wider.map((_, c) => `guard${suffix}_${c}.outside`)]
  const enough = [
    atLeast(rawSql('people')),
    ...few.map((each) => sql`(${rawSql(each)} = 0 OR ${atLeast(rawSql(each))})`),
  ]
  const joins = wider.map((_, c) => {
    const guard = `guard${suffix}_${c}`
    return sql` JOIN ${ident(guard)} ON ${sameKeys(ownKeys(plan), 'sums', guard)}`
  })
  const first = sql`SELECT sums.*, ${every(enough)} AS shown FROM ${ident(`sums${suffix}`)} AS sums${joinSql(joins, '')}`
  const lines = linesOf(plan)
  const withheld = (lines.length === 0 ? [] : [...Array(rounds).keys()]).map(
    (round) =>
      sql`${ident(`cells${suffix}_${round + 1}`)} AS MATERIALIZED (${roundSql(plan, lines, `cells${suffix}_${round}`)})`,
  )
  return [
    sql`${ident(`sums${suffix}`)} AS MATERIALIZED (${sums})`,
    sql`${ident(`persons${suffix}`)} AS MATERIALIZED (${persons})`,
    ...guards,
    sql`${ident(`cells${suffix}_0`)} AS MATERIALIZED (${first})`,
    ...withheld,
  ]
}

function cellsName(suffix: string, plan: ReleasePlan): string {
  return `cells${suffix}_${plan.dimensions.length === 0 ? 0 : rounds}`
}

/** By cell: how many people of the wider cell have a row outside it. */
function guardSql(plan: ReleasePlan, wider: Wider, persons: string): Sql {
  const kept = plan.dimensions.flatMap((_, d) => {
    const level = wider[d] ?? null
    return level === null ? [] : [key(d, level)]
  })
  const around = sql`SELECT ${list([...kept, rawSql('p, sum(n) AS n')])} FROM ${ident(persons)} GROUP BY ${list([...kept, rawSql('p')])}`
  const own = ownKeys(plan)
  return sql`SELECT ${list([...own.map((each) => sql`persons.${each} AS ${each}`), rawSql('max(whole.people) - count(*) FILTER (WHERE around.n = persons.n) AS outside')])}
  FROM ${ident(persons)} AS persons JOIN (${around}) AS around ON ${sameKeys([...kept, rawSql('p')], 'persons', 'around')}
  JOIN (SELECT ${list([...kept, rawSql('count(*) AS people')])} FROM (${around}) AS around${groupBy(kept)}) AS whole ON ${sameKeys(kept, 'persons', 'whole')}${groupBy(own.map((each) => sql`persons.${each}`))}`
}

/** What the cells of a line have in common: all dimensions but one, and of that one nothing or a coarser level. */
function linesOf({ dimensions }: ReleasePlan): readonly (readonly Sql[])[] {
  return dimensions.flatMap(({ levels }, d) => {
    const others = dimensions.flatMap((_, other) => (other === d ? [] : [key(other, 0)]))
    return [others, ...levels.slice(1).map((_, l) => [...others, key(d, l + 1)])]
  })
}

/**
 * What a line adds up to gives a withheld cell back if the rest is shown. Where those withheld are one, or are about few
 * people, the smallest shown one is withheld too.
 */
function roundSql(plan: ReleasePlan, lines: readonly (readonly Sql[])[], from: string): Sql {
  const least = rawSql(String(peopleMin))
  const order = list([rawSql('shown DESC, people, objects'), ...ownKeys(plan)])
  const facts = lines.map((line, i) => {
    const by = line.length === 0 ? rawSql('') : sql`PARTITION BY ${list(line)}`
    const of = (fact: string, name: string) =>
      sql`, ${rawSql(fact)} FILTER (WHERE NOT shown) OVER (${by}) AS ${ident(`${name}${i}`)}`
    return sql`${of('count(*)', 'hidden')}${of('max(people)', 'most')}${of('sum(people)', 'all')}, row_number() OVER (${by} ORDER BY ${order}) AS ${ident(`place${i}`)}`
  })
  const unsafe = lines.map((_, i) => {
    const [hidden, most, all] = [ident(`hidden${i}`), ident(`most${i}`), ident(`all${i}`)]
    return sql`(${ident(`place${i}`)} = 1 AND ${hidden} > 0 AND NOT (${hidden} > 1 AND (${most} >= ${least} OR ${all} >= 2 * ${least})))`
  })
  const names = lines.flatMap((_, i) => ['hidden', 'most', 'all', 'place'].map((name) => ident(`${name}${i}`)))
  return sql`SELECT * EXCLUDE (${list(names)}) REPLACE (shown AND NOT (${joinSql(unsafe, ' OR ')}) AS shown)
  FROM (SELECT *${joinSql(facts, '')} FROM ${ident(from)}) AS lines`
}

function atLeast(people: Sql): Sql {
  return sql`${people} >= ${rawSql(String(peopleMin))}`
}

function ownKeys({ dimensions }: ReleasePlan): Sql[] {
  return dimensions.map((_, d) => key(d, 0))
}

/** The column of a dimension's own values. */
export function keyName(dimension: number): string {
  return `k${dimension}_0`
}

function key(dimension: number, level: number): Sql {
  return ident(`k${dimension}_${level}`)
}

function sameKeys(keys: readonly Sql[], left: string, right: string): Sql {
  return every(keys.map((each) => sql`${ident(left)}.${each} = ${ident(right)}.${each}`))
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
