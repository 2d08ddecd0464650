import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AccessRow } from '#governance'
import { parseSubjectId } from '#kernel'
import { ask, errorOf, guardian, openWorld, validation, validator, type World } from '../../test/world.ts'
import { backupTenant } from './backup.ts'
import { lastBackup, tendBackups } from './backups.ts'
import { doctor } from './doctor.ts'
import { openLog } from './log.ts'
import { type FdpNode, openNode } from './node.ts'
import { signRecovery } from './recovery.ts'
import { restoreTenant } from './restore.ts'
import type { Tenant } from './tenant.ts'
import { filesBelow } from './tree-copy.ts'
import { largestSeen } from './witnessing.ts'

let folder: string
let world: World
/** With keys, before anything below happened. */
let early: string
let made = 0

const trusts = ['alder-vale', 'brook-haven']
const name = 'alder-vale'
const fresh = (what: string) => join(folder, `${what}-${++made}`)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-keep-'))
  world = await openWorld({ tenants: trusts })
  await world.node.witness()
  early = await backup({ withKeys: true })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function backup(options: { withKeys: boolean }): Promise<string> {
  const to = fresh('backup')
  await backupTenant(world.tenant(), to, options, world.node.adapters)
  return to
}

/** A new home with tenants put back into it. */
async function restored(...backups: readonly string[]): Promise<string> {
  const home = fresh('home')
  await mkdir(home, { recursive: true })
  await cp(join(world.home, 'fdp.yaml'), join(home, 'fdp.yaml'))
  for (const each of backups) await restoreTenant(each, home, world.node.adapters)
  return home
}

async function opened<T>(home: string, look: (node: FdpNode, tenant: Tenant) => Promise<T>): Promise<T> {
  await using node = await openNode(home, world.node.adapters, [])
  return await look(node, node.tenant(name))
}

async function figures(tenant: Tenant) {
  const columns = ['rttPeriodId', 'clockStartDate', 'patientId']
  await using session = await tenant.gate.open({
    ...{ subject: parseSubjectId(validator), purpose: validation as Parameters<Tenant['gate']['open']>[0]['purpose'] },
  })
  const { questionOf } = await import('#ontology')
  const orderBy = [{ property: 'rttPeriodId', descending: false }]
  return await ask(session, questionOf({ object: 'RttPeriod', select: columns, orderBy, limit: 1_000 }))
}

const recovery = (by: string, witnessed: number) => ({ by: parseSubjectId(by), reason: 'the disk was lost', witnessed })

/** Reading the figures is itself a use. */
const withoutUse = ({ lastUsed: _, lapsesAt: __, ...row }: AccessRow) => row

test('restored elsewhere: the same rows, the same list of who can see what, and a ledger that goes on', async () => {
  const rows = await figures(world.tenant())
  assert.ok(rows.length > 10)
  const access = world.tenant().accessNow()
  const latest = await backup({ withKeys: true })
  const size = world.tenant().ledger.size
  const home = await restored(latest)
  const officer = recovery(guardian, 0)
  await opened(home, async (_node, tenant) => {
    assert.equal((await errorOf(() => figures(tenant))).code, 'FDP_NODE_RESTORED')
    await signRecovery(tenant, officer)
    assert.deepEqual(await figures(tenant), rows)
    assert.deepEqual(tenant.accessNow().map(withoutUse), access.map(withoutUse))
    assert.ok(tenant.ledger.size > size)
  })
  await opened(home, async (node, tenant) => {
    assert.deepEqual(await figures(tenant), rows)
    const checks = await doctor(home, async () => node, { node: 'v24.0.0', version: '0.0.0' })
    assert.deepEqual(
      checks.filter(({ outcome }) => outcome === 'bad'),
      [],
    )
  })
})

