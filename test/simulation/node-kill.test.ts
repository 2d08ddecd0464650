/*
 * Laws 1, 2 and 6 under `kill -9`: a node that reads in several ways at once is killed at random moments. Every row that
 * it ever printed belongs to a durable entry with a lease; an entry may stand without rows, never rows without an entry.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { auditLeases } from '#audit'
import { seededRandom } from '#kernel'
import { verifyLedger } from '#ledger'
import { findCanaries } from '../canary.ts'
import { openWorld } from '../world.ts'
import { canariesOf } from '../world-rows.ts'

const kills = process.env.FDP_TEST_FULL ? 25 : 3
const patients = 12
const reader = fileURLToPath(new URL('./node-kill-reader.ts', import.meta.url))

interface Line {
  readonly entry?: number
  readonly rows?: number
  readonly release?: number
}

test(`${kills} kills at random moments: no row without its entry, no identity left behind`, async () => {
  await using first = await openWorld({ patients })
  const canaries = canariesOf(first.rows())
  const { home } = first
  await first.node.close()
  const random = seededRandom('node-kill')
  let printed = 0
  let endless = 0
  for (let kill = 0; kill < kills; kill++) {
    const lines = await runAndKill(home, Buffer.from(random.bytes(2)).readUInt16LE() % 400)
    assert.deepEqual(await findCanaries(home, canaries), [])
    await using world = await openWorld({ home, patients })
    const { ledger, lake, folder, keys } = world.tenant()
    const leased = new Set<number>()
    for await (const { entry } of lake.leases()) leased.add(entry)
    for (const { entry, release } of lines) {
      if (release !== undefined) assert.equal((await ledger.entry(release)).type, 'release.made')
      if (entry === undefined) continue
      assert.equal((await ledger.entry(entry)).type, 'read.opened')
      assert.ok(leased.has(entry))
    }
    const audit = await auditLeases(world.tenant())
    assert.deepEqual([audit.leasesWithoutEntry, audit.readsWithoutLease], [[], []])
    await ledger.settle()
    const report = await verifyLedger(world.node.adapters.ledgerReader(join(folder, 'ledger')), ledger.vkey, { keys })
    assert.ok(report.ok, JSON.stringify(report.findings))
    printed += lines.length
    endless += audit.readsWithoutEnd.length
  }
  // Killed in the middle of reads, and after some were read: otherwise nothing was attacked.
  assert.ok(printed > kills && endless > 0, `${printed} lines, ${endless} reads without an end`)
})

/** Starts the reader, waits for its first row and `delayMs` more, kills it, gives what it printed. */
async function runAndKill(home: string, delayMs: number): Promise<Line[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', reader, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const died = new Promise<NodeJS.Signals | null>((done) => child.once('close', (_, signal) => done(signal)))
  let output = ''
  const spoke = new Promise<void>((done) => {
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString('utf8')
      done()
    })
  })
  await Promise.race([spoke, died])
  await wait(delayMs)
  child.kill('SIGKILL')
  assert.equal(await died, 'SIGKILL')
  return output.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Line] : []))
}
