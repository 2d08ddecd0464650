import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runOn } from '../../../test/command-line.ts'
import { analyst, manager, openWorld, planning, validation, validator, type World } from '../../../test/world.ts'

const acting = (subject: string, purpose: string) => ['--tenant', 'alder-vale', '--as', subject, '--purpose', purpose]
const asValidator = acting(validator, validation)
const asManager = acting(manager, 'data-intake')

async function folder(t: { after(f: () => unknown): void }): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'openfdp-export-'))
  t.after(() => rm(made, { recursive: true, force: true }))
  return join(made, 'out')
}

async function typesFrom(world: World, from: number): Promise<string[]> {
  return (await world.entries(from)).map(({ type }) => type)
}

test('refused: an export without sight of everything, by outsiders, into the home folder, into a folder with something in it', async (t) => {
  await using world = await openWorld({ patients: 5 })
  const to = await folder(t)
  const only = await runOn(world, ['export', 'tenant', to, ...acting(analyst, planning), '--because', 'a test'])
  assert.match(only.err, /FDP_EXPORT_NOT_AVAILABLE/)
  assert.deepEqual([only.status, only.out], [1, ''])
  assert.ok(!/Patient|RttPeriod/.test(only.err))
  assert.ok((await typesFrom(world, 0)).includes('read.refused'), 'officers find out what was missing')
  const outsider = await runOn(world, [
    'export',
    'tenant',
    to,
    ...acting('bea.moss@alder-vale.example', 'discharge-planning'),
  ])
  assert.match(outsider.err, /FDP_EXPORT_NOT_OWN_STAFF|FDP_GATE/)
  const inside = await runOn(world, ['export', 'tenant', join(world.home, 'out'), ...asValidator])
  assert.match(inside.err, /FDP_EXPORT_INSIDE_HOME/)
  const full = await runOn(world, ['export', 'tenant', tmpdir(), ...asValidator])
  assert.match(full.err, /FDP_NODE_FOLDER_NOT_EMPTY/)
  const grant = [...world.tenant().governance.state().grants.values()].find(({ id }) => id === 'validate-patient')!
  await world.revoke(grant.id)
  const revoked = await runOn(world, ['export', 'tenant', to, ...asValidator])
  assert.match(revoked.err, /FDP_EXPORT_NOT_AVAILABLE/)
  assert.ok(!(await typesFrom(world, 0)).includes('tenant.exported'))
})

test('what left is in the ledger first, the files are the owner’s alone, and the same tenant gives the same rows', async (t) => {
  await using world = await openWorld({ patients: 25 })
  const to = await folder(t)
  const size = world.tenant().ledger.size
  const ran = await runOn(world, ['export', 'tenant', to, ...asValidator])
  assert.equal(ran.status, 0, ran.err)
  assert.deepEqual(
    ran.rows.map(({ object, rows }) => [object, rows]),
    [
      ['Patient', 25],
      ['PatientPathway', 25],
      ['RttPeriod', 25],
    ],
  )
  assert.match(ran.err, /identities in clear/)
  assert.ok(!ran.out.includes('Canaryhurst'))
  const types = await typesFrom(world, size)
  assert.deepEqual(
    types.filter((type) => type !== 'session.opened' && type !== 'session.closed'),
    [...Array(3).fill(['read.opened', 'read.completed']).flat(), 'tenant.exported'],
  )
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true })) {
    const { mode } = await stat(join(entry.parentPath, entry.name))
    if (entry.isFile() && !/products/.test(entry.parentPath)) assert.equal(mode & 0o077, 0, entry.name)
  }
  assert.equal((await stat(to)).mode & 0o777, 0o700)
  const patients = await readFile(join(to, 'objects', 'Patient', 'RZ1.csv'), 'utf8')
  const [header = '', first = ''] = patients.split('\r\n')
  const cells = Object.fromEntries(header.split(',').map((name, i) => [name, first.split(',')[i]]))
  const [told] = world.rows().Patient
  assert.deepEqual([cells.personId, cells.nhsNumber, cells.surname], [told!.personId, told!.nhsNumber, told!.surname])
  const { vkey } = world.tenant().ledger
  const verified = await runOn(world, ['ledger', 'verify', join(to, 'ledger'), '--vkey', vkey])
  assert.equal(verified.status, 0, verified.err)
  const again = `${to}-again`
  assert.equal((await runOn(world, ['export', 'tenant', again, ...asValidator])).status, 0)
  assert.equal(await readFile(join(again, 'objects', 'Patient', 'RZ1.csv'), 'utf8'), patients)
})

