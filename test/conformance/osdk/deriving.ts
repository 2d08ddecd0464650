import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Link, type ObjectType, objectType, type Property } from '#contracts'
import { modelTypes as allTypes } from '../../full-plan.ts'
import { all, type Builder, type Derived, object, properties } from './client.ts'
import { figure, isDay, isNumber } from './figures.ts'
import { each, eachType, inTurn, type Suite } from './suite.ts'
import type { Expected, Plain } from './typed-rows.ts'

/** Every property and link of every type, by hand: it takes half an hour. */
const isFull = process.env.FDP_TEST_EXHAUSTIVE === '1'

type Make = (base: Builder) => Derived

/** A property made for the question, how the client is told, and what it must be of an object; absent where undefined. */
interface Case {
  readonly name: string
  readonly make: Make
  readonly of: (object: Plain) => unknown
}

/** `withProperties`, over every type. */
export function deriving(suite: () => Suite): void {
  test('withProperties: how many, and which one, by links of every type', async () => {
    const { expected } = suite()
    await eachType(async (type, index) => {
      const from = isFull ? 0 : index % Math.max(1, type.links.length - 2)
      const links = isFull ? type.links : type.links.slice(from, from + 3)
      await check(
        suite(),
        type,
        links.flatMap((link) => linkCases(expected, type, link)),
      )
    })
  })

  test('withProperties: every figure of the objects at the other end of a link', async () => {
    const { expected } = suite()
    const ways = allTypes.flatMap((type) =>
      type.links.flatMap((link) =>
        objectType(link.object)
          .properties.filter(isNumber)
          .slice(0, 1)
          .map((of) => ({ type, link, of })),
      ),
    )
    assert.ok(ways.length > 100)
    await each(
      isFull
        ? ways
        : inTurn(
            ways.filter((_, i) => i % 8 === 0),
            3,
          ),
      ({ type, link, of }) => `${type.apiName}.${link.name} ${of.name}`,
      async ({ type, link, of }) => await check(suite(), type, figureCases(expected, type, link, of)),
    )
  })

  test('withProperties: computed from the own numbers and days of an object', async () => {
    await eachType(async (type) => {
      const [a, b = a] = type.properties.filter((each) => isNumber(each) && each.type !== 'long')
      const day = type.properties.find(isDay)
      await check(suite(), type, [...(a && b ? numberCases(a, b) : []), ...(day ? dayCases(day) : [])])
    })
  })

  test('derived properties are filtered by, ordered by and aggregated like others', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    const ways = allTypes.flatMap((type) => type.links.slice(0, 1).map((link) => ({ type, link })))
    await each(
      // An even one and an odd one by turns.
      inTurn([...ways.entries()], 7),
      ([, { type, link }]) => `${type.apiName}.${link.name}`,
      async ([index, { type, link }]) => {
        const count = (one: Plain) => expected.linked(type, [one], link.name).length
        const set = full(object(type.apiName)).withProperties({
          linkedCount: (base) => base.pivotTo(link.name).aggregate('$count'),
        })
        const wanted = expected.objects(type.name).filter((one) => count(one) >= 1)
        const some = set.where({ linkedCount: { $gte: 1 } })
        if (isFull || index % 2 === 0) {
          const { $count, ...figures } = await some.aggregate({
            $select: { $count: 'unordered', 'linkedCount:max': 'unordered' },
          })
          const most = wanted.length === 0 ? undefined : Math.max(...wanted.map(count))
          assert.deepEqual([$count, (figures.linkedCount as { max: unknown }).max], [wanted.length, most])
        }
        if (!isFull && index % 2 === 0) return
        const found = await all(some, { $orderBy: { linkedCount: 'desc' }, $select: [type.primaryKey, 'linkedCount'] })
        assert.deepEqual(
          found.map((one) => one.linkedCount),
          wanted.map(count).toSorted((a, b) => b - a),
        )
        assert.deepEqual(
          found.map(({ $primaryKey }) => $primaryKey).toSorted(),
          wanted.map((one) => String(one[type.primaryKey])).toSorted(),
        )
      },
    )
  })
}

async function check({ as, expected }: Suite, type: ObjectType, cases: readonly Case[]): Promise<void> {
  if (cases.length === 0) return
  const full = await as('full')
  const clause = Object.fromEntries(cases.map(({ name, make }) => [name, make]))
  const $select = [type.primaryKey, ...cases.map(({ name }) => name)]
  const found = await all(full(object(type.apiName)).withProperties(clause), { $select })
  const byKey = new Map(found.map((one) => [one.$primaryKey, properties(one)]))
  const objects = expected.objects(type.name)
  assert.equal(found.length, objects.length)
  for (const one of objects) {
    const { [type.primaryKey]: key } = one
    const seen = byKey.get(String(key))!
    for (const { name, of } of cases) same(seen[name], of(one), `${name} of ${key}`)
    assert.equal(seen[type.primaryKey], key)
  }
}

