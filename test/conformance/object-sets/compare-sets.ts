import assert from 'node:assert/strict'
import { type ObjectSet, parseObjectSet } from '#ontology'
import { normal } from './normal.ts'
import type { Json } from './plain-filter.ts'
import { evaluate, type PlainObject, type PlainSet, sorted, testable } from './plain-sets.ts'
import type { Kind } from './plain-values.ts'
import { drawDerived } from './random-derived.ts'
import { type Draw, drawFilter, drawSet, typesWithObjects } from './random-sets.ts'
import { loadAll, type ReadPage } from './seen-world.ts'

export interface SetCase {
  readonly body: Json & { readonly pageSize: number }
  readonly set: PlainSet
  readonly orderBy: readonly { readonly field: string; readonly direction?: string }[]
  readonly select: readonly string[]
}

/** Temporary sets, as the program knows them; null where there are none. */
export type References = Map<string, ObjectSet> | null

export function drawLoad(draw: Draw, references: References): SetCase {
  const type = draw.one(typesWithObjects(draw.world))
  const plain = drawSet(draw, type, 3)
  const derived = new Map<string, Kind>()
  const objectSet = draw.maybe() ? withDerived(draw, plain, derived) : referred(draw, plain, references)
  const kinds = [...derived, ...type.kinds]
  const sortable = kinds.filter(([, kind]) => kind !== 'texts').map(([name]) => name)
  const orderBy = draw.some(sortable, 3).map((field) => {
    return { field, ...draw.one([{}, { direction: 'asc' }, { direction: 'desc' }]) }
  })
  const names = kinds.map(([name]) => name)
  const select = draw.maybe() ? draw.some(names, 4) : []
  const identified = { select: [], selectV2: select.map((apiName) => ({ type: 'property', apiName })) }
  const selection = select.length === 0 ? {} : draw.maybe() ? { select } : identified
  const set = evaluate(draw.world, objectSet.plain)
  const pageSize = Math.max(1, Math.ceil(set.members.size / draw.one([1, 1, 1, 2, 3])))
  const order = { orderBy: { fields: orderBy } }
  return {
    set,
    orderBy,
    select,
    body: { objectSet: objectSet.sent, ...order, ...selection, excludeRid: true, pageSize },
  }
}

interface Written {
  readonly sent: Json
  /** Without references. */
  readonly plain: Json
}

function withDerived(draw: Draw, objectSet: Json, kinds: Map<string, Kind>): Written {
  const type = evaluate(draw.world, objectSet).type
  const made = Array.from({ length: 1 + draw.upTo(1) }, (_, i) => {
    const { definition, kind } = drawDerived(draw, type, 2)
    kinds.set(`derived${i}`, kind)
    return [`derived${i}`, definition] as const
  })
  const set = draw.use('set', { type: 'withProperties', objectSet, derivedProperties: Object.fromEntries(made) })
  if (!draw.maybe()) return { sent: set, plain: set }
  const filtered = draw.use('set', { type: 'filter', objectSet: set, where: drawFilter(draw, type, kinds, 1) })
  return { sent: filtered, plain: filtered }
}

/** Sometimes under a name, as an application that keeps a set would send it. */
function referred(draw: Draw, plain: Json, references: References): Written {
  if (references === null || draw.upTo(3) < 3) return { sent: plain, plain }
  const reference = `ri.set.${references.size}`
  references.set(reference, parseObjectSet(plain))
  const base = { type: 'base', objectType: evaluate(draw.world, plain).type.apiName }
  const named = draw.use('set', { type: 'reference', reference })
  return { sent: draw.use('set', { type: 'intersect', objectSets: [base, named] }), plain }
}

/** Loads the set and holds objects, total and order against the plain evaluation; says how many objects there were. */
export async function compareLoad(read: ReadPage, drawn: SetCase): Promise<number> {
  const { set, orderBy, body } = drawn
  const what = JSON.stringify(body)
  const load = async (json: string) => {
    return await loadAll(read, JSON.parse(json) as Json).catch((error) => {
      throw new Error(`${json}: ${String(error)}`, { cause: error })
    })
  }
  const { objects, total } = await load(what)
  assert.equal(total, set.members.size, what)
  assert.deepEqual(bag(objects), bag([...set.members].map((object) => expected(drawn, object))), what)
  const fields = orderBy.map(({ field }) => field)
  if (fields.length === 0) return objects.length
  // What leaves without the properties it is sorted by is held against the same set with them.
  const isShown = drawn.select.length === 0 || fields.every((field) => drawn.select.includes(field))
  const shown = isShown ? objects : (await load(JSON.stringify({ ...body, select: fields, selectV2: [] }))).objects
  const keys = shown.map((object) => fields.map((field) => object[field] ?? null))
  const plain = sorted(set, orderBy).map((object) => fields.map((field) => testable(set, object).value(field)))
  assert.deepEqual(normal(keys), normal(plain), what)
  return objects.length
}

/** In no order. */
export function bag(objects: readonly unknown[]): string[] {
  return objects.map((object) => JSON.stringify(normal(object))).sort()
}

function expected({ set, select }: SetCase, object: PlainObject): PlainObject {
  const names = select.length > 0 ? select : [...set.type.kinds.keys(), ...set.derived.keys()]
  const { __apiName, __primaryKey } = object
  const shown = names.map((name) => [name, testable(set, object).value(name) ?? undefined] as const)
  return { __apiName, __primaryKey, ...Object.fromEntries(shown) }
}
