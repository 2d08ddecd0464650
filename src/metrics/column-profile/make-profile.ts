import { type ObjectType, objectType, type Property } from '#contracts'
import type { SubmissionReport } from '#flows'
import type { ReleaseRequest, Session } from '#gate'
import { type DateOnly, type Instant, writeFormat } from '#kernel'
import { type DisclosedTable, disclose, disclosurePolicy } from '#privacy'
import { fail } from '../errors.ts'
import {
  type ColumnProfile,
  columnProfileFormat,
  type ProfiledColumn,
  type ProfiledRule,
  profilePolicy,
  type ValueForm,
} from './column-profile.ts'
import { profileSql, valueForms } from './profile-sql.ts'

/** A form of days is fine enough where this share of the rows shows in it. */
const coveredMin = 0.75

export interface ProfileInput {
  /** Of the controller's own service, with a grant at aggregate level under `profilePolicy`. */
  readonly session: Session
  readonly tenant: string
  readonly object: string
  readonly madeAt: Instant
  /** The manifest of the data in force. */
  readonly lake: string
  /** The reports of the submissions in force, one a controller. */
  readonly reports: readonly SubmissionReport[]
}

/**
 * The profile of an object type's columns: one release of the gate for what the lake holds, and the counts of the
 * submission reports through the same policy for the rules that rows broke. Nothing is asked of the vault, and no row
 * leaves the gate. Throws FDP_METRICS_PROFILE_POLICY where the grant names another policy, and what the gate throws.
 */
export async function makeProfile(input: ProfileInput): Promise<ColumnProfile> {
  const { session, object, reports } = input
  const type = objectType(object)
  const permitted = new Set((await session.describe(object)).columns.map(({ name }) => name))
  const columns = type.properties.filter(({ name }) => permitted.has(name))
  // The gate carries `_person` for the relation that is named so; here it counts people, and no row leaves.
  const request: ReleaseRequest<'rows'> & { readonly person: 'rows' } = {
    about: { kind: 'column-profile', object, columns: columns.map(({ name }) => name) },
    relations: { rows: { object, columns: columns.map(({ name }) => name) } },
    person: 'rows',
    build: ({ rows }) => profileSql(type, columns, rows),
    keys: ['what', 'column', 'value'],
    measures: { persons: { kind: 'person-count' }, number: { kind: 'sum', population: 'persons' } },
    geography: 'subnational',
  }
  const { entry, policy, table } = await session.release(request)
  if (policy !== profilePolicy) throw fail('FDP_METRICS_PROFILE_POLICY', { object, policy, needed: profilePolicy })
  const broken = rulesBroken(reports)
  return writeFormat(columnProfileFormat, {
    ...{ tenant: input.tenant, object, asAt: latestDay(reports), madeAt: input.madeAt, lake: input.lake },
    ...{ release: entry as number, policy, statement: table.statement },
    rows: numberAt(table, 'rows', ''),
    columns: type.properties.map((property) =>
      permitted.has(property.name) ? lakeColumn(table, type, property) : vaultColumn(property),
    ),
    ...broken,
    unknownColumns: Math.max(0, ...reports.map(({ unknownColumns }) => unknownColumns.length)),
  } as Omit<ColumnProfile, 'format' | 'version'>)
}

function lakeColumn(table: DisclosedTable, type: ObjectType, property: Property): ProfiledColumn {
  const { name } = property
  const empty = numberAt(table, 'empty', name)
  const forms = valueForms(type, property)
  const full = (numberAt(table, 'rows', '') ?? 0) - (empty ?? 0)
  const covered = (form: ValueForm) => valuesOf(table, name, form).reduce((sum, { rows }) => sum + rows, 0)
  const form = forms.find((each) => covered(each) >= full * coveredMin) ?? forms.at(-1)!
  const different = howMany(numberAt(table, 'different', name))
  return { name, kept: 'lake', form, empty, different, values: valuesOf(table, name, form) }
}

/** What few people have is not even named: the released cell says that it is there. */
function valuesOf(table: DisclosedTable, column: string, form: ValueForm): { value: string; rows: number }[] {
  return table.cells.flatMap(({ key, measures }) => {
    const rows = measures.number
    const isShown = key.what === form && key.column === column && rows?.shown === 'value' && rows.value > 0
    return isShown ? [{ value: String(key.value), rows: rows.value }] : []
  })
}

const vaultColumn = ({ name }: Property): ProfiledColumn => ({
  ...{ name, kept: 'vault', form: null, empty: null, different: null, values: [] },
})

function numberAt(table: DisclosedTable, what: string, column: string): number | null {
  const cell = table.cells.find(({ key }) => key.what === what && key.column === column)
  const { persons, number } = cell?.measures ?? {}
  if (persons?.shown === 'value' && persons.value === 0) return 0
  return number?.shown === 'value' ? number.value : null
}

/** Not the number itself: how many different values there are changes with one person. */
function howMany(different: number | null): string {
  if (different === null) return 'fewer than 8'
  if (different === 0) return 'none'
  const end = [20, 100, 1_000, 10_000].find((most) => different <= most)
  return end === undefined ? 'more than 10,000' : `up to ${end.toLocaleString('en-GB')}`
}

/** Counts of all controllers together, each through the policy. Over rows: whose a row in quarantine is, nobody knows. */
function rulesBroken(reports: readonly SubmissionReport[]): { rules: ProfiledRule[]; rowsRead: number | null } {
  const sums = new Map<string, { rule: string; severity: string; column: string | null; rows: number }>()
  for (const { rule, severity, column, rows } of reports.flatMap(({ findings }) => findings)) {
    const id = JSON.stringify([rule, severity, column])
    sums.set(id, { rule, severity, column, rows: rows + (sums.get(id)?.rows ?? 0) })
  }
  const read = reports.reduce((sum, { rows }) => sum + rows.read, 0)
  const cells = [...sums].map(([id, { rows }]) => ({ key: { id }, measures: { rows } }))
  const table = disclose(disclosurePolicy(profilePolicy), {
    cells: [...cells, { key: { id: '' }, measures: { rows: read } }],
    measures: { rows: { kind: 'person-count' } },
    geography: 'subnational',
  })
  const shownOf = (id: string) => {
    const rows = table.cells.find(({ key }) => key.id === id)?.measures.rows
    return rows?.shown === 'value' ? rows.value : null
  }
  const rules = [...sums].map(([id, { rule, severity, column }]) => ({ rule, severity, column, rows: shownOf(id) }))
  return { rules, rowsRead: shownOf('') }
}

function latestDay(reports: readonly SubmissionReport[]): DateOnly {
  const [latest] = reports.map(({ asAt }) => asAt).sort((a, b) => (a < b ? 1 : -1))
  if (latest === undefined) throw new Error('data in force without the report of a submission')
  return latest as DateOnly
}
