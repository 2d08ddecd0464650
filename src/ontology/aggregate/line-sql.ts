import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { key, list, ownKeys, peopleMin, type ReleasePlan } from './release-plan.ts'

/** What the cells of a line have in common: all dimensions but one, and of that one nothing or a coarser level. */
export function linesOf({ dimensions }: ReleasePlan): readonly (readonly Sql[])[] {
  return dimensions.flatMap(({ levels }, d) => {
    const others = dimensions.flatMap((_, other) => (other === d ? [] : [key(other, 0)]))
    return [others, ...levels.slice(1).map((_, l) => [...others, key(d, l + 1)])]
  })
}

/**
 * What a line adds up to gives a withheld cell back if the rest is shown. Where those withheld are one, or are about few
 * people, the smallest shown one is withheld too.
 */
export function roundSql(plan: ReleasePlan, lines: readonly (readonly Sql[])[], from: string): Sql {
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