function same(found: unknown, wanted: unknown, says: string): void {
  if (typeof wanted === 'number' && typeof found === 'number') {
    assert.ok(Math.abs(found - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)), `${says}: ${found}, not ${wanted}`)
  } else assert.deepEqual(found, wanted, says)
}

function linkCases(expected: Expected, type: ObjectType, { name, object: to, cardinality }: Link): Case[] {
  const target = objectType(to)
  const linked = (one: Plain) => expected.linked(type, [one], name)
  const count: Case = {
    name: `${name}Counted`,
    make: (base) => base.pivotTo(name).aggregate('$count'),
    of: (one) => linked(one).length,
  }
  if (cardinality === 'many') return [count]
  const make: Make = (base) => base.pivotTo(name).selectProperty(target.primaryKey)
  return [count, { name: `${name}Taken`, make, of: (one) => linked(one)[0]?.[target.primaryKey] }]
}

function figureCases(expected: Expected, type: ObjectType, { name }: Link, property: Property): Case[] {
  const linked = (one: Plain) => expected.linked(type, [one], name)
  const values = (one: Plain) =>
    linked(one)
      .flatMap((each) => (each[property.name] === undefined ? [] : [Number(each[property.name])]))
      .toSorted((a, b) => a - b)
  const wire = (value: number) => (property.type === 'long' ? String(value) : value)
  const metrics = ['sum', 'avg', 'min', 'max', 'exactDistinct', 'approximateDistinct'].map(
    (metric): Case => ({
      name: `${metric}Figure`,
      make: (base) => base.pivotTo(name).aggregate(`${property.name}:${metric}`),
      of: (one) => {
        const value = figure(metric, property, linked(one))
        // The smallest of some longs is one of them.
        return value !== undefined && /^m/.test(metric) ? wire(value as number) : value
      },
    }),
  )
  const of = (what: string, options: { limit?: number; percentile?: number }, of: Case['of']): Case => ({
    ...{ name: `${what}Figure`, of },
    make: (base) => base.pivotTo(name).aggregate(`${property.name}:${what}`, options),
  })
  return [
    ...metrics,
    of('approximatePercentile', { percentile: 0.75 }, (one) => percentile(values(one), 0.75)),
    of('collectList', { limit: 3 }, (one) => values(one).slice(0, 3)),
    of('collectSet', { limit: 2 }, (one) => [...new Set(values(one))].slice(0, 2)),
  ]
}

function percentile(sorted: readonly number[], p: number): number | undefined {
  if (sorted.length === 0) return undefined
  const at = p * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return low + (high - low) * (at - Math.floor(at))
}

function numberCases(first: Property, second: Property): Case[] {
  const number = (one: Plain, { name }: Property) => one[name] as number | undefined
  const both = (compute: (a: number, b: number) => number | undefined) => (one: Plain) => {
    const [a, b] = [number(one, first), number(one, second)]
    return a === undefined || b === undefined ? undefined : compute(a, b)
  }
  const some = (compute: (...values: number[]) => number) => (one: Plain) => {
    const there = [number(one, first), number(one, second)].filter((each) => each !== undefined)
    return there.length === 0 ? undefined : compute(...there)
  }
  const of = (name: string, compute: (a: Derived, b: Derived) => Derived, wanted: Case['of']): Case => ({
    ...{ name, of: wanted },
    make: (base) => compute(base.selectProperty(first.name), base.selectProperty(second.name)),
  })
  return [
    of(
      'added',
      (a, b) => a.add(b),
      both((a, b) => a + b),
    ),
    of(
      'subtracted',
      (a, b) => a.subtract(b),
      both((a, b) => a - b),
    ),
    of(
      'multiplied',
      (a, b) => a.multiply(b),
      both((a, b) => a * b),
    ),
    of(
      'divided',
      (a, b) => a.divide(b),
      both((a, b) => (b === 0 ? undefined : a / b)),
    ),
    of(
      'negated',
      (a, b) => a.subtract(b).negate(),
      both((a, b) => b - a),
    ),
    of(
      'absolute',
      (a, b) => a.subtract(b).abs(),
      both((a, b) => Math.abs(a - b)),
    ),
    of('greater', (a, b) => a.max(b), some(Math.max)),
    of('lesser', (a, b) => a.min(b), some(Math.min)),
  ]
}

function dayCases({ name }: Property): Case[] {
  const parts = {
    DAYS: (text: string) => Number(text.slice(8, 10)),
    MONTHS: (text: string) => Number(text.slice(5, 7)),
    QUARTERS: (text: string) => Math.ceil(Number(text.slice(5, 7)) / 3),
    YEARS: (text: string) => Number(text.slice(0, 4)),
  }
  return Object.entries(parts).map(([part, of]) => ({
    name: `${part.toLowerCase()}Taken`,
    make: (base) => base.selectProperty(name).extractPart(part as keyof typeof parts),
    of: (one) => (one[name] === undefined ? undefined : of(String(one[name]))),
  }))
}
