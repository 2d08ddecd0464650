import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AccessRow } from '#governance'
import { parseSubjectId, toBase64 } from '#kernel'
import { ask, errorOf, guardian, openWorld, validation, validator, type World } from '../../test/world.ts'
import { backupTenant } from './backup.ts'
import { type BackupDocument, signedText } from './backup-document.ts'
import { lastBackup, tendBackups } from './backups.ts'
import { doctor } from './doctor.ts'
import { openLog } from './log.ts'
import { type FdpNode, openNode } from './node.ts'
import { signRecovery } from './recovery.ts'
import { restoreTenant } from './restore.ts'
import { versionsAt } from './stores-agree.ts'
import type { Tenant } from './tenant.ts'
import { describeFile, filesBelow } from './tree-copy.ts'
import { largestSeen } from './witnessing.ts'

let folder: string
let world: World
/** Before anything below happened. */
let early: string
/** What each backup's keys were when it was made. */
const keysOf = new Map<string, string>()
let made = 0

const trusts = ['alder-vale', 'brook-haven']
const name = 'alder-vale'
const fresh = (what: string) => join(folder, `${what}-${++made}`)

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-keep-'))
  world = await openWorld({ tenants: trusts })
  await world.node.witness()
  early = await backup()
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function backup(tenant = world.tenant()): Promise<string> {
  const to = fresh('backup')
  keysOf.set(to, fresh('keys'))
  await backupTenant(tenant, to, keysOf.get(to)!, world.node.adapters)
  return to
}

const keysFor = (from: string) => ({ keys: keysOf.get(from)! })

/** A new home with tenants put back into it. */
async function restored(...backups: readonly string[]): Promise<string> {
  const home = fresh('home')
  await mkdir(home, { recursive: true })
  await cp(join(world.home, 'fdp.yaml'), join(home, 'fdp.yaml'))
  for (const each of backups) await restoreTenant(each, home, world.node.adapters, keysFor(each))
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
  const latest = await backup()
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
    const error = await errorOf(() => restoreTenant(early, home, world.node.adapters, keysFor(early)))
    await writeFile(join(early, path), bytes)
    assert.equal(error.code, 'FDP_NODE_BACKUP_DAMAGED', `${kind}: ${error.message}`)
    assert.ok(!existsSync(join(home, 'tenants')), kind)
  }
  for (const kind of ['lake', 'vault', 'blobs'] as const) {
    const path = paths.find((each) => kinds[kind]!.test(each))!
    const bytes = await readFile(join(early, path))
    await rm(join(early, path))
    const error = await errorOf(() => restoreTenant(early, home, world.node.adapters, keysFor(early)))
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
    const error = await errorOf(() => restoreTenant(forged, home, world.node.adapters, keysFor(early)))
    assert.equal(error.code, 'FDP_NODE_BACKUP_DAMAGED', error.message)
    assert.ok(!existsSync(join(home, 'tenants')))
  }
  await refuse((copy) => copy.files.splice(3, 1))
  await refuse((copy) => Object.assign(copy, { versions: { lake: {}, vault: null } }))
  await refuse((copy) => copy.files.push({ ...copy.files[0]!, path: '../outside' }))
  await refuse((copy) => copy.files.push({ ...copy.files[0]!, path: '/tmp/outside' }))
  await refuse((copy) => Object.assign(copy, { tenant: '../elsewhere' }))
})

test('refused: a backup without its keys, with those of another tenant, or with keys that lie in it', async () => {
  const { adapters } = world.node
  assert.deepEqual(
    (await filesBelow(early)).filter((path) => /(^|\/)keys\/.*\.key$|\.keys$/.test(path) && !path.startsWith('vault/')),
    [],
  )
  const refuse = async (keys: string | undefined, code: RegExp) => {
    const home = fresh('home')
    const error = await errorOf(() => restoreTenant(early, home, adapters, keys === undefined ? {} : { keys }))
    assert.match(String(error.code), code)
    assert.deepEqual(existsSync(join(home, 'tenants')) ? await readdir(join(home, 'tenants')) : [], [])
  }
  const others = await backup(world.tenant('brook-haven'))
  await refuse(undefined, /^FDP_NODE_BACKUP_DAMAGED$/)
  await refuse(keysOf.get(others), /^FDP_KEYS_TENANT$/)
  // The tenant's own folder of keys has none of details, and that of before any backup none of files.
  await refuse(join(world.tenant().folder, 'keys'), /^FDP_NODE_BACKUP_KEYS_MISSING$/)
  const to = fresh('backup')
  for (const [at, keys] of [
    [to, join(to, 'keys')],
    [to, to],
    [join(to, 'deep'), to],
  ] as const) {
    const error = await errorOf(() => backupTenant(world.tenant(), at, keys, adapters))
    assert.equal(error.code, 'FDP_NODE_BACKUP_KEYS_INSIDE')
  }
  assert.ok(!existsSync(to))
  const taken = await errorOf(() => backupTenant(world.tenant(), to, keysOf.get(others)!, adapters))
  assert.equal(taken.code, 'FDP_NODE_BACKUP_KEYS_OTHER')
  // Keys of an earlier backup would lose details without a word.
  const later = await backup()
  const older = await errorOf(() => restoreTenant(later, fresh('home'), adapters, keysFor(early)))
  assert.equal(older.code, 'FDP_NODE_BACKUP_KEYS_OLDER')
  const home = await restored(early)
  await opened(home, async (node, tenant) => {
    const error = await errorOf(() => backupTenant(tenant, fresh('backup'), fresh('keys'), node.adapters))
    assert.equal(error.code, 'FDP_NODE_RESTORED')
  })
})

