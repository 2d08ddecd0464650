import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { askForChange, controlId, declare, goodPeer, queueOf, saidIn } from '../../test/outbound-peer.ts'
import { openWorld, type World } from '../../test/world.ts'
import { routeOf, sendWaiting } from './outbound.ts'

describe('a queue', () => {
  let world: World
  before(async () => {
    world = await openWorld({ patients: 8 })
  })
  after(() => world[Symbol.asyncDispose]())
  const send = () => sendWaiting(world.node, world.tenant(), routeOf(world.tenant(), 'pas'))

  test('sends nothing for what was done before it was in force, and each later action once, read through the gate', async () => {
    await using peer = await goodPeer()
    await declare(world, { port: peer.port })
    await askForChange(world, 0, 'Before')
    assert.deepEqual(await send(), { sent: 0, aside: 0, waiting: 0, code: null })
    const entry = await askForChange(world, 1, 'Closed')
    const from = world.tenant().ledger.size
    assert.deepEqual(await send(), { sent: 1, aside: 0, waiting: 0, code: null })
    assert.deepEqual(await send(), { sent: 0, aside: 0, waiting: 0, code: null })
    const [message] = peer.came
    assert.equal(peer.came.length, 1)
    assert.equal(controlId(message!), `${entry}.0`)
    const person = world.rows().Patient[1]!
    assert.equal(saidIn(message!, 'PID', 3), person.mrn)
    assert.equal(saidIn(message!, 'PID', 3, 1, 2), person.nhsNumber)
    assert.equal(saidIn(message!, 'PID', 7), person.dateOfBirth!.replaceAll('-', ''))
    assert.equal(saidIn(message!, 'OBX', 5), 'Closed')
    const types = (await world.entries(from)).map(({ type }) => type)
    const order = [
      'session.opened',
      'read.opened',
      'read.completed',
      'session.closed',
      'outbound.sending',
      'outbound.sent',
    ]
    assert.deepEqual(
      types.filter((type) => order.includes(type)),
      order.filter((type) => types.includes(type)),
    )
    assert.ok(types.indexOf('read.opened') < types.indexOf('outbound.sending'))
    assert.equal((await queueOf(world)).sent, 1)
  })
})
