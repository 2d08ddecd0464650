import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectType, Property } from '#contracts'
import { modelTypes as allTypes } from '../../full-plan.ts'
import { type AnySet, type Figures, object } from './client.ts'
import { figure, type GroupCase, groupable, groupCases, grouped, groupKey, metricsOf } from './figures.ts'
import { each, eachType, inTurn, type Suite } from './suite.ts'
import type { Plain } from './typed-rows.ts'

/** Every property and link of every type, by hand: it takes half an hour. */
const isFull = process.env.FDP_TEST_EXHAUSTIVE === '1'
const perRequest = 90

/** Figures of every type, by every metric and grouping that the client offers. */
export function aggregating(suite: () => Suite): void {
  test('every metric of every property, over all objects, over some, and over none', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type, index) => {
      const asked = type.properties.flatMap((property) => metricsOf(property).map((metric) => ({ property, metric })))
      const objects = expected.objects(type.name)
      const key = String(objects[40 + (index % 40)]![type.primaryKey])
      const set = full(object(type.apiName))
      const some = objects.filter((each) => String(each[type.primaryKey]) < key)
      if (isFull || index % 2 === 0) await checkFigures(set, asked, objects)
      if (isFull || index % 2 === 1) await checkFigures(set.where({ [type.primaryKey]: { $lt: key } }), asked, some)
      if (index % 6 === 0) await checkFigures(set.where({ [type.primaryKey]: 'nobody' }), asked.slice(0, 20), [])
    })
  })

  test('every way of grouping, by properties of every kind, with figures of others', async () => {
    const { expected } = suite()
    const asked = inTurn([...allTypes.entries()], 5).flatMap(([index, type]) => {
      const objects = expected.objects(type.name)
      const ways = chosen(type, index).map((property) => groupCases(property, objects))
      if (isFull)
        return ways.flatMap((some, i) => some.filter((_, n) => (n + i) % 3 === 0).map((one) => ({ type, by: [one] })))
      // One after the other over the types, all kinds at once in each.
      const by = ways.filter((some) => some.length > 0).map((some) => some[Math.trunc(index / 2) % some.length]!)
      return by.length > 0 ? [{ type, by }] : []
    })
    assert.ok(asked.length > (process.env.FDP_TEST_FULL === '1' ? 50 : 10))
    await checkGroups(suite(), asked)
  })

  test('groups come in the order that a figure gives them, and no more of them than asked for', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type, index) => {
      const objects = expected.objects(type.name)
      const by = groupable(type).find(({ name }) => different(objects, name) > 2)
      if (!by) return
      const set = full(object(type.apiName))
      const counts = (some: readonly Figures[]) => some.map(({ $count }) => $count)
      const wanted = [...grouped([groupCases(by, objects)[0]!], objects).values()].map(({ length }) => length)
      if (index % 2 === 0) {
        const up = await set.aggregate({ $select: { $count: 'asc' }, $groupBy: { [by.name]: 'exact' } })
        assert.deepEqual(
          counts(up),
          wanted.toSorted((a, b) => a - b),
        )
        return
      }
      const down = await set.aggregate({ $select: { $count: 'desc' }, $groupBy: { [by.name]: { $exactWithLimit: 2 } } })
      assert.deepEqual(counts(down), wanted.toSorted((a, b) => b - a).slice(0, 2))
    })
  })
}

interface Asked {
  readonly property: Property
  readonly metric: string
}

async function checkFigures(set: AnySet, asked: readonly Asked[], objects: readonly Plain[]): Promise<void> {
  for (let at = 0; at < asked.length; at += perRequest) {
    const some = asked.slice(at, at + perRequest)
    const found = await set.aggregate({ $select: selectOf(some) })
    assert.equal(found.$count, objects.length)
    for (const one of some) checkFigure(found, one, objects)
  }
}

function selectOf(asked: readonly Asked[]) {
  const metrics = asked.map(({ property, metric }) => [`${property.name}:${metric}`, 'unordered'] as const)
  return Object.fromEntries([['$count', 'unordered'] as const, ...metrics])
}

function checkFigure(found: Figures, { property, metric }: Asked, objects: readonly Plain[]): void {
  const value = (found[property.name] as Record<string, unknown> | undefined)?.[metric]
  const wanted = figure(metric, property, objects)
  const says = `${property.name}:${metric} is ${value}, not ${wanted}`
  if (typeof wanted === 'number' && !Number.isInteger(wanted)) {
    assert.ok(typeof value === 'number' && Math.abs(value - wanted) < 1e-6 * Math.max(1, Math.abs(wanted)), says)
  } else assert.deepEqual(value, wanted, says)
}

interface AskedGroups {
  readonly type: ObjectType
  readonly by: readonly GroupCase[]
}

const named = ({ type, by }: AskedGroups) =>
  `${type.apiName} ${JSON.stringify(by.map(({ property, groupBy }) => [property.name, groupBy]))}`

async function checkGroups({ as, expected }: Suite, all: readonly AskedGroups[]): Promise<void> {
  const full = await as('full')
  await each(all, named, async ({ type, by }) => {
    const objects = expected.objects(type.name)
    const measured = type.properties.flatMap((property) => metricsOf(property).map((metric) => ({ property, metric })))
    const asked = measured.filter((_, i) => i % Math.ceil(measured.length / 5) === 0)
    const $groupBy = Object.fromEntries(by.map(({ property, groupBy }) => [property.name, groupBy]))
    const found = await full(object(type.apiName)).aggregate({ $select: selectOf(asked), $groupBy })
    const wanted = grouped(by, objects)
    assert.deepEqual(found.map(({ $group }) => groupKey($group!)).toSorted(), [...wanted.keys()].toSorted())
    for (const group of found) {
      const members = wanted.get(groupKey(group.$group!))!
      assert.equal(group.$count, members.length)
      for (const one of asked) checkFigure(group, one, members)
    }
  })
}

/** One property of every kind that the type has, another one in each type; all of them in the long run. */
function chosen(type: ObjectType, index: number): readonly Property[] {
  if (isFull) return groupable(type)
  const kinds = Object.values(Object.groupBy(groupable(type), (each) => each.type))
  return kinds
    .map((some) => some[index % some.length]!)
    .filter(({ type: kind }) => kind !== 'boolean' || index % 4 === 0)
}

const different = (objects: readonly Plain[], name: string) => new Set(objects.flatMap((each) => each[name] ?? [])).size