test('an export that would lack rows is none, and nothing is left of it', async (t) => {
  await using world = await openWorld({ patients: 8 })
  const to = await folder(t)
  const scoped = { controllers: 'all' as const, where: [{ property: 'treatmentFunctionCode', in: ['100'] }] }
  await world.revoke('validate-rttperiod')
  await world.grant(validator, 'RttPeriod', { level: 'identifiable', purpose: validation as never, rows: scoped })
  const ran = await runOn(world, ['export', 'tenant', to, ...asValidator])
  assert.match(ran.err, /FDP_EXPORT_INCOMPLETE/)
  assert.deepEqual(await readdir(to), [])
})

test('refused: an export with a changed byte, without its manifest, with another signature; and a tenant that holds data', async (t) => {
  await using world = await openWorld({ patients: 5 })
  await using empty = await openWorld({ empty: true })
  const to = await folder(t)
  assert.equal((await runOn(world, ['export', 'tenant', to, ...asValidator])).status, 0)
  const held = await runOn(world, ['import', 'tenant', to, ...asManager])
  assert.match(held.err, /FDP_IMPORT_NOT_EMPTY/)
  const none = await runOn(empty, ['import', 'tenant', join(to, 'objects'), ...asManager])
  assert.match(none.err, /FDP_EXPORT_DAMAGED/)
  const path = join(to, 'objects', 'RttPeriod', 'RZ1.csv')
  const rows = await readFile(path, 'utf8')
  await writeFile(path, rows.replace('20', '21'))
  assert.match((await runOn(empty, ['import', 'tenant', to, ...asManager])).err, /FDP_EXPORT_DAMAGED.*RttPeriod/)
  await writeFile(path, rows)
  const manifest = await readFile(join(to, 'manifest.json'), 'utf8')
  await writeFile(join(to, 'manifest.json'), manifest.replace('"asOf":', '"asOf":1'))
  assert.match((await runOn(empty, ['import', 'tenant', to, ...asManager])).err, /not signed/)
  await writeFile(join(to, 'manifest.json'), manifest)
  assert.match((await runOn(empty, ['import', 'tenant', to, ...asValidator])).err, /FDP_FLOWS_NOT_ALLOWED/)
  assert.equal(empty.tenant().governance.catalogue().publications().length, 0)
})

test('a tenant leaves and arrives: counts and every byte agree, again changes nothing, one changed value shows', async (t) => {
  await using world = await openWorld({ patients: 40 })
  await using other = await openWorld({ empty: true })
  const to = await folder(t)
  assert.equal((await runOn(world, ['export', 'tenant', to, ...asValidator])).status, 0)
  const ran = await runOn(other, ['import', 'tenant', to, ...asManager])
  assert.equal(ran.status, 0, ran.err + ran.out)
  assert.deepEqual(new Set(ran.rows.map(({ published }) => published)), new Set([40]))
  const checked = await runOn(other, ['import', 'check', to, ...asValidator])
  assert.equal(checked.status, 0, checked.err + checked.out)
  assert.deepEqual(new Set(checked.rows.map(({ outcome }) => outcome)), new Set(['same']))
  assert.equal((await runOn(other, ['import', 'tenant', to, ...asManager])).status, 0)
  const changed = world.rows().RttPeriod.map((row, i) => (i === 3 ? { ...row, commissionerCode: 'QZ9' } : row))
  await other.submit('RttPeriod', changed, 'alder-vale', 1)
  const differs = await runOn(other, ['import', 'check', to, ...asValidator])
  assert.equal(differs.status, 1)
  assert.deepEqual(
    differs.rows.map(({ object, outcome }) => [object, outcome]),
    [
      ['Patient', 'same'],
      ['PatientPathway', 'same'],
      ['RttPeriod', 'differs'],
    ],
  )
})