test('the same file is sealed to the same bytes in every backup, and nothing of a person is plain in one', async () => {
  const again = await backup()
  const documentOf = async (from: string) =>
    JSON.parse(await readFile(join(from, 'backup.json'), 'utf8')) as BackupDocument
  const [before, after] = [await documentOf(early), await documentOf(again)]
  const known = new Map(before.files.map((file) => [file.path, file]))
  const same = after.files.filter(({ path, sealed }) => sealed && known.get(path)?.sealed?.plain === sealed.plain)
  assert.ok(same.length > 10)
  for (const { path, sha256 } of same) assert.equal(sha256, known.get(path)?.sha256, path)
  const plain = after.files.filter(({ sealed }) => !sealed).map(({ path }) => path.replace(/[^/]*$/, ''))
  const isKnown = /^(|ledger\/.*|(lake|vault)\/|lake\/[^/]+\/manifests\/|vault\/manifests\/|witness\/)$/
  assert.deepEqual(
    plain.filter((folder) => !isKnown.test(folder)),
    [],
  )
})

/** As releases before sealed backups wrote it: everything as it lies in the folder, keys included. */
async function backupOfVersionOne(tenant: Tenant): Promise<string> {
  const to = fresh('backup')
  await tenant.quiet(async () => {
    await tenant.ledger.settle()
    await cp(tenant.folder, to, { recursive: true })
  })
  for (const name of ['ledger/lock', 'keys/backup.keys', 'sorted', 'spill'])
    await rm(join(to, name), { recursive: true, force: true })
  const paths = (await filesBelow(to)).filter((path) => !path.startsWith('ledger/lock'))
  const body = {
    ...{ tenant: tenant.profile.id as string, checkpoint: tenant.ledger.checkpoint(), vkey: tenant.ledger.vkey },
    ...{ withKeys: true, versions: await versionsAt(tenant.ledger, tenant.ledger.size) },
    files: await Promise.all(paths.map((path) => describeFile(to, path))),
  }
  const signature = toBase64(tenant.keys.sign(signedText(body)))
  await writeFile(join(to, 'backup.json'), JSON.stringify({ format: 'openfdp/backup', version: 1, ...body, signature }))
  return to
}

test('a backup of version 1 is restored with the keys in it, and it is said that no erasure reaches it', async () => {
  const old = await backupOfVersionOne(world.tenant())
  const home = fresh('home')
  await mkdir(home, { recursive: true })
  await cp(join(world.home, 'fdp.yaml'), join(home, 'fdp.yaml'))
  const { isReached, lost } = await restoreTenant(old, home, world.node.adapters)
  assert.deepEqual([isReached, lost], [false, []])
  await opened(home, async (_node, tenant) => {
    await signRecovery(tenant, recovery(guardian, 0))
    assert.ok((await figures(tenant)).length > 10)
  })
})

test('a tenant whose stores do not agree with its ledger makes no backup', async () => {
  const home = await restored(early)
  await opened(home, async (node, tenant) => {
    await signRecovery(tenant, recovery(guardian, 0))
    const lake = (await filesBelow(tenant.folder)).find((path) => /^lake\/.*\.parquet$/.test(path))!
    await writeFile(join(tenant.folder, lake), 'not what was sealed')
    const to = fresh('backup')
    const keys = fresh('keys')
    const error = await errorOf(() => backupTenant(tenant, to, keys, node.adapters))
    assert.equal(error.code, 'FDP_NODE_BACKUP_DISAGREES')
    assert.ok(!existsSync(join(to, 'backup.json')))
    const full = await errorOf(() => backupTenant(tenant, to, keys, node.adapters))
    assert.equal(full.code, 'FDP_NODE_FOLDER_NOT_EMPTY')
    const checks = await doctor(home, async () => node, { node: 'v20.0.0', version: '0.0.0' })
    const bad = checks.filter(({ outcome }) => outcome === 'bad').map(({ what }) => what)
    assert.deepEqual(bad, ['versions', `${name}: lake and vault`])
  })
})

test('a backup taken while people read and a flow runs is whole', async () => {
  const rows = world.rows()
  const [to] = await Promise.all([
    backup(),
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
  const witness = await backup(world.tenant('brook-haven'))
  const latest = await backup()
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
  let again = ''
  await opened(home, async (_node, tenant) => {
    await signRecovery(tenant, recovery(guardian, 1_000))
    again = await backup(tenant)
  })
  await opened(await restored(again), async (_node, tenant) => {
    assert.equal((await errorOf(() => figures(tenant))).code, 'FDP_NODE_RESTORED')
  })
})

test('a tenant that is there already, or an empty ledger in the place of one, is not written over', async () => {
  const home = await restored(early)
  const error = await errorOf(() => restoreTenant(early, home, world.node.adapters, keysFor(early)))
  assert.equal(error.code, 'FDP_NODE_TENANT_EXISTS')
  await rm(join(home, 'tenants', name, 'ledger'), { recursive: true })
  assert.equal((await errorOf(() => openNode(home, world.node.adapters, []))).code, 'FDP_LEDGER_EMPTY')
})

test('a node that serves backs up when the last is old enough, whole or under no name, and deletes nothing', async () => {
  const to = fresh('by-itself')
  const config = { ...world.node.config, backup: { folder: to, keys: fresh('keys-by-itself'), everyHours: 24 } }
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
