import type { ObjectType, Property } from '#contracts'
import { ident, joinSql, type Sql, sql } from '#kernel'
import { coarseSql, kReportSql, placement, readKReport, shown } from '#privacy'
import type { Uniqueness } from './report.ts'
import type { SplitPlan } from './split-plan.ts'
import type { Work } from './work.ts'

type Column = { readonly name: string; readonly expression: Sql }

/**
 * How unique the rows of this version are: by their quasi-identifiers as they stand (identifiable) and as a pseudonymised
 * read shows them, and once more together with every date that such a read shows, since who knows somebody's dates can
 * find their row by them. Properties the file lacks are left out; without any such column there is nothing to measure.
 */
export async function uniquenessOf(
  work: Pick<Work, 'type' | 'engine'>,
  plan: SplitPlan,
  present: ReadonlySet<string>,
): Promise<Uniqueness[]> {
  const { type, engine } = work
  if (!type.personLevel) return []
  const here = type.properties.filter(({ name }) => present.has(name))
  const quasi = here.filter(({ sensitivity }) => sensitivity === 'quasi')
  const dates = here.filter((property) => !quasi.includes(property) && /^(date|timestamp)$/.test(property.type))
  const exact = quasi.map(({ name }) => ({ name, expression: ident(name) }))
  const coarse = quasi.flatMap((property) => shownColumn(type, property, plan))
  const withDates = [...coarse, ...dates.flatMap((property) => shownColumn(type, property, plan))]
  const reports: Uniqueness[] = []
  for (const [level, columns] of [
    ['identifiable', exact],
    ['pseudonymised', coarse],
    ['pseudonymised', withDates.length > coarse.length ? withDates : []],
  ] as const) {
    if (columns.length === 0) continue
    const names = columns.map(({ name }) => name)
    const [row] = await engine.rows(kReportSql(relation(columns), names, '_person'))
    if (row) reports.push({ level, columns: names, k: readKReport(row) })
  }
  return reports
}

/** A property as a pseudonymised read shows it, from what goes into the lake; none if it is hidden there or a key. */
function shownColumn(type: ObjectType, property: Property, plan: SplitPlan): Column[] {
  const { name } = property
  const stored = plan.lake.find((column) => column.name === name)?.expression
  const how = shown(type, property, 'pseudonymised')
  if (!stored || placement(type, property).lake === 'key') return []
  if (how.kind === 'clear') return [{ name, expression: stored }]
  return how.kind === 'coarse' ? [{ name, expression: coarseSql(how.rule, stored) }] : []
}

function relation(columns: readonly Column[]): Sql {
  const selected = columns.map(({ name, expression }) => sql`${expression} AS ${ident(name)}`)
  return sql`(SELECT _person, ${joinSql(selected, ', ')} FROM typed)`
}
