import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { folderDrop } from '#adapters/drop-fs'
import { fileSource } from '#adapters/source-csv'
import { type DateOnly, type JsonObject, manualClock, sha256Hex } from '#kernel'
import type { Connection, Question } from '#ports'
import { csvSource } from '#synthetic'
import { dockYaml } from '../../test/dock-yaml.ts'
import { openWorld, type World } from '../../test/world.ts'
import type { Row } from '../../test/world-rows.ts'
import { agendaOf, type DockDeps, DropWatch, dockLog, parseDock, planOf, promoteMapping, runDock } from './index.ts'

const clock = manualClock('2026-06-01T09:00:00Z')
const day = (text: string) => text as DateOnly
const world = { disturbed: null as World | null, quiet: null as World | null }
let drops: string

before(async () => {
  drops = await mkdtemp(join(tmpdir(), 'openfdp-drops-'))
  world.disturbed = await openWorld({ patients: 12, empty: true, adapters: { clock } })
  world.quiet = await openWorld({ patients: 12, empty: true, adapters: { clock } })
})
after(async () => {
  await world.disturbed?.[Symbol.asyncDispose]()
  await world.quiet?.[Symbol.asyncDispose]()
  await rm(drops, { recursive: true, force: true })
})

const patientMapping = `format: openfdp/mapping
version: 1
id: patients-of-the-pas
title: Patients as the hospital system writes them
object: Patient
properties:
  personId: { from: HOSP_NO }
  nhsNumber: { from: NHS_NO }
  nhsNumberStatusIndicatorCode: { from: STATUS, translate: { V: '01' } }
  dateOfBirth: { from: DOB, date: '%d/%m/%Y' }
tests:
  - name: a date as it is written there
    file: |
      HOSP_NO,NHS_NO,STATUS,DOB
      H1,9434765919,V,29/02/1980
    rows: [{ personId: H1, dateOfBirth: '1980-02-29' }]
`
const patientView = readFileSync(new URL('../../mappings/fhir/Patient.json', import.meta.url), 'utf8')

/** Another system: it answers with what a file holds now, once. `place` has no files of its own. */
function answering(place: string, name: string, asked: Question[]): Connection {
  if (name === 'place') return { drop: (folder) => folderDrop(fileSource)(join(place, folder)), close: async () => {} }
  return {
    async ask(question) {
      asked.push(question)
      const { open, ...source } = await fileSource(join(place, question.text.trim().replace(':day', question.day)))
      let isOpen = false
      const once = () => {
        assert.ok(!isOpen, 'opened twice')
        isOpen = true
        return open()
      }
      return { source: { ...source, open: once }, format: 'csv' }
    },
    close: async () => {},
  }
}

/** A trust, a drop of its own, and a dock that takes what is left there. */
async function harbour(of: World, name: string, more: Readonly<Record<string, unknown>> = {}) {
  const drop = join(drops, name)
  await mkdir(drop)
  const tenant = of.tenant()
  const asked: Question[] = []
  const place = more.ask === undefined ? { drop } : { drop: null, files: null }
  const besides: Readonly<Record<string, string>> = { 'patient.json': patientView, 'patient.yaml': patientMapping }
  const beside = (file: string) => besides[file] ?? file
  const dock = parseDock(name, dockYaml({ ...place, controller: tenant.profile.controller, ...more }), beside)
  const draft = besides[String(more.mapping ?? more.view)]
  const by = { subject: dock.by, purpose: dock.purpose }
  if (draft !== undefined) await promoteMapping(dock, draft, { by, reason: 'the first' }, tenant.flows)
  let watch = new DropWatch()
  let note: JsonObject | null = null
  const deps = (): DockDeps => ({
    ...{ flows: tenant.flows, openDrop: folderDrop(fileSource), watch },
    connection: (connection) => answering(drop, connection, asked),
    note: () => ({
      read: async () => note,
      write: async (next) => {
        note = next
      },
    }),
  })
  return {
    dock,
    drop,
    asked,
    /** A second process in the place of the first: it has seen nothing. */
    restart() {
      watch = new DropWatch()
    },
    async put(file: string, rows: readonly Row[]) {
      const chunks: Uint8Array[] = []
      for await (const chunk of csvSource(file, rows, { delimiter: ',', encoding: 'utf8' }).open()) chunks.push(chunk)
      await this.write(file, Buffer.concat(chunks))
    },
    async write(file: string, bytes: Uint8Array | string) {
      await writeFile(join(drop, file), bytes)
      const now = new Date(clock.now())
      await utimes(join(drop, file), now, now)
    },
    async look() {
      return (await runDock(dock, deps())).map(({ day: of_, what, code }) => [of_, code ?? what])
    },
    /** Twice, so that what lies there lies still. */
    async looks() {
      const first = await this.look()
      clock.advanceMs(60_000)
      return [...first, ...(await this.look())]
    },
    plan: () => planOf(dock, deps()),
    async states() {
      const agenda = agendaOf(dock, await dockLog(tenant.ledger), clock.now())
      return agenda.map((each) => [each.day, each.state, each.corrections])
    },
  }
}