test('one changed byte in a file of any kind is refused, and nothing is written', async () => {
  const kinds: Record<string, RegExp> = {
    checkpoint: /^ledger\/checkpoint$/,
    tile: /^ledger\/tile\//,
    openings: /^ledger\/openings\//,
    details: /^ledger\/details\//,
    lake: /^lake\/RttPeriod\/.*\.parquet$/,
    manifest: /^lake\/.*manifest/,
    vault: /^vault\/segments\//,
    'vault keys': /^vault\/keys\//,
    keys: /^keys\//,
    blobs: /^blobs\//,
    profile: /^tenant\.json$/,
    list: /^backup\.json$/,
  }
  const paths = await filesBelow(early)
  const home = fresh('home')
  for (const [kind, pattern] of Object.entries(kinds)) {
    const path = paths.find((each) => pattern.test(each))
    if (path === undefined && ['details', 'manifest'].includes(kind)) continue
    assert.ok(path, kind)
    const bytes = await readFile(join(early, path))
    const changed = Buffer.from(bytes)
    changed[changed.length >> 1]! ^= 1
    await writeFile(join(early, path), changed)
    const error = await errorOf(() => restoreTenant(early, home, world.node.adapters))
    await writeFile(join(early, path), bytes)
    assert.equal(error.code, 'FDP_NODE_BACKUP_DAMAGED', `${kind}: ${error.message}`)
    assert.ok(!existsSync(join(home, 'tenants')), kind)
  }
  for (const kind of ['lake', 'vault', 'keys'] as const) {
    const path = paths.find((each) => kinds[kind]!.test(each))!
    const bytes = await readFile(join(early, path))
    await rm(join(early, path))
    const error = await errorOf(() => restoreTenant(early, home, world.node.adapters))
    await writeFile(join(early, path), bytes, { mode: 0o600 })
    assert.equal(error.code, 'FDP_NODE_BACKUP_DAMAGED', `${kind} missing`)
  }
})

test('a list of contents that somebody else made, or that names a place outside, is refused', async () => {
  const forged = fresh('forged')
  await cp(early, forged, { recursive: true })
  const text = await readFile(join(forged, 'backup.json'), 'utf8')
  const document = JSON.parse(text) as { files: { path: string }[]; versions: unknown }
  const refuse = async (change: (copy: typeof document) => void) => {
    const copy = structuredClone(document)
    change(copy)
    await writeFile(join(forged, 'backup.json'), JSON.stringify(copy))
    const home = fresh('home')
    const error = await errorOf(() => restoreTenant(forged, home, world.node.adapters))
    assert.equal(error.code, 'FDP_NODE_BACKUP_DAMAGED', error.message)
    assert.ok(!existsSync(join(home, 'tenants')))
  }
  await refuse((copy) => copy.files.splice(3, 1))
  await refuse((copy) => Object.assign(copy, { versions: { lake: {}, vault: null } }))
  await refuse((copy) => copy.files.push({ ...copy.files[0]!, path: '../outside' }))
  await refuse((copy) => copy.files.push({ ...copy.files[0]!, path: '/tmp/outside' }))
  await refuse((copy) => Object.assign(copy, { tenant: '../elsewhere' }))
})

test('without keys a backup needs their folder, and those of another tenant do not do', async () => {
  const bare = await backup({ withKeys: false })
  assert.ok(!existsSync(join(bare, 'keys')))
  const { adapters } = world.node
  assert.equal((await errorOf(() => restoreTenant(bare, fresh('home'), adapters))).code, 'FDP_NODE_BACKUP_DAMAGED')
  const others = join(world.tenant('brook-haven').folder, 'keys')
  const home = fresh('home')
  assert.match(String((await errorOf(() => restoreTenant(bare, home, adapters, others))).code), /^FDP_(KEYS|NODE)_/)
  assert.ok(!existsSync(join(home, 'tenants', name)))
  assert.deepEqual(existsSync(join(home, 'tenants')) ? await readdir(join(home, 'tenants')) : [], [])
  await restoreTenant(bare, home, adapters, join(world.tenant().folder, 'keys'))
  assert.equal(await opened(home, async (_node, tenant) => tenant.profile.id), name)
})

test('a tenant whose stores do not agree with its ledger makes no backup', async () => {
  const home = await restored(early)
  await opened(home, async (node, tenant) => {
    await signRecovery(tenant, recovery(guardian, 0))
    const lake = (await filesBelow(tenant.folder)).find((path) => /^lake\/.*\.parquet$/.test(path))!
    await writeFile(join(tenant.folder, lake), 'not what was sealed')
    const to = fresh('backup')
    const error = await errorOf(() => backupTenant(tenant, to, { withKeys: true }, node.adapters))
    assert.equal(error.code, 'FDP_NODE_BACKUP_DISAGREES')
    assert.ok(!existsSync(join(to, 'backup.json')))
    const full = await errorOf(() => backupTenant(tenant, to, { withKeys: true }, node.adapters))
    assert.equal(full.code, 'FDP_NODE_FOLDER_NOT_EMPTY')
    const checks = await doctor(home, async () => node, { node: 'v20.0.0', version: '0.0.0' })
    const bad = checks.filter(({ outcome }) => outcome === 'bad').map(({ what }) => what)
    assert.deepEqual(bad, ['versions', `${name}: lake and vault`])
  })
})

