import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findCanaries } from '../canary.ts'
import { makeFlowTenant, openFlowTenant } from '../flow-tenant.ts'
import { adt, dockOf, openLanded, senderTo } from '../message-dock.ts'

const kills = process.env.FDP_TEST_FULL === '1' ? 40 : 2
const taker = fileURLToPath(new URL('./message-taker.ts', import.meta.url))
const surname = 'Canary-Surname'

const messageOf = (i: number) =>
  adt({ event: 'A28', at: '20260131090000', id: `M${i}`, number: `A${i}`, name: surname, visit: '' })

/**
 * A process that takes messages in is killed (SIGKILL) after it has stored a message and before it answers, or at any moment.
 * The sender sends what was not accepted once more. Each message that was accepted is there, each once.
 */
it(`keeps every accepted message, once, through ${kills} kills`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-message-kill-'))
  await makeFlowTenant(folder, undefined, ['Patient'])
  let accepted = 0
  let unanswered = 0
  for (let kill = 0; kill < kills; kill++) {
    const isBetween = kill % 2 === 0
    const silentAfter = isBetween ? 2 + (kill % 7) : 1_000_000
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', taker, folder, `${silentAfter}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const port = Number((await lines.next()).value)
    const silent = lines.next()
    await using sender = senderTo(port)
    for (let round = 0; ; round++) {
      const sent = sender.send(messageOf(accepted)).then(
        () => true,
        () => false,
      )
      if (isBetween) silent.then(({ value }) => value === 'stored' && child.kill('SIGKILL'))
      else if (round === 2 + (kill % 9)) setTimeout(() => child.kill('SIGKILL'), kill % 4)
      if (!(await sent)) break
      accepted++
    }
    if (child.signalCode === null) await once(child, 'close')
    if (isBetween) unanswered++
  }
  await using tenant = await openFlowTenant(folder)
  const landed = await openLanded(tenant, dockOf())
  const facts = await landed.facts()
  const known = new Set<unknown>()
  for await (const patient of facts.things('patient', dockOf(), await facts.now())) known.add(patient('number'))
  for (let i = 0; i < accepted; i++) assert.ok(known.has(`A${i}`), 'accepted and lost')
  assert.equal(landed.tally.total.landed, known.size, 'a message landed twice')
  // Whatever was stored without an answer came again, but for the last.
  assert.ok(landed.tally.total.again >= unanswered - 1)
  assert.ok(accepted >= kills * 2 - 1)
  await landed.close()
  assert.deepEqual(await findCanaries(folder, [surname]), [])
  await rm(folder, { recursive: true, force: true })
})
