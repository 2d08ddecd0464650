import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { folderReader } from '#adapters/ledger-fs'
import { flowLog, resume, sweep } from '#flows'
import { verifyLedger } from '#ledger'
import { findCanaries } from '../canary.ts'
import { type FlowTenant, lakeRows, makeFlowTenant, openFlowTenant, vaultRows } from '../flow-tenant.ts'

const kills = process.env.FDP_TEST_FULL === '1' ? 60 : 3
const writer = fileURLToPath(new URL('./flow-writer.ts', import.meta.url))
const canaries = ['9990000018', '9990000026', 'Canary-Forename']

/**
 * Law 10 by simulation: a process that submits files is killed (SIGKILL) at random moments and started again. What it
 * acknowledged is published or refused exactly once, nothing is half there, nothing readable is on disk.
 */
it(`loses no acknowledged submission through ${kills} kills at random moments`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-flow-kill-'))
  const temporary = join(folder, 'tmp')
  const home = join(folder, 'tenant')
  await mkdir(temporary)
  await makeFlowTenant(home)
  const acknowledged: string[] = []
  let resumed = 0
  for (let kill = 0; kill < kills; kill++) {
    acknowledged.push(...(await runAndKill(home, temporary, kill)))
    assert.deepEqual(await findCanaries(folder, canaries), [], 'right after the kill')
    if (kill % 4 === 3) {
      await using tenant = await openFlowTenant(home)
      resumed += (await resume(tenant.deps)).length
      await checkWhole(tenant, acknowledged)
    }
  }
  assert.ok(acknowledged.length >= kills, 'the child was killed before it did anything')
  t.diagnostic(
    `${acknowledged.length} acknowledged, ${resumed} of them finished after a kill by the test, the rest by the next child`,
  )
  assert.deepEqual(await findCanaries(folder, canaries), [])
  assert.deepEqual(await plainFiles(temporary), [], 'plain files in the temporary folder')
  await rm(folder, { recursive: true, force: true })
})

async function checkWhole(tenant: FlowTenant, acknowledged: readonly string[]): Promise<void> {
  const { deps, folder } = tenant
  const { received, outcomes } = await flowLog(deps.ledger)
  for (const submission of acknowledged) assert.ok(outcomes.has(submission), 'acknowledged and lost')
  assert.equal(outcomes.size, received.size)
  const seen: string[] = []
  for await (const { type, governance } of deps.ledger.entries()) {
    if (type === 'flow.published') seen.push(String(governance.submission))
    if (type === 'flow.refused') seen.push(String((governance.report as { submission: string }).submission))
  }
  assert.equal(new Set(seen).size, seen.length, 'a submission with two outcomes')
  await sweep(deps)
  assert.deepEqual(await sweep(deps), { lake: 0, vault: 0, blobs: 0 })
  const catalogue = deps.governance.catalogue()
  for (const { lake } of catalogue.publications()) assert.deepEqual(await deps.lake.verify(lake!), [])
  assert.deepEqual(await deps.vault.verify(catalogue.vaultManifest()!), [])
  await checkTogether(tenant)
  const report = await verifyLedger(folderReader(join(folder, 'ledger')), deps.ledger.vkey)
  assert.deepEqual(report.findings, [])
}

/** Lake and vault speak of the same rows, and every period of a person who is there. */
async function checkTogether(tenant: FlowTenant): Promise<void> {
  for (const object of ['Patient', 'RttPeriod']) {
    const keys = (await vaultRows(tenant, object, ['_key'])).map(([key]) => key)
    assert.deepEqual(keys.sort(), (await lakeRows(tenant, object)).map((row) => String(row._key)).sort())
    assert.equal(new Set(keys).size, keys.length)
  }
  const persons = new Set((await lakeRows(tenant, 'Patient')).map((row) => row._person))
  for (const period of await lakeRows(tenant, 'RttPeriod')) assert.ok(persons.has(period._person))
  await checkLists(tenant)
}

/** The persons of the list in force are those who have its numbers: one entry makes both current. */
async function checkLists(tenant: FlowTenant): Promise<void> {
  const list = await lakeRows(tenant, 'NationalDataOptOut')
  const numbers = new Map((await vaultRows(tenant, 'NationalDataOptOut', ['_key', 'nhsNumber'])) as [string, string][])
  const identity = await vaultRows(tenant, 'identity', ['nhs_number', 'person_key'])
  for (const { _key, _person } of list) {
    const meant = identity.filter(([number]) => number === numbers.get(String(_key))).map(([, person]) => person)
    assert.deepEqual(new Set(meant), new Set(_person === null ? [] : [String(_person)]))
  }
}

/**
 * Starts a child, waits until it has acknowledged a few submissions (none, in every fourth run, so that resuming is
 * killed too) and a random while longer, kills it; gives what it acknowledged.
 */
async function runAndKill(home: string, temporary: string, run: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', writer, home, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporary },
  })
  const died = new Promise<NodeJS.Signals | null>((done) => child.once('close', (_, signal) => done(signal)))
  const linesWanted = 1 + (run % 4)
  let output = ''
  const worked = new Promise<void>((done) => {
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString('utf8')
      if (output.split('\n').length > linesWanted) done()
    })
  })
  await Promise.race([worked, died])
  await wait(Math.random() * 500)
  child.kill('SIGKILL')
  assert.equal(await died, 'SIGKILL')
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== 'ready')
}

async function plainFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const found = await Promise.all(names.map(async (name) => ((await stat(join(folder, name))).isFile() ? [name] : [])))
  return found.flat()
}