/** The patients of a day: one more each day. */
const rowsOf = (of: World, n: number) => of.rows().Patient.slice(0, 4 + n)

async function patients(of: World): Promise<string> {
  const session = await of.session('dot.finch@alder-vale.example', 'data-intake').catch(() => null)
  await session?.close()
  const publications = of.tenant().governance.catalogue().publications()
  return JSON.stringify(publications.map(({ object, asAt, rows }) => [object, asAt, rows]))
}

test('a week with an outage, a duplicate, a correction, a slow and a broken file ends as an undisturbed one', async () => {
  const [bad, good] = [world.disturbed!, world.quiet!]
  const quiet = await harbour(good, 'quiet')
  const rough = await harbour(bad, 'rough')
  // Day 1: on time in both.
  clock.set('2026-06-02T02:00:00Z')
  for (const each of [quiet, rough]) await each.put('patients_2026-06-01.csv', rowsOf(good, 1))
  assert.deepEqual(await rough.look(), [])
  assert.deepEqual(await quiet.looks(), [['2026-06-01', 'published']])
  assert.deepEqual(await rough.look(), [['2026-06-01', 'published']])
  assert.deepEqual(await rough.look(), [])
  // Day 2: the same file under another day's name is that day's snapshot; a file that grows is not taken.
  clock.set('2026-06-03T02:00:00Z')
  await quiet.put('patients_2026-06-02.csv', rowsOf(good, 2))
  assert.deepEqual(await quiet.looks(), [['2026-06-02', 'published']])
  await rough.write('patients_2026-06-02.csv', 'half a')
  assert.deepEqual(await rough.look(), [])
  clock.advanceMs(60_000)
  await rough.put('patients_2026-06-02.csv', rowsOf(good, 2))
  assert.deepEqual(await rough.look(), [])
  clock.advanceMs(60_000)
  assert.deepEqual(await rough.look(), [['2026-06-02', 'published']])
  // Day 3: what comes is no table; it is refused, and the right one taken after the deadline.
  clock.set('2026-06-04T02:00:00Z')
  await quiet.put('patients_2026-06-03.csv', rowsOf(good, 3))
  assert.deepEqual(await quiet.looks(), [['2026-06-03', 'published']])
  await rough.write('patients_2026-06-03.csv', 'no such header\n1\n')
  assert.deepEqual(await rough.looks(), [['2026-06-03', 'refused']])
  clock.set('2026-06-04T10:00:00Z')
  assert.deepEqual(await rough.look(), [['2026-06-03', 'overdue']])
  assert.deepEqual(await rough.look(), [])
  await rough.put('patients_2026-06-03.csv', rowsOf(good, 3))
  assert.deepEqual(await rough.looks(), [['2026-06-03', 'published']])
  // Days 4 to 6: nobody looks; then all of them at once, oldest first, by a process that has seen nothing.
  for (const n of [4, 5, 6]) {
    clock.set(`2026-06-0${n + 1}T02:00:00Z`)
    await quiet.put(`patients_2026-06-0${n}.csv`, rowsOf(good, n))
    await rough.put(`patients_2026-06-0${n}.csv`, rowsOf(good, n === 6 ? 2 : n))
    assert.deepEqual(await quiet.looks(), [[`2026-06-0${n}`, 'published']])
  }
  clock.set('2026-06-07T14:00:00Z')
  rough.restart()
  assert.deepEqual(await rough.look(), [...[4, 5, 6].map((n) => [`2026-06-0${n}`, 'published'])])
  assert.deepEqual(
    (await rough.states()).slice(3).map(([, state]) => state),
    ['late', 'late', 'late'],
  )
  // A corrected file for the last day; one for an earlier day comes too late to matter.
  await rough.put('patients_2026-06-06.csv', rowsOf(good, 6))
  await rough.put('patients_2026-06-02.csv', rowsOf(good, 9))
  assert.deepEqual(await rough.looks(), [
    ['2026-06-02', 'superseded'],
    ['2026-06-06', 'published'],
  ])
  assert.deepEqual(await rough.look(), [])
  // A correction that is taken back: the first file again.
  await rough.put('patients_2026-06-06.csv', rowsOf(good, 2))
  assert.deepEqual(await rough.looks(), [['2026-06-06', 'published']])
  await rough.put('patients_2026-06-06.csv', rowsOf(good, 6))
  assert.deepEqual(await rough.looks(), [['2026-06-06', 'published']])
  rough.restart()
  clock.advanceMs(7_200_000)
  assert.deepEqual(await rough.look(), [])
  assert.deepEqual(await rough.states(), [
    ['2026-06-01', 'published', 0],
    ['2026-06-02', 'published', 0],
    ['2026-06-03', 'late', 0],
    ['2026-06-04', 'late', 0],
    ['2026-06-05', 'late', 0],
    ['2026-06-06', 'late', 3],
  ])
  assert.equal(await patients(bad), await patients(good))
})

