/*
 * Object sets by the API, and figures of them, equal the same definition evaluated in plain memory (spec/object-sets.md),
 * for whoever sees everything, whoever sees tokens, and whoever sees part of types, columns and rows.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Session } from '#gate'
import type { LoadDeps, ObjectSet } from '#ontology'
import { openBearerSite } from '../../bearer-site.ts'
import { who } from '../../full-plan.ts'
import { type FullWorld, openFullWorld } from '../../full-world.ts'
import { fc } from '../../random.ts'
import { compareFigures, drawAggregate } from './compare-figures.ts'
import { bag, compareLoad, drawLoad } from './compare-sets.ts'
import type { PlainWorld } from './plain-sets.ts'
import { Draw } from './random-sets.ts'
import { ofProgram, overHttp, type Reader, readers, scopeOf, seenWorld, shownRow, typesOf } from './seen-world.ts'
import { Wire } from './wire.ts'

const runs = process.env.FDP_TEST_FULL ? 120 : 12
let world: FullWorld
let deps: LoadDeps
const seen = new Map<Reader, PlainWorld>()
const sessions = new Map<Reader, Session>()
const references = new Map<string, ObjectSet>()
/** Operations of which at least one was compared. */
const used = new Set<string>()
let objectsCompared = 0

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
  await world?.[Symbol.asyncDispose]()
})

test('every object of every type is there as it was published, as far as it is within the grant', () => {
  for (const reader of ['full', 'partial'] as const) {
    for (const { name, apiName } of typesOf(reader)) {
      const { columns, rows } = scopeOf(reader, name)
      const within = world.texts(name).filter((row) => {
        return rows.every(({ property, in: values }) => values.includes(row[property] ?? ''))
      })
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
      const of = `${name}.${property.name}`
      const shown = objects.map((object) => object[property.name]).filter((value) => value !== undefined)
      const texts = published.map((row) => row[property.name]).filter((text) => text !== '')
      assert.equal(shown.length, texts.length, of)
      if (property.role === null) continue
      assert.deepEqual(counts(shown), counts(texts), of)
      if (personLevel) assert.ok(!shown.some((value) => texts.includes(String(value))), of)
    }
  }
})

/** How often each value occurs, without saying which. */
function counts(values: readonly unknown[]): number[] {
  return [...Map.groupBy(values, (value) => JSON.stringify(value)).values()].map(({ length }) => length).sort()
}

const program = (reader: Reader) => ofProgram(sessions.get(reader)!, deps)
const drawing = (gen: fc.GeneratorValue, reader: Reader) => {
  return new Draw((max) => gen(fc.nat, { max }), seen.get(reader)!, used)
}

for (const reader of readers) {
  test(`${runs} random object sets for whoever sees ${reader} are what a plain evaluation gives`, async () => {
    const property = fc.asyncProperty(fc.gen(), async (gen) => {
      objectsCompared += await compareLoad(program(reader), drawLoad(drawing(gen, reader), references))
    })
    await fc.assert(property, { numRuns: runs })
  })

  test(`${runs} random aggregations for whoever sees ${reader} are what a plain evaluation gives`, async () => {
    const property = fc.asyncProperty(fc.gen(), async (gen) => {
      await compareFigures(sessions.get(reader)!, drawAggregate(drawing(gen, reader)), deps)
    })
    await fc.assert(property, { numRuns: runs })
  })
}

test('over HTTP they are the same', async () => {
  await using site = await openBearerSite(world.node)
  for (const reader of readers) {
    const { id, purpose } = who[reader]
    const wire = new Wire(site.url, 'alder-vale', { authorization: `Bearer ${await site.bearer(id, purpose)}` })
    const property = fc.asyncProperty(fc.gen(), async (gen) => {
      objectsCompared += await compareLoad(overHttp(wire), drawLoad(drawing(gen, reader), null))
    })
    await fc.assert(property, { numRuns: Math.ceil(runs / 5) })
  }
})

const every = {
  set: [
    ...['base', 'filter', 'union', 'intersect', 'subtract', 'searchAround', 'static', 'reference', 'withProperties'],
    ...['asType', 'asBaseObjectTypes', 'methodInput'],
  ],
  link: ['join', 'through'],
  derivedLink: ['join', 'through'],
  filter: [
    ...['and', 'or', 'not', 'eq', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull', 'contains', 'startsWith', 'wildcard'],
    ...['regex', 'containsAllTerms', 'containsAnyTerm', 'containsAllTermsInOrder'],
    ...['containsAllTermsInOrderPrefixLastTerm', 'interval'],
  ],
  rule: ['match', 'prefixOnLastToken', 'fuzzy', 'allOf', 'anyOf'],
  derived: [
    ...['property', 'selection', 'add', 'multiply', 'subtract', 'divide', 'negate', 'absoluteValue', 'greatest'],
    ...['least', 'extract'],
  ],
  selection: [
    ...['count', 'get', 'sum', 'avg', 'min', 'max', 'exactDistinct', 'approximateDistinct', 'approximatePercentile'],
    ...['collectList', 'collectSet'],
  ],
  figure: ['count', 'min', 'max', 'sum', 'avg', 'exactDistinct', 'approximateDistinct', 'approximatePercentile'],
  grouping: ['exact', 'fixedWidth', 'ranges', 'duration'],
}

test('whatever did not come up yet does now: every operation is compared, and not over nothing', async () => {
  const missing = new Set(Object.entries(every).flatMap(([of, types]) => types.map((type) => `${of}.${type}`)))
  for (const each of used) missing.delete(each)
  const nat = seeded(Number(process.env.FDP_TEST_SEED ?? 7))
  for (let drawn = 0; missing.size > 0 && drawn < 5_000; drawn++) {
    const reader = readers[drawn % readers.length]!
    const here = new Set<string>()
    const draw = new Draw(nat, seen.get(reader)!, here)
    const isFigures = [...missing].some((each) => /^(figure|grouping)/.test(each)) && drawn % 2 === 1
    const drawnFigures = isFigures ? drawAggregate(draw) : null
    const drawnSet = isFigures ? null : drawLoad(draw, references)
    if (![...here].some((each) => missing.has(each))) continue
    if (drawnFigures) await compareFigures(sessions.get(reader)!, drawnFigures, deps)
    if (drawnSet) objectsCompared += await compareLoad(program(reader), drawnSet)
    for (const each of here) missing.delete(each)
  }
  assert.deepEqual([...missing], [])
  assert.ok(objectsCompared > runs * 10, `${objectsCompared} objects`)
})

/** Numbers that are random enough, and the same each time. */
function seeded(seed: number): (max: number) => number {
  let state = seed
  return (max) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * (max + 1))
  }
}
