import { ident, joinSql, limits, rawSql, type Sql, sql } from '#kernel'
import type { Building } from '../object-set/scope.ts'
import { linesOf, roundSql } from './line-sql.ts'
import { guardSql, peopleOf } from './people-sql.ts'
import { atLeast, every, key, list, named, ownKeys, type ReleasePlan, sameKeys, widerCells } from './release-plan.ts'

/** Rounds of withholding further cells: each may leave another line with one withheld cell. */
const rounds = 3

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

function cellsName(suffix: string, plan: ReleasePlan): string {
  return `cells${suffix}_${plan.dimensions.length === 0 ? 0 : rounds}`
}
