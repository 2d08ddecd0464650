import type { SchemaElement } from 'hyparquet'
import { limits } from '#kernel'
import type { PhysicalType, Raw } from './raw-values.ts'

/** Why a row is set aside. Fixed words. */
export type ValueFault = 'no number, day or text' | 'a field that is too long'
export type ValueText = string | { readonly fault: ValueFault }

const noValue: ValueText = { fault: 'no number, day or text' }
const tooLong: ValueText = { fault: 'a field that is too long' }

/** How the values of a column become text; or, as a text, what it holds that is not read. */
export function textOf(element: SchemaElement): ((raw: Raw) => ValueText) | string {
  const kind = element.logical_type?.type ?? element.converted_type
  const type = element.type as PhysicalType | 'INT96' | undefined
  switch (kind) {
    case undefined:
      return bareText(type)
    case 'STRING':
    case 'UTF8':
    case 'ENUM':
    case 'JSON':
      return type === 'BYTE_ARRAY' ? textFromBytes : odd
    case 'DECIMAL':
      return decimal(element)
    case 'DATE':
      return type === 'INT32' ? (raw) => dayText(BigInt(raw as number)) : odd
    case 'UUID':
      return type === 'FIXED_LEN_BYTE_ARRAY' && element.type_length === 16 ? uuidText : odd
    case 'FLOAT16':
      return type === 'FIXED_LEN_BYTE_ARRAY' && element.type_length === 2 ? halfText : odd
    case 'NULL':
      return () => noValue
    case 'INTEGER':
      return type?.startsWith('INT') && type !== 'INT96' ? whole(isUnsigned(element), type) : odd
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIME_MILLIS':
    case 'TIME_MICROS':
    case 'TIMESTAMP_MILLIS':
    case 'TIMESTAMP_MICROS':
      return moments(element, kind, type)
    default:
      if (/^U?INT_\d+$/.test(kind)) return whole(kind.startsWith('U'), type)
      return nested.has(kind) ? 'values within values' : `values of the kind ${kind}`
  }
}

const odd = 'values of a kind that does not go with how they are kept'
const nested: ReadonlySet<string> = new Set(['LIST', 'MAP', 'MAP_KEY_VALUE', 'VARIANT'])

function bareText(type: PhysicalType | 'INT96' | undefined): ((raw: Raw) => ValueText) | string {
  switch (type) {
    case 'INT96':
      return 'moments of the old kind INT96, which does not say whether they are UTC'
    case 'BYTE_ARRAY':
    case 'FIXED_LEN_BYTE_ARRAY':
      return 'plain bytes, not said to be text'
    case 'FLOAT':
      return (raw) => numberText(singleText(raw as number))
    case 'DOUBLE':
      return (raw) => numberText(String(raw))
    default:
      return String
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textFromBytes(raw: Raw): ValueText {
  const bytes = raw as Uint8Array
  if (bytes.length > 4 * limits.fieldCharactersMax) return tooLong
  try {
    return decoder.decode(bytes)
  } catch {
    return noValue
  }
}

function isUnsigned({ logical_type: logical }: SchemaElement): boolean {
  return logical?.type === 'INTEGER' && !logical.isSigned
}

function whole(unsigned: boolean, type: string | undefined): ((raw: Raw) => ValueText) | string {
  if (type !== 'INT32' && type !== 'INT64') return odd
  const bits = type === 'INT32' ? 32 : 64
  return unsigned ? (raw) => BigInt.asUintN(bits, BigInt(raw as number)).toString() : String
}

const decimalBytesMax = 64
const decimalScaleMax = 100

function decimal(element: SchemaElement): ((raw: Raw) => ValueText) | string {
  const { logical_type: logical, type } = element
  const scale = (logical?.type === 'DECIMAL' ? logical.scale : undefined) ?? element.scale ?? 0
  const inBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY'
  if (!(inBytes || type === 'INT32' || type === 'INT64') || scale < 0 || scale > decimalScaleMax) return odd
  return (raw) => {
    if (!(raw instanceof Uint8Array)) return pointed(BigInt(raw), scale)
    if (raw.length === 0 || raw.length > decimalBytesMax) return noValue
    return pointed(BigInt.asIntN(raw.length * 8, BigInt(`0x${Buffer.from(raw).toString('hex')}`)), scale)
  }
}

function pointed(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function numberText(text: string): ValueText {
  return /^-?\d/.test(text) ? text : noValue
}

/** The fewest digits that are this number and no other of its kind. */
function singleText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.fround(rounded) === value) return String(rounded)
  }
  return String(Number(value.toPrecision(9)))
}

/** IEEE 754, 5 bits of exponent and 10 of fraction. */
function halfText(raw: Raw): ValueText {
  const [low = 0, high = 0] = raw as Uint8Array
  const exponent = (high >> 2) & 0x1f
  const fraction = ((high & 3) << 8) | low
  const size = exponent === 0 ? 2 ** -24 * fraction : 2 ** (exponent - 25) * (1_024 + fraction)
  return exponent === 31 ? noValue : String(high >> 7 ? -size : size)
}

function uuidText(raw: Raw): string {
  return Buffer.from(raw as Uint8Array)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const dayNanos = 86_400_000_000_000n
const nanosOf: Readonly<Record<string, bigint>> = { MILLIS: 1_000_000n, MICROS: 1_000n, NANOS: 1n }

/** What was written before there were logical types is UTC (LogicalTypes.md of the format). */
function moments(element: SchemaElement, kind: string, type: string | undefined): ((raw: Raw) => ValueText) | string {
  const logical = element.logical_type
  const told = logical?.type === 'TIME' || logical?.type === 'TIMESTAMP' ? logical : null
  const unit = nanosOf[told?.unit ?? kind.replace(/^.*_/, '')]
  const isTime = kind.startsWith('TIME_') || kind === 'TIME'
  if (unit === undefined || type !== (isTime && unit === 1_000_000n ? 'INT32' : 'INT64')) return odd
  const zone = told?.isAdjustedToUTC === false ? '' : 'Z'
  return (raw) => {
    const nanos = BigInt(raw as number) * unit
    if (isTime) return nanos >= 0n && nanos < dayNanos ? clockText(nanos) : noValue
    const clock = ((nanos % dayNanos) + dayNanos) % dayNanos
    const day = dayText((nanos - clock) / dayNanos)
    return typeof day === 'string' ? `${day}${zone ? 'T' : ' '}${clockText(clock)}${zone}` : day
  }
}

const [dayFirst, dayLast] = [-719_162n, 2_932_896n]

/** Days from 1970; the years 0001 to 9999. */
function dayText(days: bigint): ValueText {
  if (days < dayFirst || days > dayLast) return noValue
  return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10)
}

function clockText(nanos: bigint): string {
  const seconds = Number(nanos / 1_000_000_000n)
  const fraction = (nanos % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return fraction === '' ? clock : `${clock}.${fraction}`
}
