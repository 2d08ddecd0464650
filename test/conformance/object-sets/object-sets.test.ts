/*
 * Object sets by the API equal the same definition evaluated in plain memory (spec/object-sets.md), for whoever sees
 * everything, whoever sees tokens, and whoever sees part of types, columns and rows.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Session } from '#gate'
import { type LoadDeps, type ObjectSet, parseObjectSet } from '#ontology'
import { type FullWorld, openFullWorld } from '../../full-world.ts'
import type { Json } from './plain-filter.ts'
import { evaluate, type PlainObject, type PlainSet, type PlainWorld, sorted, testable } from './plain-sets.ts'
import type { Kind } from './plain-values.ts'
import { drawDerived } from './random-derived.ts'
import { Draw, drawFilter, drawSet, type Gen, typesWithObjects } from './random-sets.ts'
import { loadAll, type Reader, readers, scopeOf, seenWorld, shownRow, typesOf } from './seen-world.ts'

const isFull = process.env.FDP_TEST_FULL !== undefined
const runs = isFull ? 1_500 : 100
let world: FullWorld
const seen = new Map<Reader, PlainWorld>()
const sessions = new Map<Reader, Session>()
const references = new Map<string, ObjectSet>()
let deps: LoadDeps

before(async () => {
  world = await openFullWorld()
  const { clock, random } = world.node.adapters
  deps = { keys: world.tenant().keys, clock, random, reference: (rid) => references.get(rid) ?? null }
  for (const reader of readers) {
    seen.set(reader, await seenWorld(world, reader, deps))
    sessions.set(reader, await world.as(reader))
  }
})
after(async () => {
  for (const session of sessions.values()) await session.close()
  await world[Symbol.asyncDispose]()
})

/** Alike whatever the order of members and of adding doubles up. */
function normal(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(9)) + 0
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [name, normal(each)])
      .sort(),
  )
}
const bag = (objects: readonly unknown[]) => objects.map((object) => JSON.stringify(normal(object))).sort()

test('every object of every type is there as it was published, as far as it is within the grant', () => {
  for (const reader of ['full', 'partial'] as const) {
    for (const { name, apiName } of typesOf(reader)) {
      const { columns, rows } = scopeOf(reader, name)
      const within = world
        .texts(name)
        .filter((row) => rows.every(({ property, in: values }) => values.includes(row[property] ?? '')))
      const shown = seen
        .get(reader)!
        .types.get(apiName)!
        .objects.map(({ __rid, ...rest }) => rest)
      assert.deepEqual(bag(shown), bag(within.map((row) => shownRow(name, columns, row))), `${reader} ${name}`)
    }
  }
})

test('below identifiable level there are as many objects, each property as often, keys alike where they were alike', () => {
  for (const { name, apiName, properties, personLevel } of typesOf('tokens')) {
    const { columns } = scopeOf('tokens', name)
    const { objects } = seen.get('tokens')!.types.get(apiName)!
    const published = world.texts(name)
    assert.equal(objects.length, published.length)
    for (const property of properties.filter((each) => columns.includes(each.name))) {
      const counts = (values: readonly unknown[]) => {
        const there = values.filter((value) => value !== undefined && value !== '')
        return [...Map.groupBy(there, (value) => JSON.stringify(value)).values()].map(({ length }) => length).sort()
      }
      const shown = objects.map((object) => object[property.name])
      const texts = published.map((row) => row[property.name])
      const of = `${name}.${property.name}`
      if (property.role !== null) assert.deepEqual(counts(shown), counts(texts), of)
      else
        assert.equal(
          shown.filter((value) => value !== undefined).length,
          texts.filter((text) => text !== '').length,
          of,
        )
      if (property.role === null || !personLevel) continue
      for (const text of texts) assert.ok(text === '' || !shown.includes(text), of)
    }
  }
})

interface Case {
  readonly body: Json & { readonly pageSize: number }
  readonly set: PlainSet
  readonly orderBy: readonly { readonly field: string; readonly direction?: string }[]
  readonly select: readonly string[]
}