test('whoever asks at the same time finds the same, each delivery once', async () => {
  const { ledger } = world.quiet!.tenant()
  const entry = {
    type: 'dock.delivered',
    governance: { version: 1, by: 'x', dock: 'asked', day: '2026-06-01' },
  } as const
  const delivered = { ...entry, governance: { ...entry.governance, submission: 's', outcome: 'published', entry: 0 } }
  for (let n = 1; n <= 3; n++) {
    await ledger.append(delivered)
    const logs = await Promise.all([dockLog(ledger), dockLog(ledger), dockLog(ledger)])
    assert.deepEqual(
      logs.map((log) => log.day('asked', day('2026-06-01')).deliveries.length),
      [n, n, n],
    )
  }
})

test('a dock whose holder lost the grant takes nothing in, and says so', async () => {
  const of = world.disturbed!
  clock.set('2026-06-10T02:00:00Z')
  const late = await harbour(of, 'lost', { since: '"2026-06-09"' })
  const grant = [...of.tenant().governance.state().grants.values()].find(
    ({ action, object }) => action === 'submit' && object === 'Patient',
  )!
  await of.revoke(grant.id)
  await late.put('patients_2026-06-09.csv', rowsOf(of, 1))
  const before = await patients(of)
  assert.deepEqual(await late.looks(), [['2026-06-09', 'FDP_FLOWS_NOT_ALLOWED']])
  assert.equal(await patients(of), before)
  assert.deepEqual(await late.states(), [['2026-06-09', 'failing', 0]])
})

const asking = { connection: 'pas', ask: 'rows.csv' }

