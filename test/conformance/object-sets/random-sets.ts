import type { Json } from './plain-filter.ts'
import { linksOf, type PlainType, type PlainWorld, ridOf } from './plain-sets.ts'
import type { Kind, Scalar } from './plain-values.ts'

/* Random object sets over what a reader sees: values that occur, and some that do not. */

/** Draws, and remembers which operations came up. */
export class Draw {
  readonly world: PlainWorld
  readonly used: Set<string>
  readonly #nat: (max: number) => number

  /** `nat`: a whole number from 0 to a greatest one. */
  constructor(nat: (max: number) => number, world: PlainWorld, used: Set<string>) {
    this.#nat = nat
    this.world = world
    this.used = used
  }

  upTo(max: number): number {
    return this.#nat(max)
  }

  one<T>(of: readonly T[]): T {
    return of[this.upTo(of.length - 1)]!
  }

  /** Smaller numbers are simpler: the first is what a failing case shrinks to. */
  some<T>(of: readonly T[], max: number): T[] {
    const count = this.upTo(Math.min(max, of.length))
    const left = [...of]
    return Array.from({ length: count }, () => left.splice(this.upTo(left.length - 1), 1)[0]!)
  }

  maybe(): boolean {
    return this.upTo(1) === 1
  }

  use<T extends Json>(kind: string, json: T): T {
    this.used.add(`${kind}.${String(json.type)}`)
    return json
  }
}

/** Types that have objects. */
export function typesWithObjects(world: PlainWorld): PlainType[] {
  return [...world.types.values()].filter(({ objects, kinds }) => objects.length > 0 && kinds.size > 0)
}

/** A set of objects of one type, without anything derived. */
export function drawSet(draw: Draw, type: PlainType, depth: number): Json {
  const base = () => draw.use('set', { type: 'base', objectType: type.apiName })
  const inner = () => drawSet(draw, type, depth - 1)
  const leading = [...draw.world.types.values()].flatMap((from) => {
    return linksOf(draw.world, from).flatMap((link) => (link.to === type ? [{ from, link }] : []))
  })
  const makers: (() => Json)[] = [base]
  if (depth > 0) {
    makers.push(
      () => draw.use('set', { type: 'filter', objectSet: inner(), where: drawFilter(draw, type, new Map(), 2) }),
      () => draw.use('set', { type: 'filter', objectSet: base(), where: drawFilter(draw, type, new Map(), 3) }),
      () => draw.use('set', { type: 'union', objectSets: sets(draw, inner) }),
      () => draw.use('set', { type: 'intersect', objectSets: sets(draw, inner) }),
      () => draw.use('set', { type: 'subtract', objectSets: sets(draw, inner) }),
      () => draw.use('set', { type: 'static', objects: rids(draw, type) }),
      () => draw.use('set', { type: 'asBaseObjectTypes', objectSet: inner() }),
      () => draw.use('set', { type: 'asType', objectSet: inner(), entityType: type.apiName }),
    )
    const around = () => {
      const { from, link } = draw.one(leading)
      draw.used.add(`link.${link.isThrough ? 'through' : 'join'}`)
      return draw.use('set', { type: 'searchAround', objectSet: drawSet(draw, from, depth - 1), link: link.name })
    }
    if (leading.length > 0) makers.push(around, around)
  }
  return draw.one(makers)()
}

function sets(draw: Draw, make: () => Json): Json[] {
  return Array.from({ length: 1 + draw.upTo(2) }, make)
}

function rids(draw: Draw, type: PlainType): string[] {
  const nothing = ['ri.openfdp-objects.main.object.Nothing.00000000-0000-4000-8000-000000000000', 'ri.x', '🦆']
  const forged = `ri.openfdp-objects.main.object.${type.apiName}.00000000-0000-4000-8000-000000000000`
  // The first tells which type the set is of.
  return [
    ridOf(draw.one(type.objects)),
    ...draw.some(type.objects, 8).map(ridOf),
    ...draw.some([...nothing, forged], 2),
  ]
}

const forKind: Readonly<Record<Kind, readonly string[]>> = {
  text: [
    ...['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull', 'startsWith', 'wildcard', 'regex', 'containsAllTerms'],
    ...['containsAnyTerm', 'containsAllTermsInOrder', 'containsAllTermsInOrderPrefixLastTerm', 'interval', 'interval'],
  ],
  texts: ['contains', 'interval', 'isNull', 'eq', 'in', 'gt', 'startsWith', 'containsAnyTerm', 'regex', 'wildcard'],
  number: ['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull'],
  long: ['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull'],
  date: ['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull'],
  timestamp: ['eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull'],
  boolean: ['eq', 'in', 'isNull'],
}

export function drawFilter(draw: Draw, type: PlainType, derived: ReadonlyMap<string, Kind>, depth: number): Json {
  const parts = () => Array.from({ length: draw.upTo(3) }, () => drawFilter(draw, type, derived, depth - 1))
  const test = () => drawTest(draw, type, derived)
  const makers = [test, test, test]
  if (depth > 0) {
    makers.push(
      () => draw.use('filter', { type: 'and', value: parts() }),
      () => draw.use('filter', { type: 'or', value: parts() }),
      () => draw.use('filter', { type: 'not', value: drawFilter(draw, type, derived, depth - 1) }),
    )
  }
  return draw.one(makers)()
}