test('a backup taken while people read and a flow runs is whole', async () => {
  const rows = world.rows()
  const [to] = await Promise.all([
    backup({ withKeys: true }),
    world.submit('Patient', rows.Patient.slice(0, 40), name, 1),
    ...Array.from({ length: 5 }, () => figures(world.tenant())),
  ])
  const home = await restored(to)
  await opened(home, async (node, tenant) => {
    await signRecovery(tenant, recovery(guardian, 0))
    assert.ok((await figures(tenant)).length > 0)
    const checks = await doctor(home, async () => node, { node: 'v24.0.0', version: '0.0.0' })
    assert.deepEqual(
      checks.filter(({ outcome }) => outcome === 'bad'),
      [],
    )
  })
})

test('an older backup beside its witness refuses reads and entries until an officer, and nobody else, signs', async () => {
  await world.node.witness()
  const witness = fresh('backup')
  await backupTenant(world.tenant('brook-haven'), witness, { withKeys: true }, world.node.adapters)
  const latest = await backup({ withKeys: true })
  const home = await restored(early, witness)
  await opened(home, async (node, tenant) => {
    assert.equal((await errorOf(() => figures(tenant))).code, 'FDP_NODE_BEHIND')
    const size = tenant.ledger.size
    const entry = { type: 'governance.person-left', governance: {} }
    assert.equal((await errorOf(() => tenant.ledger.append(entry))).code, 'FDP_NODE_BEHIND')
    assert.equal(tenant.ledger.size, size)
    const witnessed = await largestSeen(tenant, node.tenants)
    for (const other of [validator, 'nobody@example', 'set-up', 'carys.owen@brook-haven.example']) {
      const error = await errorOf(() => signRecovery(tenant, recovery(other, witnessed)))
      assert.equal(error.code, 'FDP_NODE_NOT_OFFICER')
    }
    assert.notEqual(tenant.standstill(), null)
  })
  // Each opening is an entry: a ledger that only grew as long as the lost one is still another.
  const refusals = new Set<unknown>()
  for (let opening = 0; opening < 40 && !refusals.has('FDP_NODE_FORKED'); opening++) {
    await opened(home, async (_node, tenant) => refusals.add(tenant.standstill()?.code))
  }
  assert.deepEqual([...refusals], ['FDP_NODE_BEHIND', 'FDP_NODE_FORKED'])
  await opened(home, async (node, tenant) => {
    await signRecovery(tenant, recovery(guardian, await largestSeen(tenant, node.tenants)))
    assert.ok((await figures(tenant)).length > 0)
    await node.witness()
  })
  await opened(home, async (_node, tenant) => assert.equal(tenant.standstill(), null))
  // A backup that holds what the witness saw needs no signature.
  const whole = await restored(latest, witness)
  await opened(whole, async (_node, tenant) => assert.ok((await figures(tenant)).length > 0))
})

test('a recovery of long ago does not let a later restoration pass that nobody can confirm', async () => {
  const home = await restored(early)
  const again = fresh('backup')
  await opened(home, async (node, tenant) => {
    await signRecovery(tenant, recovery(guardian, 1_000))
    await backupTenant(tenant, again, { withKeys: true }, node.adapters)
  })
  await opened(await restored(again), async (_node, tenant) => {
    assert.equal((await errorOf(() => figures(tenant))).code, 'FDP_NODE_RESTORED')
  })
})

test('a tenant that is there already, or an empty ledger in the place of one, is not written over', async () => {
  const home = await restored(early)
  const error = await errorOf(() => restoreTenant(early, home, world.node.adapters))
  assert.equal(error.code, 'FDP_NODE_TENANT_EXISTS')
  await rm(join(home, 'tenants', name, 'ledger'), { recursive: true })
  assert.equal((await errorOf(() => openNode(home, world.node.adapters, []))).code, 'FDP_LEDGER_EMPTY')
})

test('a node that serves backs up when the last is old enough, whole or under no name, and deletes nothing', async () => {
  const to = fresh('by-itself')
  const config = { ...world.node.config, backup: { folder: to, everyHours: 24 } }
  const node: FdpNode = { ...world.node, config }
  const log = openLog('error', { write: () => assert.fail('a backup failed') })
  const tendedOnce = () => tendBackups(node, log).close()
  await mkdir(join(to, '2020-01-01T000000Z.unfinished'), { recursive: true })
  await mkdir(join(to, '2020-01-01T000000Z'))
  await tendedOnce()
  const [old, , recent, ...more] = (await readdir(to)).sort()
  assert.deepEqual([old, more], ['2020-01-01T000000Z', []])
  assert.equal(await lastBackup(to), recent)
  assert.deepEqual((await readdir(join(to, recent!))).sort(), trusts)
  await tendedOnce()
  assert.equal((await readdir(to)).length, 3)
  await tendBackups({ ...node, config: world.node.config }, log).close()
})
