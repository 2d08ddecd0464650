import { type Join, type ObjectType, objectType, type Property } from '#contracts'
import type { FullWorld, TypedRow } from '../../full-world.ts'

/** An object as an application sees it: properties that have a value, by name. */
export type Plain = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** What is there, worked out from the published rows alone. */
export class Expected {
  readonly #world: FullWorld
  readonly #objects = new Map<string, readonly Plain[]>()
  readonly #rows = new Map<string, ReadonlyMap<string, readonly number[]>>()

  constructor(world: FullWorld) {
    this.#world = world
  }

  objects(name: string): readonly Plain[] {
    const known = this.#objects.get(name)
    if (known) return known
    const made = this.#world.published(name).map((row) => plain(objectType(name), row))
    this.#objects.set(name, made)
    return made
  }

  /** Whatever a link leads to from some objects, each once, in the order of the rows. */
  linked(from: ObjectType, some: readonly Plain[], link: string): readonly Plain[] {
    const { object, join, through } = from.links.find(({ name }) => name === link)!
    if (!through) return this.#joined(some, join!, object)
    return this.#joined(this.#joined(some, through.near, through.object), through.far, object)
  }

  #joined(some: readonly Plain[], { from, to }: Join, object: string): readonly Plain[] {
    const ends = this.#ends(object, to)
    const rows = new Set(some.flatMap((each) => each[from] ?? []).flatMap((end) => ends.get(String(end)) ?? []))
    return [...rows].toSorted((a, b) => a - b).map((row) => this.objects(object)[row]!)
  }

  /** By each value of a property, the rows that have it. */
  #ends(name: string, property: string): ReadonlyMap<string, readonly number[]> {
    const known = this.#rows.get(`${name}.${property}`)
    if (known) return known
    const made = new Map<string, number[]>()
    for (const [row, each] of this.objects(name).entries()) {
      for (const end of [each[property] ?? []].flat()) made.set(String(end), [...(made.get(String(end)) ?? []), row])
    }
    this.#rows.set(`${name}.${property}`, made)
    return made
  }
}

function plain(type: ObjectType, row: TypedRow): Plain {
  const values = type.properties.map(({ name, type: of }) => [name, wireForm(of, row[name] ?? null)] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== null)) as Plain
}

function wireForm(type: Property['type'], value: TypedRow[string]): TypedRow[string] {
  return type === 'long' && value !== null ? String(value) : value
}

export function only(object: Plain, names: readonly string[]): Plain {
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)))
}

/** Smaller first, by Unicode code point; dates and moments are written so that this is their order too. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [[...String(a)], [...String(b)]]
  const at = x.findIndex((letter, i) => letter !== y[i])
  if (at === -1) return x.length - y.length
  return y[at] === undefined ? 1 : x[at]!.codePointAt(0)! - y[at]!.codePointAt(0)!
}

/** As numbers where the property is one. */
export function compareAs(type: Property['type'], a: unknown, b: unknown): number {
  return type === 'long' ? Number(BigInt(String(a)) - BigInt(String(b))) : compare(a, b)
}
