import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Link, type ObjectType, objectType } from '#contracts'
import { modelTypes as allTypes } from '../../full-plan.ts'
import { all, keysOf, object, properties, refusedWith } from './client.ts'
import { byKey } from './loading.ts'
import { each, eachType, inTurn, type Suite } from './suite.ts'
import type { Plain } from './typed-rows.ts'

interface Followed {
  readonly type: ObjectType
  readonly link: Link
}

/** Every property and link of every type, by hand: it takes half an hour. */
const isFull = process.env.FDP_TEST_EXHAUSTIVE === '1'
const modelTypes = inTurn(allTypes, 6)
const links: readonly Followed[] = modelTypes.flatMap((type) => type.links.map((link) => ({ type, link })))
/** Bulk links look at every link of every type in any run. */
const some = (every: number) => links.filter((_, i) => isFull || i % every === 0)
const nameOf = ({ type, link }: Followed) => `${type.apiName}.${link.name}`

/** Links of every type: from sets, from one object, and in bulk. */
export function linking(suite: () => Suite): void {
  test('pivotTo leads from a set, by every link of every type, to what it links to, each object once', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await each(some(3), nameOf, async ({ type, link }) => {
      const from = expected.objects(type.name).slice(20, 60)
      const set = full(object(type.apiName)).where(isOneOf(type, from))
      const found = await keysOf(set.pivotTo(link.name), objectType(link.object).primaryKey)
      assert.deepEqual(found, keys(link, expected.linked(type, from, link.name)))
    })
  })

  test('two links one after the other, with a test between them', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type, index) => {
      if (!isFull && index % 2 === 1) return
      const link = type.links[index % Math.max(1, type.links.length)]
      if (!link) return
      const middle = objectType(link.object)
      const next = middle.links[index % Math.max(1, middle.links.length)]
      if (!next) return
      const through = expected.linked(type, expected.objects(type.name), link.name).slice(0, 30)
      const set = full(object(type.apiName)).pivotTo(link.name).where(isOneOf(middle, through)).pivotTo(next.name)
      assert.deepEqual(
        await keysOf(set, objectType(next.object).primaryKey),
        keys(next, expected.linked(middle, through, next.name)),
      )
    })
  })

  test('$link of an object has the links of its type: the one object, or all of them, or none', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await each(some(6), nameOf, async ({ type, link }) => {
      const objects = expected.objects(type.name)
      const one = objects.find((each) => expected.linked(type, [each], link.name).length > 0) ?? objects[0]!
      const target = objectType(link.object)
      const wanted = expected.linked(type, [one], link.name)
      const loaded = await full(object(type.apiName)).fetchOne(String(one[type.primaryKey]))
      assert.deepEqual(Object.keys(loaded.$link).toSorted(), type.links.map(({ name }) => name).toSorted())
      const way = loaded.$link[link.name]!
      if (link.cardinality === 'many') {
        const found = (await all(way)).map(properties)
        assert.deepEqual(byKey(target, found), byKey(target, wanted))
        return
      }
      if (wanted.length === 1) assert.deepEqual(properties(await way.fetchOne()), wanted[0])
      else
        assert.match(
          ((await refusedWith(() => way.fetchOne())) as unknown as Error).message,
          /Expected a single result/,
        )
    })
  })

  test('links in bulk: every pair, by every link at once', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type) => {
      const some = expected.objects(type.name).slice(0, 25)
      const names = type.links.map(({ name }) => name)
      if (names.length === 0) return
      const found: string[] = []
      for await (const { source, target, linkType } of full(object(type.apiName))
        .where(isOneOf(type, some))
        .experimental_asyncIterLinks(names)) {
        assert.equal(source.$apiName, type.apiName)
        found.push([source.$primaryKey, linkType, target.$apiName, target.$primaryKey].join(' → '))
      }
      const wanted = some.flatMap((one) =>
        type.links.flatMap((link) => {
          const target = objectType(link.object)
          return expected
            .linked(type, [one], link.name)
            .map((end) => [one[type.primaryKey], link.name, target.apiName, end[target.primaryKey]].join(' → '))
        }),
      )
      assert.deepEqual(found.toSorted(), wanted.toSorted())
    })
  })
}

export function isOneOf(type: ObjectType, some: readonly Plain[]) {
  return { [type.primaryKey]: { $in: some.map((each) => String(each[type.primaryKey])) } }
}

function keys({ object: target }: Link, objects: readonly Plain[]): readonly string[] {
  return objects.map((each) => String(each[objectType(target).primaryKey])).toSorted()
}
