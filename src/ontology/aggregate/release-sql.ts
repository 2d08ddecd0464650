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
    sql`base AS (${baseSql(plan, building)})`,
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

/** Each row with whom it counts, its dimensions at every level and its numbers. */
function baseSql({ seen, dimensions, fields }: ReleasePlan, building: Building): Sql {
  const row = building.alias()
  const relation = building.relations[seen.type.name]
  if (!relation) throw new Error('a relation that was not asked for')
  const whom = seen.type.personLevel ? [sql`${ident(row)}."~person" AS p`] : []
  const parts = dimensions.flatMap(({ field, levels }, d) =>
    levels.map((level, l) => sql`${level(field.value(row, building))} AS ${key(d, l)}`),
  )
  const numbers = fields.map((field, j) => sql`CAST(${field.value(row, building)} AS DOUBLE) AS ${ident(`f${j}`)}`)
  return sql`SELECT ${list([rawSql('1 AS one'), ...whom, ...parts, ...numbers])} FROM ${relation} AS ${ident(row)}`
}

/** The cells of the whole table over some rows, with their figures and whether they are shown. */
function tablesOf(plan: ReleasePlan, suffix: string, from: Sql, field: number | null): Sql[] {
  const wider = widerCells(plan.dimensions)
  const few = [...(field === null ? [] : ['nonzero', 'zeros']), ...wider.map((_, c) => `guard${suffix}_${c}.outside`)]
  const enough = [atLeast('people'), ...few.map((each) => sql`(${rawSql(each)} = 0 OR ${atLeast(each)})`)]
  const joins = wider.map((_, c) => {
    const guard = `guard${suffix}_${c}`
    return sql` LEFT JOIN ${ident(guard)} ON ${ident(guard)}.cell = counted.cell`
  })
  const first = sql`SELECT counted.*, coalesce(${every(enough)}, FALSE) AS shown FROM ${ident(`counted${suffix}`)} AS counted${joinSql(joins, '')}`
  const lines = linesOf(plan)
  const further = lines.length === 0 ? [] : [...Array(rounds).keys()]
  return [
    ...peopleOf(plan, suffix, from, field),
    ...wider.map((each, c) => named(`guard${suffix}_${c}`, guardSql(each, suffix))),
    named(`cells${suffix}_0`, first),
    ...further.map((round) => named(`cells${suffix}_${round + 1}`, roundSql(plan, lines, `cells${suffix}_${round}`))),
  ]
}

/**
 * `counted`: the cells, numbered, with rows and people. `persons`: which cells people have rows in. Those with rows in the
 * same cells are one line of it, `w` of them: a table has few cells and many people.
 */
function peopleOf(plan: ReleasePlan, suffix: string, from: Sql, field: number | null): Sql[] {
  const { personLevel } = plan.seen.type
  const number = field === null ? null : ident(`f${field}`)
  const having = (test: string) =>
    personLevel
      ? sql`count(DISTINCT p) FILTER (WHERE ${number!} ${rawSql(test)} 0)`
      : sql`count(*) FILTER (WHERE ${number!} ${rawSql(test)} 0)`
  const more = number ? sql`, ${having('<>')} AS nonzero, ${having('=')} AS zeros, avg(${number}) AS mean` : rawSql('')
  const coarser = plan.dimensions.flatMap(({ levels }, d) =>
    levels.slice(1).map((_, l) => sql`any_value(${key(d, l + 1)}) AS ${key(d, l + 1)}`),
  )
  const levels = plan.dimensions.flatMap((each, d) => each.levels.map((_, l) => key(d, l)))
  const sums = sql`SELECT *, row_number() OVER () AS cell FROM (SELECT ${list([...ownKeys(plan), ...coarser, sql`count(*) AS objects${more}`])} FROM ${from} AS base${groupBy(ownKeys(plan))}) AS cells`
  const [sumsName, groupsName, personsName] = [`sums${suffix}`, `groups${suffix}`, `persons${suffix}`].map(ident)
  const groups = sql`SELECT row_number() OVER () AS p, cells, count(*) AS w FROM (
    SELECT list_sort(list(cell)) AS cells FROM (
      SELECT DISTINCT base.p, sums.cell FROM ${from} AS base JOIN ${sumsName!} AS sums ON ${sameKeys(ownKeys(plan), 'base', 'sums')}
    ) AS found GROUP BY p
  ) AS people GROUP BY cells`
  const persons = personLevel
    ? sql`SELECT ${list([...levels.map((each) => sql`sums.${each}`), rawSql('sums.cell, each.p, each.w')])} FROM (SELECT p, w, unnest(cells) AS cell FROM ${groupsName!}) AS each JOIN ${sumsName!} AS sums ON sums.cell = each.cell`
    : sql`SELECT ${list([...levels, rawSql('cell, cell AS p, objects AS w')])} FROM ${sumsName!}`
  const counted = sql`SELECT sums.*, coalesce(people, 0) AS people FROM ${sumsName!} AS sums LEFT JOIN (SELECT cell, sum(w) AS people FROM ${personsName!} GROUP BY cell) AS those ON those.cell = sums.cell`
  return [
    named(`sums${suffix}`, sums),
    ...(personLevel ? [named(`groups${suffix}`, groups)] : []),
    named(`persons${suffix}`, persons),
    named(`counted${suffix}`, counted),
  ]
}

function cellsName(suffix: string, plan: ReleasePlan): string {
  return `cells${suffix}_${plan.dimensions.length === 0 ? 0 : rounds}`
}

/** By cell of enough people: how many people of the wider cell have a row outside it. */
function guardSql(wider: Wider, suffix: string): Sql {
  const [persons, counted] = [ident(`persons${suffix}`), ident(`counted${suffix}`)]
  const kept = wider.flatMap((level, d) => (level === null ? [] : [key(d, level)]))
  const by = list([...kept, rawSql('p')])
  const around = sql`SELECT ${by}, any_value(w) AS w, count(*) AS cells FROM ${persons} GROUP BY ${by}`
  const whole = sql`SELECT ${list([...kept, rawSql('sum(w) AS people')])} FROM (${around}) AS around${groupBy(kept)}`
  return sql`SELECT persons.cell, max(whole.people) - coalesce(sum(persons.w) FILTER (WHERE around.cells = 1), 0) AS outside
  FROM ${persons} AS persons JOIN ${counted} AS counted ON counted.cell = persons.cell AND ${atLeast('counted.people')}
  JOIN (${around}) AS around ON ${sameKeys([...kept, rawSql('p')], 'persons', 'around')}
  JOIN (${whole}) AS whole ON ${sameKeys(kept, 'persons', 'whole')} GROUP BY persons.cell`
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

function atLeast(people: string): Sql {
  return rawSql(`${people} >= ${peopleMin}`)
}

/** Worked out once, however many others read it. */
function named(name: string, of: Sql): Sql {
  return sql`${ident(name)} AS MATERIALIZED (${of})`
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
