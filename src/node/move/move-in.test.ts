import assert from 'node:assert/strict'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runOn } from '../../../test/command-line.ts'
import { type Foreign, fail, foreignToken, openForeign } from '../../../test/foreign-server.ts'
import { manager, openWorld, validation, validator, type World } from '../../../test/world.ts'

const asManager = ['--tenant', 'alder-vale', '--as', manager, '--purpose', 'data-intake']
const asValidator = ['--tenant', 'alder-vale', '--as', validator, '--purpose', validation]

/** The rows of a trust as an older server would show them. */
function oldPlace(world: World, patients: number): Promise<Foreign> {
  const rows = world.rows()
  const typeOf = (primaryKey: string, of: readonly Readonly<Record<string, string>>[]) => ({
    ...{ primaryKey, properties: Object.fromEntries(Object.keys(of[0]!).map((name) => [name, 'string'])) },
    objects: of
      .slice(0, patients)
      .map((row) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ''))),
  })
  return openForeign({
    RttPeriod: typeOf('rttPeriodId', rows.RttPeriod),
    Patient: { ...typeOf('personId', rows.Patient) },
    PatientPathway: typeOf('pathwayId', rows.PatientPathway),
    Elsewhere: { primaryKey: 'id', properties: { id: 'string' }, objects: [] },
  })
}

async function argsOf(world: World, { url }: Foreign, ...more: string[]): Promise<string[]> {
  const file = join(world.home, 'token.txt')
  await writeFile(file, `${foreignToken}\n`, { mode: 0o600 })
  return ['move', 'in', '--from', url, '--ontology', 'old-ontology', '--token-file', file, '--page-rows', '10', ...more]
}

const count = (world: World, object: string) => runOn(world, ['object', 'count', object, ...asValidator])

test('refused: a token that others can read or that sees no identity, somebody who may submit nothing, a token of nobody', async () => {
  await using world = await openWorld({ empty: true })
  await using server = await oldPlace(world, 5)
  const args = await argsOf(world, server)
  const file = join(world.home, 'token.txt')
  assert.match((await runOn(world, [...args, ...asValidator])).err, /FDP_MOVE_NOTHING/)
  const { Patient: patients } = server.types
  server.types.Patient = { ...patients!, properties: { personId: 'string', sex: 'string' } }
  assert.match((await runOn(world, [...args, ...asManager])).err, /FDP_MOVE_LEVEL/)
  server.types.Patient = patients!
  await writeFile(file, 'another', { mode: 0o600 })
  assert.match((await runOn(world, [...args, ...asManager])).err, /FDP_REMOTE_SIGN_IN/)
  await chmod(file, 0o640)
  assert.match((await runOn(world, [...args, ...asManager])).err, /FDP_MOVE_TOKEN_FILE/)
  assert.equal(world.tenant().governance.catalogue().publications().length, 0)
})

test('everything that both sides know comes over, patients first; what has no place here is said', async () => {
  await using world = await openWorld({ empty: true })
  await using server = await oldPlace(world, 35)
  const ran = await runOn(world, [...(await argsOf(world, server)), ...asManager])
  assert.equal(ran.status, 0, ran.err + ran.out)
  assert.deepEqual(
    ran.rows.map(({ object, read, published }) => [object, read, published]),
    [
      ['Patient', 35, 35],
      ['PatientPathway', 35, 35],
      ['RttPeriod', 35, 35],
      ['Elsewhere', 0, 0],
    ],
  )
  assert.match(String(ran.rows.at(-1)?.says), /not taken/)
  assert.equal((await count(world, 'RttPeriod')).rows[0]?.count, 35)
  assert.ok(!`${ran.out}${ran.err}`.includes('Canaryhurst'))
  const entry = (await world.entries()).findLast(({ type }) => type === 'tenant.moved-in')
  assert.equal(entry?.governance.rows, 105)
  assert.ok(!JSON.stringify(entry?.governance).includes(foreignToken))
})

test('a move that was cut off goes on where it stopped; kept pages are encrypted; a lost place begins the type anew', async () => {
  await using world = await openWorld({ empty: true })
  await using server = await oldPlace(world, 35)
  const args = await argsOf(world, server)
  // Types, edits, types for their keys, then two pages of patients; then nobody is let in.
  server.instead.push(null, null, null, null, null, (reply) => fail(reply, 401, 'ExpiredToken'))
  const cut = await runOn(world, [...args, ...asManager])
  assert.match(cut.err, /FDP_REMOTE_SIGN_IN/)
  const moves = join(world.home, 'tenants', 'alder-vale', 'moves')
  for (const path of await readdir(moves, { recursive: true, withFileTypes: true })) {
    if (!path.isFile()) continue
    const bytes = await readFile(join(path.parentPath, path.name), 'latin1')
    assert.ok(!/Canaryhurst|RZ1-PERSON|era1-/.test(bytes), path.name)
  }
  const before = server.asked.length
  server.era = 2
  const other = await runOn(world, [...args, '--resume', '--as-at', '2001-01-01', ...asManager])
  assert.match(other.err, /FDP_MOVE_OTHER/)
  server.era = 1
  assert.equal((await runOn(world, [...args, '--resume', '--types', 'Patient', ...asManager])).status, 0)
  const pages = server.asked.slice(before).filter((each) => each === 'POST objectSets/loadObjects').length
  assert.equal(pages, 2, 'two of the four pages of patients were there already')
  // Of the next type one page; then its place is gone.
  server.instead.push(null, null, null, null, (reply) => fail(reply, 401, 'ExpiredToken'))
  assert.match((await runOn(world, [...args, '--resume', ...asManager])).err, /FDP_REMOTE_SIGN_IN/)
  server.era = 3
  const done = await runOn(world, [...args, '--resume', ...asManager])
  assert.equal(done.status, 0, done.err + done.out)
  assert.deepEqual(new Set(done.rows.slice(0, 3).map(({ published }) => published)), new Set([35]))
  assert.equal((await count(world, 'RttPeriod')).rows[0]?.count, 35)
})

test('what does not come over whole is said and ends badly, and goes on once it is mended', async () => {
  await using world = await openWorld({ empty: true })
  await using server = await oldPlace(world, 12)
  const { objects } = server.types.RttPeriod!
  const [first, ...others] = objects
  server.types.RttPeriod!.objects = [{ ...first, statusCode: 'nonsense', providerCode: 'x y' }, ...others]
  const args = await argsOf(world, server)
  const ran = await runOn(world, [...args, ...asManager])
  assert.equal(ran.status, 1)
  assert.match(ran.err, /FDP_MOVE_INCOMPLETE/)
  const row = ran.rows.find(({ object }) => object === 'RttPeriod')
  assert.deepEqual([row?.read, row?.published], [12, 11])
  server.types.RttPeriod!.objects = objects
  const again = await runOn(world, [...args, '--resume', ...asManager])
  assert.equal(again.status, 0, again.err + again.out)
  assert.equal((await count(world, 'RttPeriod')).rows[0]?.count, 12)
})
