import { cellValue, isoFormats, type ObjectType, type Property, type PropertyType, sqlType } from '#contracts'
import { ident, literal, parseDate, type Sql, sql } from '#kernel'
import { type Level, shown } from '#privacy'
import { ontologyErrors } from '../errors.ts'
import type { WireValue } from './wire.ts'

/** A value that a row has or that is worked out for it. `type` is what the wire says it is; `value` has the engine's type for it. */
export interface Expression {
  readonly type: PropertyType
  readonly value: Sql
}

/** The type of a property as a read at this level shows it: keys below identifiable level are tokens, times become days. */
export function shownType(type: ObjectType, property: Property, level: Level): PropertyType {
  const how = shown(type, property, level)
  if (how.kind === 'token') return 'text'
  if (how.kind === 'coarse') return how.rule === 'day' ? 'date' : 'integer'
  const isDated = how.kind === 'clear' && (how.stored === 'birth-year' || how.stored === 'month')
  return isDated ? 'date' : property.type
}

/** A property of a row of the gate's relation, typed: the vault holds texts. */
export function propertyValue(row: string, type: ObjectType, property: Property, level: Level): Expression {
  const column = sql`${ident(row)}.${ident(property.name)}`
  const how = shown(type, property, level)
  const as = shownType(type, property, level)
  if (how.kind === 'token') return { type: as, value: sql`CAST(${column} AS VARCHAR)` }
  if (how.kind !== 'vault' || as === 'text') return { type: as, value: column }
  if (as === 'texts') return { type: as, value: sql`from_json(${column}, ${literal('["VARCHAR"]')})` }
  return { type: as, value: sql`TRY_CAST(${column} AS ${sqlType(as)})` }
}

/** The text of a value in JSON, as the wire writes it: long as text, dates and moments in ISO 8601. Null stays null. */
export function jsonText({ type, value }: Expression): Sql {
  switch (type) {
    case 'long':
    case 'decimal':
    case 'date':
      return sql`to_json(CAST(${value} AS VARCHAR))`
    case 'timestamp':
      return sql`to_json(${momentText(value)})`
    case 'double':
      // JSON has no other numbers.
      return sql`CASE WHEN isfinite(${value}) THEN to_json(${value}) END`
    default:
      return sql`to_json(${value})`
  }
}

/** `2026-01-31T09:30:00Z`, with milliseconds only where there are any. */
function momentText(value: Sql): Sql {
  return sql`replace(strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ'), '.000Z', 'Z')`
}

/** Whole numbers beyond what JSON numbers hold come as text. */
const numberText = /^[+-]?[0-9]{1,19}$/

/**
 * A value of the wire as one of the engine, bound. FDP_ONTOLOGY_VALUE where it is none of the property's type: that is
 * said of properties that the caller may see.
 */
export function wireValue(name: string, type: PropertyType, value: WireValue): Sql {
  const wrong = () => ontologyErrors('FDP_ONTOLOGY_VALUE', { property: name, type: wireTypeName(type) })
  switch (type) {
    case 'text':
    case 'texts':
      if (typeof value !== 'string') throw wrong()
      return sql`${value}`
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong()
      return sql`${value}`
    case 'integer':
    case 'long':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return sql`CAST(${value} AS BIGINT)`
      if (typeof value === 'number' && Number.isFinite(value)) return sql`CAST(${value} AS DOUBLE)`
      if (typeof value === 'string' && numberText.test(value)) return sql`CAST(${value} AS HUGEINT)`
      throw wrong()
    case 'double':
    case 'decimal':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong()
      return sql`CAST(${value} AS DOUBLE)`
    case 'date':
    case 'timestamp':
      if (typeof value !== 'string' || !isDay(value, type)) throw wrong()
      return cellValue(type, sql`CAST(${value} AS VARCHAR)`, isoFormats)
  }
}

const dayText = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])/
const momentPattern =
  /^.{10}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$/

function isDay(value: string, type: 'date' | 'timestamp'): boolean {
  if (!dayText.test(value) || !isCalendarDay(value.slice(0, 10))) return false
  return type === 'date' ? value.length === 10 : momentPattern.test(value)
}

function isCalendarDay(text: string): boolean {
  try {
    return parseDate(text) === text
  } catch {
    return false
  }
}

/** What the API calls a type. */
export function wireTypeName(type: PropertyType): string {
  if (type === 'text') return 'string'
  return type === 'texts' ? 'array of strings' : type
}
