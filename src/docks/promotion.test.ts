import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { folderDrop } from '#adapters/drop-fs'
import { fileSource } from '#adapters/source-csv'
import { flowLog, sweep } from '#flows'
import { type DateOnly, manualClock } from '#kernel'
import { dockYaml } from '../../test/dock-yaml.ts'
import { analyst, openWorld, planning, type World } from '../../test/world.ts'
import {
  agendaOf,
  type Dock,
  type DockDeps,
  DropWatch,
  dockLog,
  mappingHistory,
  mappingState,
  parseDock,
  promoteMapping,
  rollBackMapping,
  runDock,
  tryMapping,
} from './index.ts'

const clock = manualClock('2026-06-02T02:00:00Z')
let world: World
let drop: string

before(async () => {
  drop = await mkdtemp(join(tmpdir(), 'openfdp-promotion-'))
  world = await openWorld({ patients: 3, empty: true, adapters: { clock } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await rm(drop, { recursive: true, force: true })
})

const mapping = (birth: string, sexes: string, expected = '1980-02-29') => `format: openfdp/mapping
version: 1
id: patients
title: Patients
object: Patient
properties:
  personId: { from: NO }
  dateOfBirth: { from: DOB, date: '${birth}' }
  sex: { from: SEX, translate: { ${sexes} } }
tests:
  - name: a date
    file: |
      NO,DOB,SEX
      1,29/02/1980,F
    rows: [{ personId: '1', dateOfBirth: '${expected}' }]
`
const first = mapping('%d/%m/%Y', 'F: Female')
const second = mapping('%d/%m/%Y', 'F: Female, M: Male')

const dockWith = (text: string): Dock => {
  const { controller } = world.tenant().profile
  return parseDock('pas', dockYaml({ drop, controller, mapping: 'pas.yaml', files: '"{date}.csv"' }), () => text)
}
const by = () => {
  const { by: subject, purpose } = dockWith(first)
  return { subject, purpose }
}
const flows = () => world.tenant().flows
const reason = 'a test'
const watch = new DropWatch(true)

async function deliver(text: string, day: string, hour = '03'): Promise<readonly string[]> {
  clock.set(`${day}T${hour}:00:00Z`)
  const deps: DockDeps = {
    ...{ flows: flows(), openDrop: folderDrop(fileSource), watch },
    connection: () => assert.fail(),
    note: () => assert.fail(),
  }
  return (await runDock(dockWith(text), deps)).map(({ code, what }) => code ?? what)
}
const put = (day: string) => writeFile(join(drop, `${day}.csv`), 'NO,DOB,SEX\nH1,29/02/1980,F\nH2,01/03/1980,M\n')
const quarantined = () => world.tenant().governance.catalogue().publications()[0]?.quarantined

test('a draft is nothing until it is promoted, tried where it can be, and its tests pass; one step back', async () => {
  await put('2026-06-01')
  assert.deepEqual(await deliver(first, '2026-06-02'), ['FDP_DOCK_NOT_PROMOTED'])
  assert.equal(await mappingState(dockWith(first), flows()), 'not promoted')
  const dock = dockWith(first)
  const promote = (text: string, more = by()) => promoteMapping(dock, text, { by: more, reason }, flows())
  const test_ = (text: string) => tryMapping(dock, text, { by: by(), source: null }, flows())
  await assert.rejects(promote(mapping('%d/%m/%Y', 'F: Female', '1980-01-01')), { code: 'FDP_DOCK_MAPPING_TESTS' })
  await assert.rejects(promote(first.slice(0, first.indexOf('tests:'))), { code: 'FDP_MAPPING_NO_TESTS' })
  await assert.rejects(promote(first, { subject: analyst as never, purpose: planning as never }), {
    code: 'FDP_FLOWS_NOT_ALLOWED',
  })
  await assert.rejects(test_(first), { code: 'FDP_DOCK_NOTHING_LANDED' })
  await assert.rejects(rollBackMapping(dock, by(), flows()), { code: 'FDP_DOCK_NOTHING_BEFORE' })
  assert.deepEqual(await mappingHistory(dock, flows()), [])

  // The first: nothing has landed that it could be tried on.
  await promote(first)
  await assert.rejects(promote(first), { code: 'FDP_DOCK_IS_LIVE' })
  assert.deepEqual(await deliver(first, '2026-06-02', '04'), ['published'])
  assert.equal(quarantined(), 1)

  // A changed file beside the dock changes nothing but what is said of it.
  await put('2026-06-02')
  assert.deepEqual(await deliver(second, '2026-06-03'), ['published'])
  assert.equal(quarantined(), 1)
  assert.equal(await mappingState(dockWith(second), flows()), 'changed, not promoted')
  await assert.rejects(promote(second), { code: 'FDP_DOCK_NOT_TRIED' })
  const before = world.tenant().governance.catalogue().lakeManifest('Patient')
  const trial = await test_(second)
  assert.deepEqual(
    [trial.tests, trial.before?.rows, trial.now.rows],
    [1, { read: 2, made: 2, quarantined: 1 }, { read: 2, made: 2, quarantined: 0 }],
  )
  assert.deepEqual(trial.differs, { onlyBefore: 0, onlyNow: 0, columns: [{ property: 'sex', rows: 1 }] })
  assert.ok(trial.before?.findings.some(({ rule, rows }) => rule === 'mapping.untranslated' && rows === 1))
  assert.equal(world.tenant().governance.catalogue().lakeManifest('Patient'), before)
  const source = await fileSource(join(drop, '2026-06-02.csv'))
  assert.equal((await tryMapping(dock, second, { by: by(), source }, flows())).now.rows.read, 2)
  await promote(second)
  assert.deepEqual(await sweep(flows()), { lake: 0, vault: 0, blobs: 0 })
  await put('2026-06-03')
  assert.deepEqual(await deliver(second, '2026-06-04'), ['published'])
  assert.equal(quarantined(), 0)

  await rollBackMapping(dock, by(), flows())
  await put('2026-06-04')
  assert.deepEqual(await deliver(second, '2026-06-05'), ['published'])
  assert.equal(quarantined(), 1)
  await assert.rejects(rollBackMapping(dock, by(), flows()), { code: 'FDP_DOCK_NOTHING_BEFORE' })
  const history = await mappingHistory(dock, flows())
  assert.deepEqual(
    history.map(({ what }) => what),
    ['promoted', 'promoted', 'rolled-back'],
  )
  assert.equal(history[2]?.sha256, history[0]?.sha256)
  const [day] = agendaOf(dock, await dockLog(flows().ledger), clock.now())
  assert.equal(day?.state, 'published')
})

test('what a dock used before anything was promoted counts as live, and can be gone back to', async () => {
  const { ledger } = flows()
  const { controller } = world.tenant().profile
  const submission = [...(await flowLog(ledger)).received.keys()][0]!
  const older = parseDock('older', dockYaml({ drop, controller, mapping: 'pas.yaml' }), () => first)
  const entry = { version: 1, by: older.by, dock: 'older', day: '2026-06-01' as DateOnly, submission }
  await ledger.append({ type: 'dock.delivered', governance: { ...entry, outcome: 'published', entry: 0 } })
  assert.equal(await mappingState(older, flows()), 'live')
  await tryMapping(older, second, { by: by(), source: null }, flows())
  await promoteMapping(older, second, { by: by(), reason }, flows())
  assert.equal(await mappingState(older, flows()), 'changed, not promoted')
  await rollBackMapping(older, by(), flows())
  assert.equal(await mappingState(older, flows()), 'live')
})
