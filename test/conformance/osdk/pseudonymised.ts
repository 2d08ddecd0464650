import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ObjectType, objectType, type Property } from '#contracts'
import { shown } from '#privacy'
import { tokenTypes } from '../../full-plan.ts'
import { all, keysOf, type Loaded, object, properties, refusedWith } from './client.ts'
import { eachType, inTurn, type Suite } from './suite.ts'
import type { Plain } from './typed-rows.ts'

const typesInTurn = inTurn(tokenTypes, 3)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** By the table of treatments, which knows nothing of this API. */
const how = (type: ObjectType, property: Property) => shown(type, property, 'pseudonymised')
const isClear = (type: ObjectType, property: Property) => {
  const as = how(type, property)
  return as.kind === 'clear' && as.stored === null
}

/** A token that sees every row, and of nobody who it is. */
export function pseudonymised(suite: () => Suite): void {
  test('below identifiable level: every object, what may be shown of it as it is, and nothing that may not', async () => {
    const { as, expected } = suite()
    const tokens = await as('tokens')
    await eachType(async (type) => {
      const found = (await all(tokens(object(type.apiName)))).map(properties)
      const objects = expected.objects(type.name)
      assert.equal(found.length, objects.length)
      for (const property of type.properties) {
        const { name } = property
        const as = how(type, property)
        if (as.kind === 'hidden')
          assert.ok(
            found.every((one) => one[name] === undefined),
            `${name} is shown`,
          )
        else if (isClear(type, property)) assert.deepEqual(valuesOf(found, name), valuesOf(objects, name), name)
        else if (as.kind === 'token') sameShape(found, objects, name)
      }
    }, typesInTurn)
  })

  test('below identifiable level: tokens are the same in every call, and objects are found by them', async () => {
    const { as, expected } = suite()
    const tokens = await as('tokens')
    await eachType(async (type, index) => {
      const set = tokens(object(type.apiName))
      const key = how(type, type.properties.find(({ name }) => name === type.primaryKey)!).kind
      const $select = type.properties
        .map(({ name }) => name)
        .filter((name) => name === type.primaryKey && key !== 'hidden')
      const first = await all(set, { $includeRid: true, $select })
      assert.ok(first.every(({ $rid }) => uuid.test($rid!.split('.').at(-1)!)))
      // Keys of staff are shown to nobody below identifiable level.
      if (key === 'hidden') return assert.ok(first.every(({ $primaryKey }) => $primaryKey === undefined))
      const one = first[index % first.length]!
      const again = await set.fetchOne(one.$primaryKey, { $includeRid: true, $select })
      assert.deepEqual(facts(again), facts(one))
      const same = set.where({ [type.primaryKey]: { $in: [one.$primaryKey] } })
      assert.deepEqual(await keysOf(same, type.primaryKey), [one.$primaryKey])
      if (key !== 'token') return
      const real = String(expected.objects(type.name)[0]![type.primaryKey])
      const { message } = (await refusedWith(() => set.fetchOne(real))) as unknown as Error
      assert.match(message, /^Expected a single result but got 0/)
    }, typesInTurn)
  })

  test('below identifiable level: links join the tokens that objects have, and lead to as many objects', async () => {
    const { as, expected } = suite()
    const tokens = await as('tokens')
    await eachType(async (type, index) => {
      const visible = await tokens.metadata(object(type.apiName))
      const names = Object.keys(visible.links as object)
      const link = type.links.filter(({ name }) => names.includes(name))[index % Math.max(1, names.length)]
      if (!link) return
      const to = objectType(link.object)
      const found = await keysOf(tokens(object(type.apiName)).pivotTo(link.name), to.primaryKey)
      assert.equal(found.length, expected.linked(type, expected.objects(type.name), link.name).length)
      const shownKeys = new Set(await keysOf(tokens(object(to.apiName)), to.primaryKey))
      assert.ok(found.every((key) => shownKeys.has(key)))
    }, typesInTurn)
  })
}

const facts = (one: Loaded) => ({ ...properties(one), key: one.$primaryKey, rid: one.$rid })

function valuesOf(objects: readonly Plain[], name: string): readonly string[] {
  return objects.map((one) => JSON.stringify(one[name] ?? null)).toSorted()
}

/** Tokens tell apart what the keys behind them tell apart, and no more. */
function sameShape(found: readonly Plain[], objects: readonly Plain[], name: string): void {
  const times = (all: readonly Plain[]) =>
    [
      ...Map.groupBy(
        all.filter((one) => one[name] !== undefined),
        (one) => one[name],
      ).values(),
    ]
      .map(({ length }) => length)
      .toSorted((a, b) => a - b)
  assert.deepEqual(times(found), times(objects), name)
  assert.ok(
    found.every((one) => one[name] === undefined || uuid.test(String(one[name]))),
    `${name} is no token`,
  )
}