test('a system that is asked: once a day, or every so often; the same answer is nothing new; an older one comes back', async () => {
  const of = world.quiet!
  clock.set('2026-06-16T02:00:00Z')
  const dock = await harbour(of, 'asks', { ...asking, since: '"2026-06-14"', everyMinutes: 15 })
  assert.deepEqual(
    (await dock.plan()).map(({ kind, day: about }) => [kind, about]),
    [
      ['overdue', '2026-06-14'],
      ['ask', '2026-06-15'],
    ],
  )
  // Nobody answers: said once, asked again after a minute, then two.
  assert.deepEqual(await dock.look(), [
    ['2026-06-14', 'overdue'],
    ['2026-06-15', 'FDP_SOURCE_MISSING'],
  ])
  await dock.put('rows.csv', rowsOf(of, 1))
  assert.deepEqual(await dock.look(), [])
  clock.advanceMs(60_000)
  assert.deepEqual(await dock.look(), [['2026-06-15', 'published']])
  assert.deepEqual([dock.asked.length, dock.asked.at(-1)!.before], [2, null])
  const next = async (n: number) => {
    await dock.put('rows.csv', rowsOf(of, n))
    clock.advanceMs(15 * 60_000)
    return await dock.look()
  }
  assert.deepEqual(await next(1), [])
  assert.deepEqual(await next(2), [['2026-06-15', 'published']])
  assert.deepEqual(await dock.look(), [])
  assert.deepEqual(await next(1), [['2026-06-15', 'published']])
  const before = dock.asked.at(-1)!.before!
  const chunks: Uint8Array[] = []
  for await (const chunk of before.open()) chunks.push(chunk)
  assert.deepEqual(
    [before.day, Buffer.concat(chunks).toString().trim().split('\n').length],
    ['2026-06-15', 1 + rowsOf(of, 2).length],
  )
  assert.deepEqual((await dock.states()).at(-1), ['2026-06-15', 'published', 2])
})

test('what a system answers may be refused: it gets time to mend it', async () => {
  clock.set('2026-06-18T02:00:00Z')
  const dock = await harbour(world.quiet!, 'mends', { ...asking, since: '"2026-06-17"' })
  await dock.write('rows.csv', 'nonsense\n1\n')
  assert.deepEqual(await dock.look(), [['2026-06-17', 'refused']])
  assert.deepEqual(await dock.look(), [])
  await dock.put('rows.csv', rowsOf(world.quiet!, 3))
  clock.advanceMs(60_000)
  assert.deepEqual(await dock.look(), [['2026-06-17', 'published']])
  clock.advanceMs(3_600_000)
  assert.deepEqual([await dock.look(), dock.asked.length], [[], 2])
})

test('files lie in a connection as in a folder; one that is of another kind is said', async () => {
  clock.set('2026-06-19T02:00:00Z')
  const since = '"2026-06-18"'
  const dock = await harbour(world.quiet!, 'place', { connection: 'place', drop: '.', since })
  await dock.put('patients_2026-06-18.csv', rowsOf(world.quiet!, 4))
  assert.deepEqual(await dock.looks(), [['2026-06-18', 'published']])
  const files = await harbour(world.quiet!, 'no-files', { connection: 'pas', since })
  assert.deepEqual(await files.look(), [['2026-06-18', 'FDP_DOCK_CONNECTION']])
  const answers = await harbour(world.quiet!, 'no-answers', { ...asking, connection: 'place', since })
  assert.deepEqual(await answers.look(), [['2026-06-18', 'FDP_DOCK_CONNECTION']])
})

test('failures are said once and tried again less and less often; a plan does nothing', async () => {
  const of = world.quiet!
  clock.set('2026-06-20T02:00:00Z')
  const sums = await harbour(of, 'sums', { sums: true, since: '"2026-06-19"' })
  const bytes = Buffer.from('NHS number\n')
  await sums.write('patients_2026-06-19.csv', bytes)
  assert.deepEqual(await sums.looks(), [])
  await sums.write('patients_2026-06-19.csv.sha256', `${sha256Hex('another')}  patients_2026-06-19.csv\n`)
  const size = of.tenant().ledger.size
  assert.deepEqual(
    (await sums.plan()).map(({ kind }) => kind),
    ['submit'],
  )
  assert.equal(of.tenant().ledger.size, size)
  assert.deepEqual(await sums.look(), [['2026-06-19', 'FDP_DOCK_SUM']])
  assert.deepEqual(await sums.look(), [])
  const after = of.tenant().ledger.size
  clock.advanceMs(60_000)
  assert.deepEqual(await sums.look(), [['2026-06-19', 'FDP_DOCK_SUM']])
  clock.advanceMs(60_000)
  assert.deepEqual(await sums.look(), [])
  assert.equal(of.tenant().ledger.size, after)
  assert.deepEqual(await sums.states(), [['2026-06-19', 'failing', 0]])
  clock.advanceMs(60_000)
  await sums.write('patients_2026-06-19.csv.sha256', sha256Hex(bytes))
  assert.deepEqual(await sums.look(), [['2026-06-19', 'refused']])
})

