import type { PropertyType } from '#contracts'
import { isFdpError, joinSql, rawSql, type Sql, sql } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import { type Expression, wireTypeName, wireValue } from '../object-set/values.ts'
import type { WireValue } from '../object-set/wire.ts'
import { dayTypes, numberTypes } from './field.ts'
import type { GroupBy, GroupValue, TimeUnit } from './wire.ts'

/** What a grouping puts in the place of each value. */
export interface Grouping {
  /** The group of a value: null for a value that has none. */
  readonly group: (value: Sql) => Expression
  /** For ranges, which may overlap: a table of them to join, `"i"` its number, and whether a value lies in one. */
  readonly ranges: { readonly table: Sql; readonly holds: (value: Sql, range: Sql) => Sql } | null
  readonly keepsNull: boolean
  /** How many of its groups have a place in the answer. */
  readonly most: number | null
  /** Of the wire, from the JSON that the engine made. */
  readonly label: (json: unknown) => GroupValue
}

/** Checks a grouping against the type of its property: FDP_ONTOLOGY_GROUPING, _RANGES, _DURATION… */
export function groupingOf(by: GroupBy, type: PropertyType): Grouping {
  const plain = { ranges: null, keepsNull: false, most: null, label: (json: unknown) => json as GroupValue }
  const wrong = { property: by.field, type: wireTypeName(type) }
  switch (by.type) {
    case 'exact': {
      if (type === 'texts') throw ontologyErrors('FDP_ONTOLOGY_GROUPING', { ...wrong, grouping: 'exact values' })
      const otherwise = by.defaultValue === null ? null : wireValue(by.field, type, ofType(by.defaultValue, type))
      const group = (value: Sql) => ({ type, value: otherwise ? sql`coalesce(${value}, ${otherwise})` : value })
      return { ...plain, group, keepsNull: by.includeNullValues, most: by.maxGroupCount }
    }
    case 'fixedWidth': {
      if (!numberTypes.includes(type)) throw ontologyErrors('FDP_ONTOLOGY_GROUPING', { ...wrong, grouping: 'width' })
      const width = sql`CAST(${by.fixedWidth} AS DOUBLE)`
      return { ...plain, group: (value) => ({ type: 'double', value: sql`floor(${value} / ${width}) * ${width}` }) }
    }
    case 'ranges': {
      if (!numberTypes.includes(type) && !dayTypes.includes(type)) throw ontologyErrors('FDP_ONTOLOGY_RANGES', wrong)
      const label = (json: unknown) => by.ranges[json as number]!
      return { ...plain, label, group: (value) => ({ type: 'integer', value }), ranges: rangesOf(by, type) }
    }
    case 'duration':
      if (!dayTypes.includes(type)) throw ontologyErrors('FDP_ONTOLOGY_DURATION_TYPE', wrong)
      if (type === 'date' && timesOfDay.has(by.unit)) {
        throw ontologyErrors('FDP_ONTOLOGY_DURATION', { ...wrong, unit: by.unit })
      }
      return { ...plain, group: (value) => ({ type, value: durationSql(by, type, value) }) }
  }
}

/** A default value comes as text, whatever the property is. */
function ofType(text: string, type: PropertyType): WireValue {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  const isNumber = numberTypes.includes(type) && text.trim() !== '' && Number.isFinite(Number(text))
  return isNumber ? Number(text) : text
}

function rangesOf(by: GroupBy & { readonly type: 'ranges' }, type: PropertyType): Grouping['ranges'] {
  const end = (value: WireValue) => {
    try {
      return wireValue(by.field, type, value)
    } catch (error) {
      if (!isFdpError(error, 'FDP_ONTOLOGY_VALUE')) throw error
      throw ontologyErrors('FDP_ONTOLOGY_RANGE_VALUE', { property: by.field, type: wireTypeName(type) })
    }
  }
  const rows = by.ranges.map(
    (range, i) => sql`(${rawSql(String(i))}, ${end(range.startValue)}, ${end(range.endValue)})`,
  )
  return {
    table: sql`(VALUES ${joinSql(rows, ', ')})`,
    holds: (value, range) => sql`${value} >= ${range}."lower" AND ${value} < ${range}."upper"`,
  }
}

const microseconds = {
  ...{ MILLISECONDS: 1_000, SECONDS: 1_000_000, MINUTES: 60_000_000, HOURS: 3_600_000_000, DAYS: 86_400_000_000 },
} as const
const timesOfDay: ReadonlySet<TimeUnit> = new Set(['MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS'])
const calendar = { WEEKS: 'week', MONTHS: 'month', QUARTERS: 'quarter', YEARS: 'year' } as const

/** The first moment of the interval: weeks begin on Mondays, other units are counted from 1 January 1970. */
export function durationSql(
  by: { readonly value: number; readonly unit: TimeUnit },
  type: PropertyType,
  value: Sql,
): Sql {
  const back = (moment: Sql) => sql`CAST(${moment} AS ${rawSql(type === 'date' ? 'DATE' : 'TIMESTAMP')})`
  const unit = by.unit
  if (unit in calendar) {
    return back(sql`date_trunc(${rawSql(`'${calendar[unit as keyof typeof calendar]}'`)}, ${value})`)
  }
  const width = rawSql(String(BigInt(by.value) * BigInt(microseconds[unit as keyof typeof microseconds])))
  const at = sql`epoch_us(CAST(${value} AS TIMESTAMP))`
  return back(sql`make_timestamp(${at} - ((${at} % ${width}) + ${width}) % ${width})`)
}
