import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { routeOf, sendWaiting } from '#node'
import { findCanaries } from '../canary.ts'
import { askForChange, declare, idOf, queueOf, rawPeer } from '../outbound-peer.ts'
import { openWorld } from '../world.ts'

const sender = fileURLToPath(new URL('./outbound-sender.ts', import.meta.url))
const kills = 6
const messages = 14

/**
 * A process that sends is killed (SIGKILL) when a message has come and is not answered, or right behind the answer, before
 * or after its entry. Each message is accepted; each copy is the same bytes; none is counted as sent twice.
 */
if (process.env.FDP_TEST_FULL === '1') {
  test(`loses no message and sends no other in its place, through ${kills} kills`, async () => {
    const made = await openWorld({ patients: messages })
    const { home } = made
    const accepted = new Set<string>()
    let child: ChildProcess | null = null
    let killed = 0
    let cameSince = 0
    await using peer = await rawPeer((message) => {
      cameSince += 1
      if (child && killed < kills && cameSince === 1 + (killed % 3)) {
        const isBefore = killed % 2 === 0
        const victim = child
        killed += 1
        if (isBefore) victim.kill('SIGKILL')
        else setTimeout(() => victim.kill('SIGKILL'), killed % 5)
        if (isBefore) return 'silence'
      }
      accepted.add(idOf(message))
      return 'AA'
    })
    await declare(made, { port: peer.port })
    await sendWaiting(made.node, made.tenant(), routeOf(made.tenant(), 'pas'))
    const entries: number[] = []
    for (let i = 0; i < messages; i++) entries.push(await askForChange(made, i, `Closed${i}`))
    await made.node.close()

    for (let round = 0; round <= kills * 2; round++) {
      cameSince = 0
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', sender, home], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      const [code] = await once(child, 'close')
      if (code === 0) break
    }
    assert.equal(killed, kills)
    const world = await openWorld({ home })
    assert.equal((await queueOf(world)).waiting.size, 0)
    const ids = entries.map((entry) => `${entry}.0`)
    assert.deepEqual([...accepted].sort(), [...ids].sort())
    const copies = Map.groupBy(peer.came, idOf)
    assert.deepEqual([...copies.keys()], ids, 'not in the order of the entries')
    for (const [id, all] of copies) assert.equal(new Set(all).size, 1, `${id} was another message the second time`)
    assert.ok(peer.came.length > messages, 'no message came twice')
    const sent = (await world.entries()).filter(({ type }) => type === 'outbound.sent')
    assert.deepEqual(
      sent.map(({ governance }) => governance.message),
      ids,
    )
    assert.deepEqual(await findCanaries(home, [made.rows().Patient[0]!.surname!]), [])
    await world.node.close()
    await rm(home, { recursive: true, force: true })
  })
}
