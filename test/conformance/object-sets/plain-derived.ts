import type { Json } from './plain-filter.ts'
import { evaluate, type PlainObject, type PlainSet, type PlainWorld, testable } from './plain-sets.ts'
import { compare, type Kind, microseconds, momentText, rank, type Scalar, type Value } from './plain-values.ts'

/* Rules 20 and 21 of spec/object-sets.md. */

export interface Derived {
  readonly kind: Kind
  value(object: PlainObject): Value
}

/** Worked out once for each object. */
export function derivedOf(world: PlainWorld, set: PlainSet, definition: Json): Derived {
  const { kind, value } = workedOut(world, set, definition)
  const known = new Map<PlainObject, Value>()
  return {
    kind,
    value(object) {
      if (!known.has(object)) known.set(object, value(object))
      return known.get(object)!
    },
  }
}

function workedOut(world: PlainWorld, set: PlainSet, definition: Json): Derived {
  const operand = (json: unknown) => derivedOf(world, set, json as Json)
  const operands = () => (definition.properties as Json[]).map(operand)
  switch (definition.type) {
    case 'property': {
      const name = definition.apiName as string
      return { kind: set.type.kinds.get(name)!, value: (object) => object[name] ?? null }
    }
    case 'selection':
      return selection(world, set, definition)
    case 'add':
      return computed(operands(), (numbers) => numbers.reduce((a, b) => a + b))
    case 'multiply':
      return computed(operands(), (numbers) => numbers.reduce((a, b) => a * b))
    case 'subtract':
      return computed([operand(definition.left), operand(definition.right)], ([a, b]) => a! - b!)
    case 'divide':
      return computed([operand(definition.left), operand(definition.right)], ([a, b]) => (b === 0 ? null : a! / b!))
    case 'negate':
      return computed([operand(definition.property)], ([a]) => -a!)
    case 'absoluteValue':
      return computed([operand(definition.property)], ([a]) => Math.abs(a!))
    case 'greatest':
      return extreme(operands(), 1)
    case 'least':
      return extreme(operands(), -1)
    case 'extract':
      return extract(operand(definition.property), definition.part as string)
    default:
      throw new Error(`a derived property that nobody evaluates: ${String(definition.type)}`)
  }
}

function selection(world: PlainWorld, set: PlainSet, { objectSet, operation }: Json): Derived {
  const reach = (object: PlainObject) =>
    evaluate(world, objectSet as Json, { type: set.type, members: new Set([object]), derived: new Map() })
  const { type } = evaluate(world, objectSet as Json, { type: set.type, members: new Set(), derived: new Map() })
  const { type: how, selectedPropertyApiName: name, limit, approximatePercentile } = operation as Json
  if (how === 'count') return { kind: 'number', value: (object) => reach(object).members.size }
  const kind = type.kinds.get(name as string)!
  const result: Kind = ['min', 'max', 'get'].includes(how as string)
    ? kind
    : how === 'collectList' || how === 'collectSet'
      ? 'texts'
      : 'number'
  return {
    kind: result,
    value(object) {
      const far = reach(object)
      const values = [...far.members].map((each) => testable(far, each).value(name as string))
      const there = values.filter((value) => value !== null) as Scalar[]
      return how === 'get' ? (values[0] ?? null) : figure(how as string, kind, there, { limit, approximatePercentile })
    },
  }
}

/** Of the values that are there. */
export function figure(how: string, kind: Kind, values: readonly Scalar[], more: Json = {}): Value {
  const inOrder = values.toSorted((a, b) => compare(kind, a, b))
  const different = inOrder.filter((value, i) => i === 0 || compare(kind, inOrder[i - 1]!, value) !== 0)
  const numbers = inOrder.map(Number)
  switch (how) {
    case 'exactDistinct':
    case 'approximateDistinct':
      return different.length
    case 'collectList':
      return inOrder.slice(0, more.limit as number)
    case 'collectSet':
      return different.slice(0, more.limit as number)
  }
  if (values.length === 0) return null
  switch (how) {
    case 'min':
      return inOrder[0]!
    case 'max':
      return inOrder.at(-1)!
    case 'sum':
      return numbers.reduce((a, b) => a + b)
    case 'avg':
      return numbers.reduce((a, b) => a + b) / numbers.length
    case 'approximatePercentile':
      return percentile(numbers, more.approximatePercentile as number)
    default:
      throw new Error(`a figure that nobody evaluates: ${how}`)
  }
}

function percentile(inOrder: readonly number[], part: number): number {
  const place = (part > 1 ? part / 100 : part) * (inOrder.length - 1)
  const [below, above] = [inOrder[Math.floor(place)]!, inOrder[Math.ceil(place)]!]
  return below + (above - below) * (place - Math.floor(place))
}

function computed(operands: readonly Derived[], compute: (numbers: number[]) => number | null): Derived {
  return {
    kind: 'number',
    value(object) {
      const values = operands.map((each) => each.value(object))
      return values.includes(null) ? null : compute(values.map(Number))
    },
  }
}

function extreme(operands: readonly Derived[], sign: 1 | -1): Derived {
  const kinds = new Set(operands.map((each) => each.kind))
  const isTime = kinds.has('timestamp') || kinds.has('date')
  const kind: Kind = kinds.size === 1 ? [...kinds][0]! : isTime ? 'timestamp' : 'number'
  const inKind = (value: Scalar): Scalar => {
    if (kind === 'timestamp') return momentText(microseconds(String(value)))
    return kind === 'number' ? Number(value) : value
  }
  return {
    kind,
    value(object) {
      const there = operands.map((each) => each.value(object)).filter((value) => value !== null) as Scalar[]
      return there.map(inKind).toSorted((a, b) => sign * compare(kind, b, a))[0] ?? null
    },
  }
}

function extract(operand: Derived, part: string): Derived {
  return {
    kind: 'number',
    value(object) {
      const value = operand.value(object)
      if (value === null) return null
      const at = new Date(Number((rank('timestamp', value as Scalar) as bigint) / 1_000n))
      const month = at.getUTCMonth() + 1
      return { DAYS: at.getUTCDate(), MONTHS: month, QUARTERS: Math.ceil(month / 3), YEARS: at.getUTCFullYear() }[part]!
    },
  }
}