function drawTest(draw: Draw, type: PlainType, derived: ReadonlyMap<string, Kind>): Json {
  const useDerived = derived.size > 0 && draw.upTo(2) > 0
  const [field, kind] = draw.one([...(useDerived ? derived : type.kinds)])
  const how = draw.one(forKind[kind])
  const named = draw.upTo(3) === 3 ? { propertyIdentifier: { type: 'property', apiName: field } } : { field }
  const value = () => drawValue(draw, type, field, kind)
  const test = (json: Json) => draw.use('filter', { type: how, ...named, ...json } as Json)
  switch (how) {
    case 'isNull':
      return test({ value: draw.maybe() })
    case 'in':
      return test({ value: Array.from({ length: draw.upTo(4) }, value) })
    case 'containsAllTerms':
    case 'containsAnyTerm':
      return test({ value: words(draw, String(value())), fuzzy: draw.maybe() })
    case 'startsWith':
    case 'containsAllTermsInOrder':
    case 'containsAllTermsInOrderPrefixLastTerm':
      return test({ value: words(draw, String(value())) })
    case 'interval':
      return test({ rule: drawRule(draw, () => words(draw, String(value())), 2) })
    case 'wildcard':
      return test({ value: wildcard(draw, String(value())) })
    case 'regex':
      return test({ value: regex(draw, String(value())) })
    default:
      return test({ value: value() })
  }
}

const strange: Readonly<Record<Kind, readonly Scalar[]>> = {
  text: ['', ' ', "'", '"', '\\', '%', '_', 'é', '😀', '\u{10000}', '\uffff', 'ZZZ', 'a b', '0', "'; DROP TABLE x; --"],
  texts: ['', "'", 'é', 'ZZZ'],
  number: [0, -1, 1.5, 1e12, -0.25, 7],
  long: ['0', '-1', '9223372036854775807', 5],
  date: ['1970-01-01', '2024-02-29', '9999-12-31'],
  timestamp: ['1970-01-01T00:00:00Z', '2026-01-31T09:30:00.123Z', '2026-03-29T01:30:00+01:00'],
  boolean: [true, false],
}

function drawValue(draw: Draw, type: PlainType, field: string, kind: Kind): Scalar {
  if (draw.upTo(4) === 4) return draw.one(strange[kind])
  const value = draw.one(type.objects)[field]
  const scalar = Array.isArray(value) ? draw.one(value as Scalar[]) : (value as Scalar | null | undefined)
  return scalar ?? draw.one(strange[kind])
}

/** Part of a text, sometimes with other letters, other marks between, a slip of the pen. */
function words(draw: Draw, text: string): string {
  const characters = [...text]
  const from = draw.upTo(characters.length)
  const part = draw.maybe() ? text : characters.slice(from, from + 1 + draw.upTo(12)).join('')
  const changes: ((it: string) => string)[] = [
    (it) => it,
    (it) => it.toUpperCase(),
    (it) => it.split(' ').toReversed().join(' - '),
    (it) => `${it} ...`,
    (it) => it.slice(1),
    (it) => it.replace(/[aeiou]/, 'x'),
  ]
  return draw.one(changes)(part).toWellFormed()
}

function drawRule(draw: Draw, query: () => string, depth: number): Json {
  const maxGaps = () => (draw.maybe() ? {} : { maxGaps: draw.upTo(3) - 1 })
  const rules = () => Array.from({ length: 1 + draw.upTo(2) }, () => drawRule(draw, query, depth - 1))
  const term = () => draw.one([...query().split(' '), 'x'])
  const makers: (() => Json)[] = [
    () => ({ type: 'match', query: query(), ordered: draw.maybe(), ...maxGaps() }),
    () => ({ type: 'match', query: `${term()} ${term()}`, ordered: draw.maybe(), ...maxGaps() }),
    () => ({ type: 'prefixOnLastToken', query: query() }),
    () => ({ type: 'fuzzy', term: term(), ...(draw.maybe() ? {} : { fuzziness: draw.upTo(2) }) }),
  ]
  if (depth > 0) {
    makers.push(
      () => ({ type: 'allOf', rules: rules(), ordered: draw.maybe(), ...maxGaps() }),
      () => ({ type: 'anyOf', rules: rules() }),
    )
  }
  return draw.use('rule', draw.one(makers)())
}

function wildcard(draw: Draw, text: string): string {
  const parts = [...text].map((it) => (draw.upTo(5) === 5 ? '?' : '\\*?'.includes(it) ? `\\${it}` : it))
  const cut = draw.upTo(parts.length)
  return draw.maybe() ? `${parts.slice(0, cut).join('')}*` : `*${parts.slice(cut).join('')}`
}

function regex(draw: Draw, text: string): string {
  const escaped = [...text.slice(0, 40).toWellFormed()].map((it) => {
    const choice = draw.upTo(8)
    if (choice === 8) return '.'
    if (choice === 7 && /[a-z]/.test(it)) return '[a-z]'
    if (choice === 6 && /[0-9]/.test(it)) return '\\d'
    if (choice === 5) return `(${/\w/.test(it) ? it : `\\${it}`}|x)`
    return /[A-Za-z0-9 ]/.test(it) ? it : `\\${it}`
  })
  return draw.one([
    escaped.join(''),
    `${escaped.slice(0, 4).join('')}.*`,
    `.*${escaped.slice(-3).join('')}`,
    `"${text.slice(0, 3).replaceAll(/["\\]/g, '')}".*`,
  ])
}
