import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { objectTypes, sortsOf } from '#contracts'
import type { Session } from '#gate'
import { isFdpError, systemClock, systemRandom } from '#kernel'
import { loadObjects, type OrderBy } from '#ontology'
import { type FullWorld, openFullWorld } from './full-world.ts'

/*
 * Pages of every type from sorted copies beside the same from the files: with what the vault holds, with tokens, and for
 * somebody whose grants reach some columns and some rows.
 */

let plain: FullWorld
let sorted: FullWorld

before(async () => {
  plain = await openFullWorld()
  sorted = await openFullWorld({ sortedCopiesFromRows: 1 })
})
after(async () => {
  await plain?.[Symbol.asyncDispose]()
  await sorted?.[Symbol.asyncDispose]()
})

const everyDay = ['Patient', 'Encounter', 'RttPeriod']
const types = objectTypes().filter(({ name }) => process.env.FDP_TEST_FULL === '1' || everyDay.includes(name))

/** Every page, each with its total; null where the type does not exist for them. */
async function pagesOf(world: FullWorld, session: Session, objectType: string, orderBy: readonly OrderBy[]) {
  const deps = { keys: world.tenant().keys, clock: systemClock, random: systemRandom, reference: () => null }
  const found: { readonly objects: readonly string[]; readonly total: number }[] = []
  let pageToken: string | null = null
  do {
    const request = { objectSet: { type: 'base', objectType } as const, select: [], orderBy, pageSize: 47 }
    try {
      const page = await loadObjects(session, { ...request, includeRid: true, pageToken }, deps)
      found.push({ objects: page.objects, total: page.totalCount })
      pageToken = page.nextPageToken
    } catch (error) {
      if (isFdpError(error, 'FDP_ONTOLOGY_OBJECT_TYPE') || isFdpError(error, 'FDP_ONTOLOGY_PROPERTY')) return null
      throw error
    }
  } while (pageToken !== null)
  return found
}

for (const person of ['full', 'tokens', 'partial'] as const) {
  test(`${types.length} types, to somebody who sees ${person === 'full' ? 'all' : person}`, async () => {
    await using fromFiles = await plain.as(person)
    await using fromCopies = await sorted.as(person)
    let compared = 0
    for (const { name, apiName } of types) {
      const orders = [[], ...sortsOf(name).map((field) => [{ field, direction: 'asc' } as const])]
      for (const orderBy of orders) {
        const expected = await pagesOf(plain, fromFiles, apiName, orderBy)
        assert.deepEqual(await pagesOf(sorted, fromCopies, apiName, orderBy), expected, name)
        await sorted.tenant().gate.settled()
        assert.deepEqual(await pagesOf(sorted, fromCopies, apiName, orderBy), expected, name)
        compared += expected?.length ?? 0
      }
    }
    assert.ok(compared > types.length / 2, `${compared} pages`)
  })
}
