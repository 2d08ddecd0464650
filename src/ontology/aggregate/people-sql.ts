import { ident, rawSql, type Sql, sql } from '#kernel'
import { atLeast, groupBy, key, list, named, ownKeys, type ReleasePlan, sameKeys, type Wider } from './release-plan.ts'

/**
 * `counted`: the cells, numbered, with rows and people. `persons`: which cells people have rows in. Those with rows in the
 * same cells are one line of it, `w` of them: a table has few cells and many people.
 */
export function peopleOf(plan: ReleasePlan, suffix: string, from: Sql, field: number | null): Sql[] {
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

/** By cell of enough people: how many people of the wider cell have a row outside it. */
export function guardSql(wider: Wider, suffix: string): Sql {
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
