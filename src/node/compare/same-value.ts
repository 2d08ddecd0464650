import type { Json } from '#kernel'

/**
 * Whether two servers say the same of a property. An empty text is no value, as in any file that is taken in; numbers are
 * compared as numbers, also where one of them came as text (longs), and moments as moments.
 */
export function isSameValue(dataType: string, a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [present(a), present(b)]
  if (left === null || right === null) return left === right
  if (typeof left === 'object' || typeof right === 'object') return JSON.stringify(left) === JSON.stringify(right)
  if (String(left) === String(right)) return true
  if (numbers.has(dataType)) return sameNumber(String(left), String(right))
  if (dataType === 'timestamp') return moment(String(left)) === moment(String(right))
  return false
}

const numbers: ReadonlySet<string> = new Set(['integer', 'long', 'short', 'byte', 'double', 'float', 'decimal'])

function present(value: Json | undefined): Json {
  if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return null
  return value
}

/** Longs beyond 2^53 only as they are written. */
function sameNumber(a: string, b: string): boolean {
  const [left, right] = [Number(a), Number(b)]
  const exact = (each: number) => !Number.isInteger(each) || Number.isSafeInteger(each)
  return left === right && exact(left) && exact(right)
}

/** In UTC, to the last digit that is there and not zero. */
function moment(text: string): string {
  const [, whole = '', fraction = '', zone = ''] = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? []
  const seconds = Date.parse(`${whole}${zone}`)
  return Number.isNaN(seconds) ? text : `${seconds} ${fraction.replace(/0+$/, '')}`
}