function drawCase(draw: Draw): Case {
  const type = draw.one(typesWithObjects(draw.world))
  let objectSet = drawSet(draw, type, 3)
  const derived = new Map<string, Kind>()
  if (draw.maybe()) {
    const made = Array.from({ length: 1 + draw.upTo(1) }, (_, i) => {
      const { definition, kind } = drawDerived(draw, type, 2)
      derived.set(`derived${i}`, kind)
      return [`derived${i}`, definition] as const
    })
    objectSet = draw.use('set', { type: 'withProperties', objectSet, derivedProperties: Object.fromEntries(made) })
    if (draw.maybe())
      objectSet = draw.use('set', { type: 'filter', objectSet, where: drawFilter(draw, type, derived, 1) })
  } else if (draw.upTo(5) === 5) {
    const reference = `ri.set.${references.size}`
    references.set(reference, parseObjectSet(objectSet))
    draw.used.add('set.reference')
    plainReferences.set(reference, objectSet)
    objectSet = draw.use('set', {
      type: 'intersect',
      objectSets: [
        { type: 'base', objectType: type.apiName },
        { type: 'reference', reference },
      ],
    })
  }
  const fields = [...type.kinds, ...derived].filter(([, kind]) => kind !== 'texts').map(([name]) => name)
  const orderBy = draw
    .some(
      [...derived.keys(), ...fields].filter((name, i, all) => all.indexOf(name) === i && fields.includes(name)),
      3,
    )
    .map((field) => ({
      field,
      ...draw.one([{}, { direction: 'asc' }, { direction: 'desc' }]),
    }))
  const select = draw.maybe() ? draw.some([...type.kinds.keys(), ...derived.keys()], 4) : []
  const set = evaluate(draw.world, withoutReferences(objectSet) as Json)
  const pageSize = Math.max(1, Math.ceil(set.members.size / draw.one([1, 1, 2, 3, 5])))
  const named =
    select.length === 0
      ? {}
      : draw.maybe()
        ? { select }
        : { select: [], selectV2: select.map((apiName) => ({ type: 'property', apiName })) }
  return {
    set,
    orderBy,
    select,
    body: { objectSet, orderBy: { fields: orderBy }, ...named, excludeRid: true, pageSize },
  }
}

const plainReferences = new Map<string, Json>()
function withoutReferences(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutReferences)
  if (typeof json !== 'object' || json === null) return json
  const { type, reference } = json as Json
  if (type === 'reference') return withoutReferences(plainReferences.get(reference as string))
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, withoutReferences(each)]))
}

function expectedObject({ set, select }: Case, object: PlainObject): PlainObject {
  const names = select.length > 0 ? select : [...set.type.kinds.keys(), ...set.derived.keys()]
  const { __apiName, __primaryKey } = object
  const shown = names.map((name) => [name, testable(set, object).value(name) ?? undefined] as const)
  return { __apiName, __primaryKey, ...Object.fromEntries(shown) }
}

const used = new Set<string>()
let objectsCompared = 0

for (const reader of readers) {
  test(`${runs} random object sets for whoever sees ${reader} are what a plain evaluation gives`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen: Gen) => {
        const draw = new Draw(gen, seen.get(reader)!, used)
        const drawn = drawCase(draw)
        const { set, orderBy, body } = drawn
        const what = JSON.stringify(body)
        const { objects, total } = await loadAll(sessions.get(reader)!, JSON.parse(what) as Json, deps).catch(
          (error) => {
            throw new Error(`${what}: ${String(error)}`, { cause: error })
          },
        )
        assert.equal(total, set.members.size, what)
        assert.deepEqual(bag(objects), bag([...set.members].map((object) => expectedObject(drawn, object))), what)
        const inOrder = sorted(set, orderBy).map((object) =>
          orderBy.map(({ field }) => testable(set, object).value(field)),
        )
        // What leaves without the properties it is sorted by is held against the same set with them.
        const fields = orderBy.map(({ field }) => field)
        if (fields.length > 0) {
          const shown = await loadAll(sessions.get(reader)!, { ...body, select: fields, selectV2: [] }, deps)
          assert.deepEqual(
            normal(shown.objects.map((object) => fields.map((field) => object[field] ?? null))),
            normal(inOrder),
            what,
          )
        }
        objectsCompared += objects.length
      }),
      { numRuns: runs },
    )
  })
}

test('the random sets were of every kind, and not of nothing', () => {
  const kinds = {
    set: [
      'base',
      'filter',
      'union',
      'intersect',
      'subtract',
      'searchAround',
      'static',
      'reference',
      'withProperties',
      'asType',
      'asBaseObjectTypes',
      'methodInput',
    ],
    filter: [
      'and',
      'or',
      'not',
      'eq',
      'in',
      'lt',
      'lte',
      'gt',
      'gte',
      'isNull',
      'contains',
      'startsWith',
      'wildcard',
      'regex',
      'containsAllTerms',
      'containsAnyTerm',
      'containsAllTermsInOrder',
      'containsAllTermsInOrderPrefixLastTerm',
    ],
    derived: [
      'property',
      'selection',
      'add',
      'multiply',
      'subtract',
      'divide',
      'negate',
      'absoluteValue',
      'greatest',
      'least',
      'extract',
    ],
    selection: [
      'count',
      'get',
      'sum',
      'avg',
      'min',
      'max',
      'exactDistinct',
      'approximateDistinct',
      'approximatePercentile',
      'collectList',
      'collectSet',
    ],
  }
  const never = Object.entries(kinds)
    .flatMap(([of, types]) => types.map((type) => `${of}.${type}`))
    .filter((each) => !used.has(each))
  assert.deepEqual(never, [])
  assert.ok(objectsCompared > runs * 10, `${objectsCompared} objects`)
})
