import { joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import type { PropertyType } from './object-type.ts'

/** How a submission writes its values. ISO dates are always read; the other forms only where they are declared. */
export interface ValueFormats {
  /** `day-first` also reads `31/01/2026` and `31/01/2026 09:30`. */
  readonly dates: 'iso' | 'day-first'
  /** `1,234` is a whole number. */
  readonly thousands: boolean
}

export const isoFormats: ValueFormats = { dates: 'iso', thousands: false }

/** Blank, tab and no-break space: what spreadsheets leave around values. */
const padding = [' ', '\t', '\u00a0']

/**
 * The text of a cell without what is around it; null where nothing is left. Most cells have nothing around them, and
 * looking for that costs a tenth of trimming.
 */
export function cellText(column: Sql): Sql {
  const bare = padding.map(
    (pad) => sql`NOT starts_with(${column}, ${literal(pad)}) AND NOT suffix(${column}, ${literal(pad)})`,
  )
  return sql`CASE WHEN ${column} <> '' AND ${joinSql(bare, ' AND ')} THEN ${column}
    ELSE nullif(trim(${column}, ${literal(padding.join(''))}), '') END`
}

const sqlTypes: Readonly<Record<PropertyType, string>> = {
  text: 'VARCHAR',
  integer: 'INTEGER',
  long: 'BIGINT',
  decimal: 'DECIMAL(18,4)',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  texts: 'VARCHAR[]',
}

/** The engine's type of a property's values. */
export function sqlType(type: PropertyType): Sql {
  return rawSql(sqlTypes[type])
}

/**
 * The typed value of a cell's text, null where it is none. Stricter than the engine's own casts, which round `12.6` to
 * 13, take `1e3` for a whole number, drop the offset of a timestamp and read `24:00` as the next day. A timestamp
 * without an offset is UTC, and one with an offset becomes UTC.
 */
export function cellValue(type: PropertyType, text: Sql, formats: ValueFormats): Sql {
  switch (type) {
    case 'text':
      return text
    case 'integer':
    case 'long':
      return wholeNumber(type, text, formats)
    case 'decimal':
    case 'double':
      return sql`CASE WHEN regexp_full_match(${text}, ${literal('[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?')})
        THEN TRY_CAST(${text} AS ${sqlType(type)}) END`
    case 'boolean':
      return sql`CASE WHEN lower(${text}) IN ('true', 't', 'yes', 'y', '1') THEN true
        WHEN lower(${text}) IN ('false', 'f', 'no', 'n', '0') THEN false END`
    case 'date':
      return date(text, formats)
    case 'timestamp':
      return timestamp(text, formats)
    case 'texts':
      return sql`CASE WHEN json_valid(${text}) AND json_type(${text}) = 'ARRAY'
        THEN from_json(${text}, '["VARCHAR"]') END`
  }
}

/**
 * `0042`, `+42` and `42.0` are 42; `42.5` is no whole number. A number that the engine writes as it was read needs no
 * closer look, here and below: patterns cost more than the cast there and back.
 */
function wholeNumber(type: 'integer' | 'long', text: Sql, formats: ValueFormats): Sql {
  const digits = formats.thousands ? '([0-9]+|[0-9]{1,3}(,[0-9]{3})+)' : '[0-9]+'
  const bare = sql`regexp_replace(${formats.thousands ? sql`replace(${text}, ',', '')` : text}, '[.]0+$', '')`
  const cast = sql`TRY_CAST(${text} AS ${sqlType(type)})`
  return sql`CASE WHEN CAST(${cast} AS VARCHAR) = ${text} THEN ${cast}
    WHEN regexp_full_match(${text}, ${literal(`[+-]?${digits}([.]0+)?`)}) THEN TRY_CAST(${bare} AS ${sqlType(type)}) END`
}

/** A midnight after the day is let through: exports of date columns carry it. */
function date(text: Sql, formats: ValueFormats): Sql {
  const cast = sql`TRY_CAST(${text} AS DATE)`
  const midnight = '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]00:00(:00([.]0+)?)?'
  const iso = sql`CASE WHEN strlen(${text}) = 10 AND CAST(${cast} AS VARCHAR) = ${text} THEN ${cast}
    WHEN regexp_full_match(${text}, ${literal(midnight)}) THEN TRY_CAST(left(${text}, 10) AS DATE)`
  if (formats.dates === 'iso') return sql`${iso} END`
  return sql`${iso} WHEN regexp_full_match(${text}, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}')
    THEN CAST(try_strptime(${text}, '%d/%m/%Y') AS DATE) END`
}

function timestamp(text: Sql, formats: ValueFormats): Sql {
  const day = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
  const time = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?'
  const offset = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)'
  const plain = sql`replace(rtrim(${text}, 'Z'), 'T', ' ')`
  const cast = sql`TRY_CAST(${plain} AS TIMESTAMP)`
  // The engine reads an offset only behind seconds.
  const full = sql`regexp_replace(${text}, '^(.{16})(Z|[+-])', '\\1:00\\2')`
  const zoned = sql`CASE WHEN strlen(${text}) BETWEEN 19 AND 27 AND strlen(${text}) - strlen(${plain}) < 2
    AND CAST(${cast} AS VARCHAR) = ${plain} THEN ${cast}
    WHEN regexp_full_match(${text}, ${literal(`${day}[T ]${time}${offset}`)})
    THEN timezone('UTC', TRY_CAST(${full} AS TIMESTAMPTZ))
    WHEN regexp_full_match(${text}, ${literal(`${day}([T ]${time})?`)}) THEN TRY_CAST(${text} AS TIMESTAMP)`
  if (formats.dates === 'iso') return sql`${zoned} END`
  return sql`${zoned} WHEN regexp_full_match(${text}, ${literal(`[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( ${time})?`)})
    THEN try_strptime(${text}, ['%d/%m/%Y %H:%M:%S.%n', '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%d/%m/%Y']) END`
}