test('a drop that is gone, links, folders and files of other names', async () => {
  const of = world.quiet!
  clock.set('2026-06-20T08:00:00Z')
  const odd = await harbour(of, 'odd', { since: '"2026-06-19"', files: '"{date}.csv"' })
  await odd.write('secret.txt', 'x')
  await mkdir(join(odd.drop, '2026-06-19.csv'))
  assert.deepEqual(await odd.looks(), [])
  await rm(join(odd.drop, '2026-06-19.csv'), { recursive: true })
  await symlink(join(odd.drop, 'secret.txt'), join(odd.drop, '2026-06-19.csv'))
  assert.deepEqual(await odd.looks(), [])
  await rm(odd.drop, { recursive: true })
  assert.deepEqual(await odd.look(), [['2026-06-19', 'FDP_DROP_UNREACHABLE']])
  clock.set('2026-06-20T10:00:00Z')
  const done = await odd.look()
  assert.deepEqual(done[0], ['2026-06-19', 'overdue'])
  assert.deepEqual((await odd.states())[0]?.[1], 'failing')
})

test('resources of FHIR come in through the view that lies beside the declaration', async () => {
  clock.set('2026-06-25T08:00:00Z')
  const fhir = await harbour(world.quiet!, 'fhir', {
    ...{ since: '"2026-06-24"', files: '"{date}.ndjson"', format: 'fhir-ndjson', view: 'patient.json' },
  })
  const system = 'https://fhir.nhs.uk/Id/nhs-number'
  const resource = {
    resourceType: 'Patient',
    id: 'p-1',
    identifier: [{ system, value: '9434765919' }],
    birthDate: '1980-02-29',
  }
  await fhir.write('2026-06-24.ndjson', `${JSON.stringify(resource)}\n`)
  assert.deepEqual(await fhir.looks(), [['2026-06-24', 'published']])
  const published = world
    .quiet!.tenant()
    .governance.catalogue()
    .publications()
    .find(({ object }) => object === 'Patient')
  assert.deepEqual([published?.asAt, published?.rows, published?.quarantined], ['2026-06-24', 1, 0])
})

test('a table under names of its own comes in through the mapping that lies beside the declaration', async () => {
  clock.set('2026-06-26T08:00:00Z')
  const of = world.quiet!
  const pas = await harbour(of, 'pas', { since: '"2026-06-25"', files: '"{date}.csv"', mapping: 'patient.yaml' })
  await pas.write('2026-06-25.csv', 'HOSP_NO,NHS_NO,STATUS,DOB\nH1,9434765919,V,29/02/1980\n')
  assert.deepEqual(await pas.looks(), [['2026-06-25', 'published']])
  const publications = of.tenant().governance.catalogue().publications()
  const published = publications.find(({ object }) => object === 'Patient')
  assert.deepEqual([published?.asAt, published?.rows, published?.quarantined], ['2026-06-25', 1, 0])
  assert.throws(
    () => parseDock('x', dockYaml({ mapping: 'patient.yaml', view: 'patient.json' }), () => patientMapping),
    {
      params: { dock: 'x', where: 'mapping', what: 'there is `view` as well' },
    },
  )
  assert.throws(() => parseDock('x', dockYaml({ mapping: 'a.yaml' }), () => 'secret: ['), {
    code: 'FDP_DOCK_DECLARATION',
  })
})
