/**
 * Law 4: with the clock too far from the witnesses', reads are refused.
 *
 * Tried here: a witness whose clock is four minutes apart changes nothing; one that is six minutes ahead or behind stops
 * every read and every entry, until the node is started again.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryWitnessStore } from '#adapters/ledger-memory'
import { addMs, isFdpError, manualClock } from '#kernel'
import { openWitness } from '#ledger'
import { questionOf } from '#ontology'
import type { Peer } from '#ports'
import { witnessAll, witnessName } from '../../src/node/witnessing.ts'
import { ask, errorOf, openWorld, validation, validator, type World } from '../world.ts'

const minute = 60_000
const question = questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 5 })

/** The other trust as witness, by a clock so far from ours. */
function witnessAt(world: World, apartMs: number): Peer {
  const { profile, keys } = world.tenant('brook-haven')
  const name = witnessName(profile.id)
  const store = memoryWitnessStore()
  const clock = manualClock(addMs(world.now(), apartMs))
  const witness = openWitness({ name, keys, clock, store })
  return { ...witness, name, remembered: (origin) => store.read(origin) }
}

test('a witness whose clock is far from ours stops the reads, one that is near does not', async () => {
  for (const apartMs of [4 * minute, -4 * minute, 6 * minute, -6 * minute]) {
    await using world = await openWorld({ tenants: ['alder-vale', 'brook-haven'], patients: 5 })
    const tenant = world.tenant()
    await using session = await world.session(validator, validation)
    await witnessAll(new Map([[tenant.profile.id as string, tenant]]), [witnessAt(world, apartMs)])
    if (Math.abs(apartMs) < 5 * minute) {
      assert.ok((await ask(session, question)).length > 0)
      continue
    }
    const size = tenant.ledger.size
    assert.ok(isFdpError(await errorOf(() => ask(session, question)), 'FDP_NODE_CLOCK'))
    assert.ok(isFdpError(await errorOf(() => tenant.ledger.append({ type: 'x.y', governance: {} })), 'FDP_NODE_CLOCK'))
    assert.equal(tenant.ledger.size, size)
  }
})
