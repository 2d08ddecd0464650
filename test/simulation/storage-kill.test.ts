import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openLakeFs } from '#adapters/lake-fs'
import { openVaultFs } from '#adapters/vault-fs'
import { seededRandom, systemClock, systemRandom } from '#kernel'
import { findCanaries } from '../canary.ts'
import { writeParquet } from '../contract/lake.ts'
import { collect } from '../contract/vault.ts'
import { memoryKeys } from '../memory-keys.ts'

const kills = 6
const writer = fileURLToPath(new URL('./storage-writer.ts', import.meta.url))

interface Acknowledged {
  readonly lake: string
  readonly vault: string
  readonly entry: number
}

it(`keeps lake and vault whole through ${kills} kills at random moments`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-kill-'))
  const parquet = join(folder, 'a.parquet')
  await writeParquet(parquet, 7, 'RJ1')
  const random = seededRandom('storage-kill')
  const acknowledged: Acknowledged[] = []
  for (let kill = 0; kill < kills; kill++) {
    acknowledged.push(...(await runAndKill(folder, parquet, Buffer.from(random.bytes(2)).readUInt16LE() % 120)))
    assert.deepEqual(await findCanaries(folder, ['9990001234', '9990001242']), [])
  }
  assert.ok(acknowledged.length >= kills)

  const lake = await openLakeFs({ root: join(folder, 'lake'), clock: systemClock })
  const keys = memoryKeys('rj1', 'kill')
  const vault = await openVaultFs({ root: join(folder, 'vault'), keys, clock: systemClock, random: systemRandom })
  const leased = [new Set<number>(), new Set<number>()] as const
  for (const lease of await collect(lake.leases())) leased[0].add(lease.entry)
  for (const lease of await collect(vault.leases())) leased[1].add(lease.entry)
  for (const one of acknowledged) {
    assert.deepEqual(await lake.verify(one.lake), [])
    assert.deepEqual(await vault.verify(one.vault), [])
    assert.ok(leased.every((entries) => entries.has(one.entry)))
  }
  const last = acknowledged.at(-1)!
  await lake.sweep([last.lake])
  await vault.sweep([last.vault])
  assert.deepEqual(await readdir(join(folder, 'lake', '.staging')), [])
  assert.deepEqual(await readdir(join(folder, 'vault', '.staging')), [])
  assert.equal((await readdir(join(folder, 'vault', 'segments'))).length, 1)
  assert.deepEqual(await vault.verify(last.vault), [])
  await rm(folder, { recursive: true, force: true })
})

/** Starts the writer, waits for its first acknowledgement and `delayMs` more, kills it, gives what it acknowledged. */
async function runAndKill(folder: string, parquet: string, delayMs: number): Promise<Acknowledged[]> {
  const options = ['--disable-warning=ExperimentalWarning', writer, folder, parquet]
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] })
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
  return output.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Acknowledged] : []))
}
