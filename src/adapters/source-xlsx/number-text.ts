import type { NumberKind } from './number-formats.ts'

const dayMs = 86_400_000
/** 9999-12-31. */
const serialMax = 2_958_465
/** No number that a spreadsheet writes has more characters. */
const storedCharactersMax = 100
/** What a spreadsheet keeps of a number. */
const digitsMax = 15
/** Day 0 of the count from 1900, for days after the 29 February 1900 that it has and the calendar does not. */
const epoch1900Ms = Date.UTC(1899, 11, 30)
const epoch1904Ms = Date.UTC(1904, 0, 1)
const phantomDay = 60

/**
 * The text of a number as a cell holds it, or null where it is none, or no day of the calendar: whole numbers as they
 * stand, others to 15 digits; with the zeros in front that the format shows; days and moments in ISO 8601, without a zone.
 */
export function numberText(stored: string, kind: NumberKind, from1904: boolean): string | null {
  if (stored.length > storedCharactersMax) return null
  const text = stored.trim()
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return null
  const value = Number(text)
  if (!Number.isFinite(value)) return null
  if (kind === 'date') return dayText(value, from1904)
  if (kind === 'time') return value >= 0 && value < 1 ? clockText(Math.round(value * dayMs)) : dayText(value, from1904)
  const digits = /^-?\d+$/.test(text)
    ? text.replace(/^-?0+(?=\d)/, (zeros) => (zeros[0] === '-' ? '-' : ''))
    : plain(value)
  return kind === 'plain' || !/^\d+$/.test(digits) ? digits : digits.padStart(kind.digitsMin, '0')
}

/** A day or moment that a cell holds in ISO 8601, written as those that it holds as numbers; all else as it stands. */
export function momentText(stored: string): string {
  const [, day, clock, fraction = ''] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{1,3})?Z?$/.exec(stored) ?? []
  if (day === undefined) return stored
  const rest = /^\.?0*$/.test(fraction) ? '' : fraction
  return clock === '00:00:00' && rest === '' ? day : `${day} ${clock}${rest}`
}

/** Without an exponent as far as that is readable. */
function plain(value: number): string {
  const rounded = Number(value.toPrecision(digitsMax))
  const shortest = String(rounded)
  if (!shortest.includes('e')) return shortest
  return Math.abs(rounded) < 1 ? rounded.toFixed(Math.min(100, decimalsOf(shortest))) : BigInt(rounded).toString()
}

/** Decimals of a text like `1.5e-7`. */
function decimalsOf(shortest: string): number {
  const [digits = '', exponent = '0'] = shortest.split('e')
  return (digits.split('.')[1]?.length ?? 0) - Number(exponent)
}

function dayText(serial: number, from1904: boolean): string | null {
  const last = from1904 ? serialMax - 1_462 : serialMax
  if (serial < 0 || serial >= last + 1) return null
  const day = Math.floor(serial)
  if (!from1904 && (day === 0 || day === phantomDay)) return null
  const shift = !from1904 && day < phantomDay ? 1 : 0
  const epochMs = from1904 ? epoch1904Ms : epoch1900Ms
  const ms = epochMs + (day + shift) * dayMs + Math.round((serial - day) * dayMs)
  const iso = new Date(ms).toISOString()
  return serial === day ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${clockOf(iso)}`
}

function clockText(ms: number): string {
  return clockOf(new Date(ms).toISOString())
}

function clockOf(iso: string): string {
  const clock = iso.slice(11, 23)
  return clock.endsWith('.000') ? clock.slice(0, 8) : clock
}
