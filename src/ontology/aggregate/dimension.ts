import { sqlType } from '#contracts'
import { type Sql, sql } from '#kernel'
import { jsonText, wireValue } from '../object-set/values.ts'
import { dayTypes, type Field } from './field.ts'
import { durationSql, groupingOf } from './group-sql.ts'
import { type Condition, cannot } from './released-cells.ts'
import type { GroupBy, TimeUnit } from './wire.ts'

/** A property along which cells of a table lie: one of its values is given, or each has a cell. */
export interface Dimension {
  readonly field: Field
  /**
   * What is compared, as text, of a value: first as it was asked for, then ever coarser. Each interval lies whole in one
   * of the next, so that cells are within one another or apart.
   */
  readonly levels: readonly ((value: Sql) => Sql)[]
  /** The given value, null for none; undefined where each value has a cell. */
  readonly given: Sql | undefined
  readonly keepsNull: boolean
  readonly most: number | null
}

const coarser: readonly TimeUnit[] = ['DAYS', 'MONTHS', 'QUARTERS', 'YEARS']

/** FDP_ONTOLOGY_RELEASE, FDP_ONTOLOGY_VALUE. */
export function givenDimension(field: Field, { value }: Condition): Dimension {
  if (field.type === 'texts') throw cannot('lists')
  const given = value === null ? sql`CAST(NULL AS ${sqlType(field.type)})` : wireValue(field.name, field.type, value)
  return { field, levels: levelsOf(field, null), given, keepsNull: true, most: null }
}

/** FDP_ONTOLOGY_RELEASE, and what `groupingOf` says of types. */
export function groupDimension(field: Field, by: GroupBy): Dimension {
  const { keepsNull, most } = groupingOf(by, field.type)
  const plain = { field, given: undefined, keepsNull, most }
  if (by.type === 'exact' && by.defaultValue === null) return { ...plain, levels: levelsOf(field, null) }
  if (by.type === 'duration' && by.value === 1 && coarser.includes(by.unit)) {
    return { ...plain, levels: levelsOf(field, by.unit) }
  }
  throw cannot('groups whose limits can be chosen')
}

function levelsOf(field: Field, unit: TimeUnit | null): Dimension['levels'] {
  const { type } = field
  const text = (value: Sql) => sql`coalesce(CAST(${jsonText({ type, value })} AS VARCHAR), 'null')`
  const units = dayTypes.includes(type) ? coarser.slice(unit === null ? 0 : coarser.indexOf(unit)) : []
  // A day is its own day.
  const after = unit === null && type === 'date' ? units.slice(1) : units
  const intervals = after.map((each) => (value: Sql) => text(durationSql({ value: 1, unit: each }, type, value)))
  return unit === null ? [text, ...intervals] : intervals
}
