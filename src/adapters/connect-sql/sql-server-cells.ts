import { sqlErrors } from './errors.ts'
import { single } from './float-text.ts'
import type { Cell } from './rows.ts'

/** What the driver says of a column. */
export interface SqlServerColumn {
  readonly colName: string
  readonly type: { readonly name: string }
  readonly scale?: number | undefined
  readonly dataLength?: number | undefined
}

/** By the driver's name of a type; a rowversion is a binary. */
const unreadable: Readonly<Record<string, string>> = {
  ...{ Binary: 'binary', VarBinary: 'varbinary', Image: 'image', UDT: 'a CLR type', Variant: 'sql_variant' },
}

/** Whole numbers of so many digits are exact in a double, and so are decimals of so many digits in all. */
const digitsMax = 15

export function unreadableType({ type }: SqlServerColumn): string | null {
  return unreadable[type.name] ?? null
}

/**
 * A value of the driver as the server writes it; times with an offset are in UTC, for the driver drops the offset. The driver
 * reads decimals as doubles: FDP_SQL_DIGITS where that may have cost a digit.
 */
export function sqlServerCell(
  value: unknown,
  { type: { name }, scale, dataLength }: SqlServerColumn,
  column: number,
): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') {
    if (/^(Decimal|Numeric)/.test(name)) return fixed(value, scale ?? 0, column)
    if (/^(Small)?Money/.test(name)) return fixed(value, 4, column)
    return name === 'Real' || (name === 'FloatN' && dataLength === 4) ? single(value) : String(value)
  }
  if (value instanceof Date) return time(value, name, scale ?? 0)
  // A type that the driver learnt after this was written.
  throw sqlErrors('FDP_SQL_COLUMN_TYPE', { column, type: 'one that is not known here' })
}

function fixed(value: number, scale: number, column: number): string {
  const text = value.toFixed(scale)
  if (Math.abs(value) >= 1e21 || text.replace(/^-?0*[.]?0*|[.]/g, '').length > digitsMax)
    throw sqlErrors('FDP_SQL_DIGITS', { column })
  return text
}

/** In units of 100 nanoseconds below the millisecond, as the driver hangs them on its dates. */
function finer(value: Date): number {
  return 'nanosecondsDelta' in value ? Math.round(Number(value.nanosecondsDelta) * 1e7) : 0
}

function time(value: Date, name: string, scale: number): string {
  const iso = value.toISOString()
  const [day, clock] = [iso.slice(0, 10), iso.slice(11, 19)]
  if (name === 'Date') return day
  if (name === 'SmallDateTime' || /^DateTime(N)?$/.test(name)) return `${day} ${iso.slice(11, 23)}`
  const fraction = `${iso.slice(20, 23)}${String(finer(value)).padStart(4, '0')}`.slice(0, scale)
  const whole = fraction === '' ? clock : `${clock}.${fraction}`
  if (name === 'Time') return whole
  return `${day} ${whole}${name === 'DateTimeOffset' ? '+00:00' : ''}`
}
