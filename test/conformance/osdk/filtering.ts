import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectType } from '#contracts'
import { modelTypes as allTypes } from '../../full-plan.ts'
import { all, keysOf, object, refusedWith } from './client.ts'
import { holds, type Where } from './holds.ts'
import { each, eachType, inTurn, type Suite } from './suite.ts'
import { casesOf, inParts, joinedCases } from './where-cases.ts'

/** Every property and link of every type, by hand: it takes half an hour. */
const isFull = process.env.FDP_TEST_EXHAUSTIVE === '1'
/** Others than those of the rest. */
const modelTypes = inTurn(allTypes.toReversed(), 6)

/** `where` with every operator, over every type. */
export function filtering(suite: () => Suite): void {
  test('where: every operator on properties of every kind, and tests put together', async () => {
    const { expected } = suite()
    const asked = modelTypes.flatMap((type, index) => {
      const objects = expected.objects(type.name)
      const own = chosen(type, index).map((property) => casesOf(property, objects))
      const joined = isFull || index % 2 === 0 ? [joinedCases(type, objects)] : []
      return [...own, ...joined].map((cases) => ({ type, where: inParts(type.primaryKey, cases, objects, index) }))
    })
    await checked(suite(), asked)
  })

  test('union, intersect and subtract, of any number of sets', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type, index) => {
      const objects = expected.objects(type.name)
      const key = (n: number) => String(objects[n]![type.primaryKey])
      const [a, b, c]: readonly Where[] = [
        { [type.primaryKey]: { $lt: key(60) } },
        { [type.primaryKey]: { $gt: key(40) } },
        { [type.primaryKey]: { $in: [key(3), key(50), key(100)] } },
      ]
      const set = full(object(type.apiName))
      const [x, y, z] = [set.where(a!), set.where(b!), set.where(c!)]
      const wanted = (keep: (a: boolean, b: boolean, c: boolean) => boolean) =>
        objects
          .filter((one) => keep(holds(type, a!, one), holds(type, b!, one), holds(type, c!, one)))
          .map((one) => String(one[type.primaryKey]))
          .toSorted()
      const ways = [
        [x.union(z), wanted((a, _, c) => a || c)],
        [x.intersect(y, z), wanted((a, b, c) => a && b && c)],
        [set.subtract(x, z), wanted((a, _, c) => !a && !c)],
        [x.union(y).subtract(z).where(b!), wanted((_, b, c) => b && !c)],
      ] as const
      for (const [way, keys] of isFull ? ways : [ways[index % ways.length]!]) {
        assert.deepEqual(await keysOf(way, type.primaryKey), keys)
      }
    })
  })

  test('narrowing to the own type changes nothing', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    const found = await all(full(object('Ward')).narrowToType(object('Ward')))
    assert.equal(found.length, expected.objects('Ward').length)
  })

  test('an operator or a value that a property does not take is refused, and so is a name that is none', async () => {
    const full = await suite().as('full')
    const ask = (where: Where) => refusedWith(() => full(object('WardStay')).where(where).fetchPage())
    const refused: readonly [Where, string][] = [
      [{ startTimestamp: { $eq: 'yesterday' } }, 'InvalidPropertyValue'],
      [{ wardId: { $gt: 3 } }, 'InvalidPropertyValue'],
      [{ noSuchProperty: 'x' }, 'PropertiesNotFound'],
      [{ startTimestamp: { $startsWith: '2026' } }, 'PropertyFiltersNotSupported'],
      [{ wardId: { $contains: 'a' } }, 'PropertyFiltersNotSupported'],
      [{ wardId: { $within: { $bbox: [0, 0, 1, 1] } } }, 'UnsupportedObjectSet'],
      [{ $or: [{ wardId: 'a' }, { noSuchProperty: 'x' }] }, 'PropertiesNotFound'],
    ]
    const found = await Promise.all(refused.map(async ([where]) => (await ask(where)).errorName))
    assert.deepEqual(
      found,
      refused.map(([, name]) => name),
    )
  })
}

async function checked(suite: Suite, asked: readonly { readonly type: ObjectType; readonly where: Where }[]) {
  const full = await suite.as('full')
  await each(
    asked,
    ({ type, where }) => `${type.apiName} ${JSON.stringify(where)}`,
    async ({ type, where }) => {
      const wanted = suite.expected.objects(type.name).filter((one) => holds(type, where, one))
      const found = await keysOf(full(object(type.apiName)).where(where), type.primaryKey)
      assert.deepEqual(found, wanted.map((one) => String(one[type.primaryKey])).toSorted())
    },
  )
}

/** A text and a property of another kind, others in each type; all of them in the long run. */
function chosen({ properties }: ObjectType, index: number) {
  if (isFull) return properties
  const kinds = Object.values(Object.groupBy(properties, ({ type }) => type))
  const turned = kinds
    .map((some) => some[index % some.length]!)
    .toSorted((a, b) => Number(b.type === 'text') - Number(a.type === 'text'))
  const [text, ...others] = turned
  return [text!, ...others.slice(index % Math.max(1, others.length)).slice(0, 1)]
}
