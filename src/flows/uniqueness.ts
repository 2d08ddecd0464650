import { ident, joinSql, type Sql, sql } from '#kernel'
import { kReportSql, placement, readKReport, shown } from '#privacy'
import type { Uniqueness } from './report.ts'
import type { SplitPlan } from './split-plan.ts'
import type { Work } from './work.ts'

/**
 * How unique the rows of this version are by their quasi-identifiers, at each level at which rows leave: as they stand
 * (identifiable) and as a pseudonymised read shows them. Properties the file lacks are left out; without any
 * quasi-identifier there is nothing to measure.
 */
export async function uniquenessOf(work: Work, plan: SplitPlan, present: ReadonlySet<string>): Promise<Uniqueness[]> {
  const { type, engine } = work
  if (!type.personLevel) return []
  const quasi = type.properties.filter(({ name, sensitivity }) => sensitivity === 'quasi' && present.has(name))
  const expressions = new Map(plan.lake.map(({ name, expression }) => [name, expression]))
  const exact = quasi.map(({ name }) => ({ name, expression: ident(name) }))
  const coarse = quasi.flatMap((property) => {
    const kind = shown(type, property, 'pseudonymised').kind
    const expression = expressions.get(property.name)
    return (kind === 'clear' || kind === 'coarse') && placement(type, property).lake !== 'key' && expression
      ? [{ name: property.name, expression }]
      : []
  })
  const reports: Uniqueness[] = []
  for (const [level, columns] of [['identifiable', exact] as const, ['pseudonymised', coarse] as const]) {
    if (columns.length === 0) continue
    const names = columns.map(({ name }) => name)
    const [row] = await engine.rows(kReportSql(relation(columns), names, '_person'))
    if (row) reports.push({ level, columns: names, k: readKReport(row) })
  }
  return reports
}

function relation(columns: readonly { name: string; expression: Sql }[]): Sql {
  const selected = columns.map(({ name, expression }) => sql`${expression} AS ${ident(name)}`)
  return sql`(SELECT _person, ${joinSql(selected, ', ')} FROM typed)`
}
