import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { folderReader, openFolderLedgerStore } from '#adapters/ledger-fs'
import { systemClock, systemRandom } from '#kernel'
import { openLedger, verifyLedger } from '#ledger'
import { keys, origin } from './ledger-fixture.ts'

const rounds = process.env.FDP_TEST_FULL ? 200 : 8
const timeMsMax = process.env.FDP_TEST_FULL ? 600_000 : 15_000
const child = fileURLToPath(new URL('./ledger-kill-child.ts', import.meta.url))

/** Lets a process append until some time after its first acknowledgement, kills it, and returns what it had said. */
async function appendAndKill(folder: string): Promise<{ acknowledged: number[]; erased: number[] }> {
  const writer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') setTimeout(() => writer.kill('SIGKILL'), randomInt(1, 250))
    said += text
  })
  const signal = await new Promise((resolve) => writer.on('close', (_code, by) => resolve(by)))
  assert.equal(signal, 'SIGKILL')
  const lines = said.split('\n').slice(0, -1)
  const erased = lines.filter((line) => line.endsWith('erased')).map((line) => Number.parseInt(line, 10))
  return { acknowledged: lines.map((line) => Number.parseInt(line, 10)), erased }
}

describe('kill -9 at any moment loses nothing acknowledged', () => {
  it(`in ${rounds} rounds or ${timeMsMax} ms, on one growing ledger`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'openfdp-ledger-kill-'))
    const ledgerFolder = join(folder, 'ledger')
    const started = performance.now()
    const everErased = new Set<number>()
    let round = 0
    let acknowledgedEver = 0
    try {
      for (; round < rounds && performance.now() - started < timeMsMax; round++) {
        const { acknowledged, erased } = await appendAndKill(ledgerFolder)
        for (const index of erased) everErased.add(index)
        acknowledgedEver += acknowledged.length
        const copy = join(folder, 'copy')
        await cp(ledgerFolder, copy, { recursive: true })
        const store = await openFolderLedgerStore(ledgerFolder)
        const ledger = await openLedger({ store, keys, clock: systemClock, random: systemRandom, origin })
        const asItLay = await verifyLedger(folderReader(copy), ledger.vkey)
        assert.deepEqual(asItLay.findings, [], `round ${round}: the folder as the kill left it`)
        await rm(copy, { recursive: true })
        for (const index of new Set(acknowledged)) {
          assert.ok(index < ledger.size, `round ${round}: entry ${index} was acknowledged and is lost`)
          const { type } = await ledger.entry(index)
          assert.equal(type, 'read.opened')
        }
        for (const index of everErased) assert.equal((await ledger.detail(index)).state, 'erased')
        const vkey = ledger.vkey
        await ledger.close()
        const { findings, erased: reported } = await verifyLedger(folderReader(ledgerFolder), vkey, { keys })
        assert.deepEqual(findings, [], `round ${round}`)
        assert.ok(reported.every(({ pending }) => !pending))
      }
    } finally {
      await rm(folder, { recursive: true })
    }
    t.diagnostic(`${round} kills, ${acknowledgedEver} acknowledgements, ${everErased.size} erasures`)
    assert.ok(round >= 3, `only ${round} rounds in the time given`)
    assert.ok(acknowledgedEver > 20)
  })
})
