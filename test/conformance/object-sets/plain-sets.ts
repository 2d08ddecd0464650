import { objectTypes } from '#contracts'
import { type Derived, derivedOf } from './plain-derived.ts'
import { holds, type Json, type Testable } from './plain-filter.ts'
import { compare, type Kind, type Scalar, type Value } from './plain-values.ts'

/* Rules 14 to 18 and 22 of spec/object-sets.md, over objects in memory. */

/** Objects as one caller sees them, each as a load of its type shows it. */
export interface PlainWorld {
  readonly types: ReadonlyMap<string, PlainType>
}

export interface PlainType {
  readonly apiName: string
  readonly kinds: ReadonlyMap<string, Kind>
  readonly objects: readonly PlainObject[]
}

export type PlainObject = Readonly<Record<string, Value | undefined>>

export interface PlainLink {
  readonly name: string
  readonly to: PlainType
  readonly isToOne: boolean
  /** Whether rows of a table say what it links. */
  readonly isThrough: boolean
  /** What it leads to from some objects, each once. */
  reached(from: readonly PlainObject[]): readonly PlainObject[]
}

/** A set: objects of one type, and what was derived for each. */
export interface PlainSet {
  readonly type: PlainType
  readonly members: ReadonlySet<PlainObject>
  readonly derived: ReadonlyMap<string, Derived>
}

export function typeNamed(world: PlainWorld, apiName: string): PlainType {
  const type = world.types.get(apiName)
  if (!type) throw new Error(`there is no ${apiName}`)
  return type
}

/** The links of a type of which the caller sees both ends, and the table that has the pairs where there is one. */
export function linksOf(world: PlainWorld, type: PlainType): readonly PlainLink[] {
  const { links } = objectTypes().find(({ apiName }) => apiName === type.apiName)!
  const seen = (object: string) => world.types.get(objectTypes().find(({ name }) => name === object)!.apiName)
  return links.flatMap(({ name, object, cardinality, join, through }) => {
    const steps = through
      ? [
          { from: type, join: through.near, to: seen(through.object) },
          { from: seen(through.object), join: through.far, to: seen(object) },
        ]
      : [{ from: type, join: join!, to: seen(object) }]
    const to = seen(object)
    if (!to || !steps.every((step) => step.from?.kinds.has(step.join.from) && step.to?.kinds.has(step.join.to)))
      return []
    const reached = (from: readonly PlainObject[]) =>
      steps.reduce((ends, step) => {
        const values = ends.map((each) => each[step.join.from])
        return step.to!.objects.filter((each) => values.some((value) => meets(value, each[step.join.to])))
      }, from)
    return [{ name, to, isToOne: cardinality === 'one', isThrough: through !== undefined, reached }]
  })
}

/** `input`: the object whose derived property is worked out. */
export function evaluate(world: PlainWorld, set: Json, input: PlainSet | null = null): PlainSet {
  const inner = () => evaluate(world, set.objectSet as Json, input)
  const sets = () => (set.objectSets as Json[]).map((each) => evaluate(world, each, input))
  switch (set.type) {
    case 'base': {
      const type = typeNamed(world, set.objectType as string)
      return plain(type, type.objects)
    }
    case 'methodInput':
      return input!
    case 'filter': {
      const { type, members, derived } = inner()
      const kept = [...members].filter((object) =>
        holds(set.where as Json, testable({ type, members, derived }, object)),
      )
      return { type, members: new Set(kept), derived }
    }
    case 'union':
      return combined(sets(), (all) => [...new Set(all.flatMap((each) => [...each]))])
    case 'intersect':
      return combined(sets(), (all) => [...all[0]!].filter((object) => all.every((each) => each.has(object))))
    case 'subtract':
      return combined(sets(), (all) => [...all[0]!].filter((object) => !all.slice(1).some((each) => each.has(object))))
    case 'searchAround':
      return around(world, inner(), set.link as string)
    case 'static': {
      const rids = new Set(set.objects as string[])
      const [type] = [...world.types.values()].filter((each) => each.objects.some((object) => rids.has(ridOf(object))))
      if (!type) throw new Error('a static set of nothing has no type')
      return plain(
        type,
        type.objects.filter((object) => rids.has(ridOf(object))),
      )
    }
    case 'withProperties': {
      const before = inner()
      const made = Object.entries(set.derivedProperties as Record<string, Json>).map(([name, definition]) => {
        return [name, derivedOf(world, before, definition)] as const
      })
      return { ...before, derived: new Map([...before.derived, ...made]) }
    }
    case 'asBaseObjectTypes':
      return inner()
    case 'asType': {
      const { type, members, derived } = inner()
      return { type, derived, members: set.entityType === type.apiName ? members : new Set() }
    }
    default:
      throw new Error(`a set that nobody evaluates: ${String(set.type)}`)
  }
}

/** Whether two values that a link compares meet: one may be a list. */
export function meets(a: Value | undefined, b: Value | undefined): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return false
  const [x, y] = [a, b].map((value) => (Array.isArray(value) ? (value as Scalar[]) : [value as Scalar]))
  return x!.some((one) => y!.some((other) => String(one) === String(other)))
}

function around(world: PlainWorld, { type, members }: PlainSet, name: string): PlainSet {
  const link = linksOf(world, type).find((each) => each.name === name)!
  return plain(link.to, link.reached([...members]))
}

function combined(
  sets: readonly PlainSet[],
  combine: (members: ReadonlySet<PlainObject>[]) => readonly PlainObject[],
): PlainSet {
  const [first] = sets
  return { ...first!, members: new Set(combine(sets.map(({ members }) => members))) }
}

function plain(type: PlainType, objects: readonly PlainObject[]): PlainSet {
  return { type, members: new Set(objects), derived: new Map() }
}

export function ridOf(object: PlainObject): string {
  return object.__rid as string
}

/** One object of a set, with what was derived for it. */
export function testable({ type, derived }: PlainSet, object: PlainObject): Testable {
  return {
    kind: (field) => derived.get(field)?.kind ?? type.kinds.get(field)!,
    value: (field) => (derived.has(field) ? derived.get(field)!.value(object) : (object[field] ?? null)),
  }
}

/** By each field in turn; absent values last, either way. */
export function sorted(set: PlainSet, orderBy: readonly { field: string; direction?: string }[]): PlainObject[] {
  return [...set.members].sort((a, b) => {
    for (const { field, direction } of orderBy) {
      const [x, y] = [testable(set, a).value(field), testable(set, b).value(field)]
      if (x === null && y === null) continue
      if (x === null) return 1
      if (y === null) return -1
      const order = compare(testable(set, a).kind(field), x as Scalar, y as Scalar)
      if (order !== 0) return direction === 'desc' ? -order : order
    }
    return 0
  })
}
