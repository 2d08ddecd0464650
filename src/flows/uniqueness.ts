import type { ObjectType, Property } from '#contracts'
import { ident, joinSql, type Sql, sql } from '#kernel'
import { coarseSql, kReportSql, placement, readKReport, shown } from '#privacy'
import type { Uniqueness } from './report.ts'
import type { SplitPlan } from './split-plan.ts'
import type { Work } from './work.ts'

/** Rows of events that stay in the lake, and how the columns that their vault has come to be in the table `vault_stays`. */
export interface Staying {
  readonly rows: Sql
  load(columns: readonly string[]): Promise<void>
}

type Column = { readonly name: string; readonly expression: Sql }

const exactOf = (name: string) => ident(`exact ${name}`)
const storedOf = (name: string) => ident(`stored ${name}`)

/**
 * How unique the rows of this version are: by their quasi-identifiers as they stand (identifiable) and as a pseudonymised
 * read shows them, and once more together with every date that such a read shows, since who knows somebody's dates can
 * find their row by them. Properties the file lacks are left out; without any such column there is nothing to measure. Events
 * that stay count with those that are added.
 */
export async function uniquenessOf(
  work: Pick<Work, 'type' | 'engine'>,
  plan: SplitPlan,
  present: ReadonlySet<string>,
  staying: Staying | null = null,
): Promise<Uniqueness[]> {
  const { type, engine } = work
  if (!type.personLevel) return []
  const here = type.properties.filter(({ name }) => present.has(name))
  const quasi = here.filter(({ sensitivity }) => sensitivity === 'quasi')
  const dates = here.filter((property) => !quasi.includes(property) && /^(date|timestamp)$/.test(property.type))
  const exact = quasi.map(({ name }) => ({ name, expression: exactOf(name) }))
  const coarse = quasi.flatMap((property) => shownColumn(type, property, plan))
  const withDates = [...coarse, ...dates.flatMap((property) => shownColumn(type, property, plan))]
  const rows = await rowsOf(plan, { quasi, all: [...quasi, ...dates] }, staying)
  const reports: Uniqueness[] = []
  for (const [level, columns] of [
    ['identifiable', exact],
    ['pseudonymised', coarse],
    ['pseudonymised', withDates.length > coarse.length ? withDates : []],
  ] as const) {
    if (columns.length === 0) continue
    const names = columns.map(({ name }) => name)
    const [row] = await engine.rows(kReportSql(relation(columns, rows), names, '_person'))
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
  if (how.kind === 'clear') return [{ name, expression: storedOf(name) }]
  return how.kind === 'coarse' ? [{ name, expression: coarseSql(how.rule, storedOf(name)) }] : []
}

function relation(columns: readonly Column[], rows: Sql): Sql {
  const selected = columns.map(({ name, expression }) => sql`${expression} AS ${ident(name)}`)
  return sql`(SELECT _person, ${joinSql(selected, ', ')} FROM (${rows}))`
}

/** The rows to publish, with each property as it is (`exact`) and as it goes into the lake (`stored`); and those that stay. */
async function rowsOf(
  plan: SplitPlan,
  of: { readonly quasi: readonly Property[]; readonly all: readonly Property[] },
  staying: Staying | null,
): Promise<Sql> {
  const inVault = new Map(plan.vault.map(({ name, expression }) => [name, expression]))
  const inLake = new Map(plan.lake.map(({ name, expression }) => [name, expression]))
  const exact = of.quasi.map(({ name }) => {
    // Beside what the vault has of those that stay, it is the same text.
    return sql`${staying === null ? ident(name) : (inVault.get(name) ?? sql`${ident(name)}::VARCHAR`)} AS ${exactOf(name)}`
  })
  const stored = of.all.flatMap(({ name }) => {
    const expression = inLake.get(name)
    return expression ? [sql`${expression} AS ${storedOf(name)}`] : []
  })
  const fresh = sql`SELECT _person, ${joinSql([...exact, ...stored], ', ')} FROM typed`
  if (staying === null || of.all.length === 0) return fresh
  const held = of.quasi.filter(({ name }) => inVault.has(name)).map(({ name }) => name)
  await staying.load(held)
  const before = [
    ...of.quasi.map(({ name }) => {
      const value = held.includes(name) ? sql`v.${ident(name)}` : sql`s.${ident(name)}::VARCHAR`
      return sql`${value} AS ${exactOf(name)}`
    }),
    ...of.all.flatMap(({ name }) => (inLake.has(name) ? [sql`s.${ident(name)} AS ${storedOf(name)}`] : [])),
  ]
  return sql`${fresh} UNION ALL BY NAME
    SELECT s._person, ${joinSql(before, ', ')} FROM (${staying.rows}) s LEFT JOIN vault_stays v ON v._key = s._key`
}
