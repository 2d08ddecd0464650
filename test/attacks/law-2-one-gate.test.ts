/*
 * Law 2. One gate.
 *
 * The attack looks for a way to a file of the lake or the vault that leaves no lease, for a lease without an entry and
 * an entry without a lease, after every kind of read, refusal and flow; forges leases and hides them; and scans the
 * source for anybody else who takes one.
 */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { auditLeases } from '#audit'
import { canonicalJson, type EntryIndex, sql } from '#kernel'
import { doctor } from '#node'
import { questionOf, summaryOf } from '#ontology'
import { analyst, ask, errorOf, openWorld, planning, validation, validator, type World } from '../world.ts'

let world: World
before(async () => {
  world = await openWorld({ patients: 30 })
  await readEverything()
})
after(() => world[Symbol.asyncDispose]())

async function readEverything(): Promise<void> {
  await using identifiable = await world.session(validator, validation)
  await ask(identifiable, questionOf({ object: 'Patient', select: ['surname', 'nhsNumber', 'sex'], limit: 20 }))
  await ask(identifiable, questionOf({ object: 'RttPeriod', select: ['rttPeriodId'], limit: 20 }))
  await ask(identifiable, questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 20 }))
  await using pseudonymised = await world.session(analyst, planning)
  await ask(pseudonymised, questionOf({ object: 'RttPeriod', select: ['patientId'], limit: 20 }))
  const count = { object: 'RttPeriod', groupBy: [], aggregations: [{ name: 'n', type: 'count' as const }] }
  await ask(pseudonymised, summaryOf(count))
  await errorOf(() => ask(pseudonymised, questionOf({ object: 'Patient', select: ['surname'], limit: 1 })))
  await pseudonymised.release({
    ...{ about: { kind: 'test' }, keys: [], measures: { n: { kind: 'person-count' } }, geography: 'subnational' },
    relations: { r: { object: 'RttPeriod', columns: ['statusCode'] } },
    build: ({ r }) => sql`SELECT count(*) AS n FROM ${r} AS r`,
  })
  const unread = await pseudonymised.rows(questionOf({ object: 'RttPeriod', select: ['patientId'], limit: 20 }))
  await unread[Symbol.asyncDispose]()
}

async function audit() {
  return auditLeases(world.tenant())
}

test('every lease has its entry and every read its leases, after all that a node does', async () => {
  assert.deepEqual(await audit(), { leasesWithoutEntry: [], readsWithoutLease: [], readsWithoutEnd: [] })
  const opened = (await world.entries()).filter(({ type }) => type === 'read.opened')
  assert.equal(opened.length, 7)
  const checks = await doctor(world.home, async () => world.node, { node: process.version, version: '0' })
  assert.equal(checks.find(({ what }) => what === 'alder-vale: leases')?.outcome, 'good')
})

test('a lease for an entry that is not there, or is of another kind, or names another version, is found', async () => {
  await using own = await openWorld({ patients: 3 })
  const { lake, vault, governance, ledger } = own.tenant()
  const [periods, patients] = ['RttPeriod', 'Patient'].map((object) => governance.catalogue().lakeManifest(object)!)
  const taken: number[] = []
  const take = async (store: 'lake' | 'vault', manifest: string, entry: number) => {
    await using _ = await (store === 'lake' ? lake : vault).lease(manifest, entry as EntryIndex)
    taken.push(entry)
  }
  await using session = await own.session(analyst, planning)
  await ask(session, questionOf({ object: 'RttPeriod', select: ['patientId'], limit: 2 }))
  const read = (await own.entries()).find(({ type }) => type === 'read.opened')!.index
  assert.deepEqual((await auditLeases(own.tenant())).leasesWithoutEntry, [])
  await take('lake', periods!, ledger.size + 5)
  await take('lake', periods!, 0)
  await take('lake', patients!, read)
  await take('vault', governance.catalogue().vaultManifest()!, read)
  const found = (await auditLeases(own.tenant())).leasesWithoutEntry
  assert.deepEqual(found.map(({ entry }) => entry).sort(), taken.sort())
  const checks = await doctor(own.home, async () => own.node, { node: process.version, version: '0' })
  assert.equal(checks.find(({ what }) => what === 'alder-vale: leases')?.outcome, 'bad')
})

test('a lease struck out of the log is missed', async () => {
  const { folder, ledger, lake, vault } = world.tenant()
  const without = async (entry: number) => {
    const lines = (await readFile(join(folder, 'lake', 'leases.jsonl'), 'utf8')).trim().split('\n').slice(1)
    const kept = lines.map((line) => JSON.parse(line)).filter((lease) => lease.entry !== entry)
    const forged: typeof lake = Object.assign(Object.create(lake), {
      async *leases() {
        yield* kept
      },
    })
    return auditLeases({ ledger, vault, lake: forged })
  }
  const gave = (await world.entries()).filter(
    ({ type, governance }) => type === 'release.made' || (type === 'read.completed' && Number(governance.rows) > 0),
  )
  assert.ok(gave.length >= 6)
  for (const { governance } of gave) {
    assert.deepEqual((await without(Number(governance.of))).readsWithoutLease, [governance.of])
  }
})

test('the lake gives no path without a lease, the vault no block, and neither takes a lease without an entry', async () => {
  const { lake, vault, governance } = world.tenant()
  const manifest = governance.catalogue().lakeManifest('RttPeriod')!
  const version = await lake.version(manifest)
  assert.ok(version.files.every(({ path }) => !isAbsolute(path)))
  assert.ok(!canonicalJson(JSON.parse(JSON.stringify(version))).includes(world.home))
  const identity = await vault.version(governance.catalogue().vaultManifest()!)
  assert.ok(!JSON.stringify(identity).includes(world.home))
  for (const entry of [-1, 1.5, Number.NaN, undefined]) {
    await assert.rejects(lake.lease(manifest, entry as EntryIndex), RangeError)
    await assert.rejects(vault.lease(identity.manifestSha256, entry as EntryIndex), RangeError)
  }
})

test('blocks of a vault lease end with the lease', async () => {
  const { vault, governance, ledger } = world.tenant()
  const lease = await vault.lease(governance.catalogue().vaultManifest()!, (ledger.size + 1_000) as EntryIndex)
  await lease[Symbol.asyncDispose]()
  await assert.rejects(async () => {
    for await (const _ of lease.blocks('Patient', ['_key', 'surname'])) assert.fail('a block after the lease')
  })
})

test('nobody but the gate and the flows takes a lease or reads a file of the lake', async () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  const takers: string[] = []
  const readers: string[] = []
  for (const name of await readdir(src, { recursive: true })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.startsWith('adapters')) continue
    const text = await readFile(join(src, name), 'utf8')
    if (/\.lease\s*\(|\[['"`]lease['"`]\]/.test(text)) takers.push(name)
    if (/read_parquet|parquet_scan|parquet_metadata|parquet_schema|FROM '[^']+\.parquet/.test(text)) readers.push(name)
  }
  const allowed = (name: string) => name.startsWith('flows/') || name.startsWith('gate/')
  assert.deepEqual(
    takers.filter((name) => !allowed(name)),
    [],
  )
  assert.deepEqual(
    readers.filter((name) => !allowed(name)),
    [],
  )
  // The scan sees what it looks for.
  assert.ok(takers.includes('gate/run.ts') && readers.includes('gate/relation-source.ts'))
})
