/*
 * Values of objects as JSON has them, and how they compare: rules 4 and 5 of spec/object-sets.md, written from its words
 * and not from the program.
 */

export type Kind = 'text' | 'number' | 'long' | 'boolean' | 'date' | 'timestamp' | 'texts'
export type Scalar = string | number | boolean
export type Value = Scalar | readonly Scalar[] | null

/** A value that is not absent, as something that can be put in order. */
export function rank(kind: Kind, value: Scalar): number | bigint | string {
  switch (kind) {
    case 'number':
    case 'long':
      return Number(value)
    case 'boolean':
      return value === true ? 1 : 0
    case 'timestamp':
    case 'date':
      return microseconds(String(value))
    default:
      return String(value)
  }
}

export function compare(kind: Kind, a: Scalar, b: Scalar): number {
  const [x, y] = [rank(kind, a), rank(kind, b)]
  if (typeof x === 'string' && typeof y === 'string') return byCodePoints(x, y)
  return x < y ? -1 : x > y ? 1 : 0
}

function byCodePoints(a: string, b: string): number {
  const [x, y] = [[...a], [...b]]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!
    if (difference !== 0) return difference
  }
  return x.length - y.length
}

/** Since 1970, of a day or a moment in ISO 8601. */
export function microseconds(text: string): bigint {
  const [, head = text, digits = '', zone = 'Z'] = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/.exec(text) ?? []
  const ms = Date.parse(head.length === 10 ? `${head}T00:00:00Z` : `${head}${zone}`)
  return BigInt(ms) * 1_000n + BigInt(digits.slice(0, 6).padEnd(6, '0') || '0')
}

/** As the API shows a moment. */
export function momentText(at: bigint): string {
  return new Date(Number(at / 1_000n)).toISOString().replace('.000Z', 'Z')
}
