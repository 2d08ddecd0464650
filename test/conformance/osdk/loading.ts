import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectType } from '#contracts'
import { type AnySet, all, type Loaded, object, properties, refusedWith } from './client.ts'
import { eachType, type Suite } from './suite.ts'
import { compareAs, only, type Plain } from './typed-rows.ts'

/** Loading objects of every type: whole, in part, in order, page by page, one by one. */
export function loading(suite: () => Suite): void {
  test('asyncIter gives every object with every property that has a value', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type) => {
      const found = (await all(full(object(type.apiName)))).map(properties)
      assert.deepEqual(byKey(type, found), byKey(type, expected.objects(type.name)))
    })
  })

  test('fetchPage gives what is selected, in order, page by page, with a count of the whole and the RIDs asked for', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type, index) => {
      const sorted = type.properties.filter((each) => each.type !== 'texts')
      const objects = expected.objects(type.name)
      // The first leaves many objects equal or without a value, and the second decides about those.
      const by =
        sorted.toSorted((a, b) => different(objects, a.name) - different(objects, b.name))[index % 3] ?? sorted[0]!
      const key = sorted.find(({ name }) => name === type.primaryKey)!
      const [direction, other] = index % 2 === 0 ? (['desc', 'asc'] as const) : (['asc', 'desc'] as const)
      const order = by === key ? { [by.name]: direction } : { [by.name]: direction, [key.name]: other }
      const select = [...new Set([type.primaryKey, by.name, type.properties[0]!.name])]
      const loaded: Loaded[] = []
      let $nextPageToken: string | undefined
      do {
        const args = { $select: select, $orderBy: order, $pageSize: 70, $includeRid: true } as const
        const page = await full(object(type.apiName)).fetchPage({ ...args, $nextPageToken })
        assert.equal(page.totalCount, String(objects.length))
        loaded.push(...page.data)
        $nextPageToken = page.nextPageToken
      } while ($nextPageToken !== undefined)
      const found = loaded.map(properties)
      assert.deepEqual(
        byKey(type, found),
        byKey(
          type,
          objects.map((each) => only(each, select)),
        ),
      )
      const wanted = inOrder(by === key ? objects : inOrder(objects, key, other), by, direction)
      assert.deepEqual(
        found.map((each) => each[key.name]),
        wanted.map((each) => each[key.name]),
      )
      assert.equal(new Set(loaded.map(({ $rid }) => $rid)).size, objects.length)
      assert.ok(loaded.every(({ $rid }) => $rid?.startsWith(`ri.openfdp-objects.main.object.${type.apiName}.`)))
    })
  })

  test('fetchOne gives the object of a key, and nothing for a key that nobody has', async () => {
    const { as, expected } = suite()
    const full = await as('full')
    await eachType(async (type, index) => {
      const objects = expected.objects(type.name)
      const one = objects[(index * 7) % objects.length]!
      const set = full(object(type.apiName))
      const found = await set.fetchOne(String(one[type.primaryKey]))
      assert.deepEqual(properties(found), one)
      assert.equal(found.$primaryKey, one[type.primaryKey])
      assert.equal(found.$apiName, type.apiName)
      if (index % 6 === 0) await noneFor(set, 'nobody-has-this-key')
    })
  })
}

async function noneFor(set: AnySet, key: string): Promise<void> {
  const { message } = (await refusedWith(() => set.fetchOne(key))) as unknown as Error
  assert.match(message, /^Expected a single result but got 0/)
}

export function byKey(type: ObjectType, objects: readonly Plain[]): readonly Plain[] {
  return objects.toSorted((a, b) => compareAs('text', a[type.primaryKey], b[type.primaryKey]))
}

/** Without a value last, either way. */
function inOrder(
  objects: readonly Plain[],
  { name, type }: ObjectType['properties'][number],
  direction: 'asc' | 'desc',
) {
  const sign = direction === 'asc' ? 1 : -1
  return objects.toSorted((a, b) => {
    const [x, y] = [a[name], b[name]]
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined)
    return sign * compareAs(type, x, y)
  })
}

const different = (objects: readonly Plain[], name: string) => new Set(objects.map((each) => each[name])).size
