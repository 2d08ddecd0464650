import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { addDays, type DateOnly } from '#kernel'
import {
  asAt,
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
  vaultRows,
} from '../../test/flow-tenant.ts'
import { ods } from '../../test/governed-tenant.ts'
import { cases, fc } from '../../test/random.ts'
import { resume, sweep } from './resume.ts'
import { submit } from './submit.ts'

const header = 'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,statusCode'
const event = (id: string, patient: string, status = '20') => `${id},${patient},RJ1,QE1,100,2025-06-01,${status}`
const patients = ['P0,9990000018,01', 'P1,9990000026,01', 'P2,,']
const patientHeader = 'personId,nhsNumber,nhsNumberStatusIndicatorCode'
const dayOf = (n: number) => addDays(asAt, n) as DateOnly
let root: string

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'openfdp-events-'))
  await makeFlowTenant(join(root, 'ready'))
  await using tenant = await openFlowTenant(join(root, 'ready'))
  for (const controller of ['RJ1', 'RXX'] as const)
    await submit(submissionOf('Patient', [patientHeader, ...patients], { controller: ods(controller) }), tenant.deps)
})
after(() => rm(root, { recursive: true, force: true }))

let made = 0
/** A tenant with patients, and what comes to it. */
async function opened() {
  const folder = join(root, `${++made}`)
  await cp(join(root, 'ready'), folder, { recursive: true })
  const tenant = await openFlowTenant(folder)
  return {
    tenant,
    deliver: (n: number, lines: readonly string[]) =>
      submit(submissionOf('RttPeriod', [header, ...lines], { asAt: dayOf(n), mode: 'events' }), tenant.deps),
    send: (object: string, lines: readonly string[], controller = 'RJ1') =>
      submit(submissionOf(object, lines, { asAt: dayOf(0), controller: ods(controller) }), tenant.deps),
    events: () => eventsOf(tenant),
    async files() {
      const manifest = tenant.deps.governance.catalogue().lakeManifest('RttPeriod')!
      return (await tenant.deps.lake.version(manifest)).files
    },
    async [Symbol.asyncDispose]() {
      await tenant.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Every event as lake and vault have it together: one that is in only one of them is not whole. */
async function eventsOf(tenant: FlowTenant): Promise<readonly string[]> {
  const care = new Map((await lakeRows(tenant, 'RttPeriod')).map((row) => [String(row._key), row]))
  const direct = await vaultRows(tenant, 'RttPeriod', ['_key', 'rttPeriodId', 'patientId'])
  assert.equal(direct.length, care.size)
  assert.equal(new Set(direct.map(([key]) => key)).size, care.size)
  return direct.map(([key, id, patient]) => `${id} ${patient} ${care.get(key!)?.statusCode}`).sort()
}

test('refused: types that others are found by, or whose submissions stand for something else than a day', async () => {
  await using of = await opened()
  for (const object of ['Patient', 'NationalDataOptOut', 'RttReturn']) {
    const events = submissionOf(object, ['x', '1'], { mode: 'events' })
    await assert.rejects(submit(events, of.tenant.deps), { code: 'FDP_FLOWS_EVENTS' })
  }
  await assert.rejects(submit(submissionOf('RttPeriod', ['x'], { mode: 'else' as never }), of.tenant.deps), {
    code: 'FDP_FLOWS_MODE',
  })
})

test('a day is added; the same day again replaces it alone; of one event the latest day stands, and counts say so', async () => {
  await using of = await opened()
  await of.send('RttPeriod', [header, event('OTHER', 'P0')], 'RXX')
  await of.deliver(1, [event('A', 'P0'), event('B', 'P1')])
  const before = await of.files()
  const second = await of.deliver(2, [event('C', 'P1', '30')])
  assert.deepEqual(second.events, { earlierOfDay: 0, replaced: 0, outdated: 0, total: 3 })
  for (const file of before)
    assert.ok(
      (await of.files()).some(({ path }) => path === file.path),
      'written anew',
    )
  const third = await of.deliver(3, [event('A', 'P0', '90'), event('D', 'P2')])
  assert.deepEqual(third.events, { earlierOfDay: 0, replaced: 1, outdated: 0, total: 4 })
  const corrected = await of.deliver(1, [event('A', 'P0', '10'), event('B', 'P2', '11'), event('E', 'P0')])
  assert.deepEqual(corrected.events, { earlierOfDay: 1, replaced: 1, outdated: 1, total: 5 })
  assert.equal(corrected.rows.published, 2)
  const now = ['A P0 90', 'B P2 11', 'C P1 30', 'D P2 20', 'E P0 20', 'OTHER P0 20']
  assert.deepEqual(await of.events(), now)
  assert.equal((await of.deliver(2, [event('C', 'P1', '30')])).repeated, true)
  const empty = await of.deliver(2, ['F,P9,RJ1,QE1,100,2025-06-01,20'])
  assert.equal(empty.outcome, 'published')
  assert.deepEqual(
    await of.events(),
    now.filter((each) => !each.startsWith('C')),
  )
  await of.deliver(4, ['G,P9,RJ1,QE1,100,2025-06-01,20'])
  assert.deepEqual(
    await of.events(),
    now.filter((each) => !each.startsWith('C')),
  )
  // What was believed after the second delivery.
  const then = of.tenant.deps.governance.catalogue().at(second.entry).lakeManifest('RttPeriod')!
  assert.equal((await of.tenant.deps.lake.version(then)).rows, 4)
  assert.deepEqual(await of.tenant.deps.lake.verify(then), [])
  // A snapshot takes the place of them all, and events go on from it.
  await of.send('RttPeriod', [header, event('Z', 'P0')])
  await of.deliver(5, [event('Y', 'P1')])
  assert.deepEqual(await of.events(), ['OTHER P0 20', 'Y P1 20', 'Z P0 20'])
})

test('many small files become one, and a day in it can still be corrected', async () => {
  await using of = await opened()
  const { deps } = of.tenant
  for (let n = 1; n <= 8; n++) await of.deliver(n, [event(`E${n}`, `P${n % 3}`)])
  // The one that merges ends before its entry, and is finished at the next start.
  const ends = { ...deps, progress: (step: string) => assert.notEqual(step, 'publish') }
  const ninth = submissionOf('RttPeriod', [header, event('E9', 'P0')], { asAt: dayOf(9), mode: 'events' })
  await assert.rejects(submit(ninth, ends), { code: 'ERR_ASSERTION' })
  assert.equal((await of.files()).length, 8)
  assert.equal((await resume(deps)).length, 1)
  await sweep(deps)
  assert.deepEqual(await sweep(deps), { lake: 0, vault: 0, blobs: 0 })
  assert.equal((await of.files()).length, 2)
  const merged = (await of.files()).filter(({ from }) => from !== undefined)
  assert.deepEqual([merged.length, merged[0]?.from], [1, dayOf(1)])
  const report = await of.deliver(3, [event('E3b', 'P0')])
  assert.deepEqual(report.events, { earlierOfDay: 1, replaced: 0, outdated: 0, total: 9 })
  assert.ok((await of.events()).includes('E3b P0 20'))
  assert.ok(!(await of.events()).some((each) => each.startsWith('E3 ')))
})

test('lists of people who said no, and patients who move to another person, leave the days as they are', async () => {
  await using of = await opened()
  for (const n of [1, 2]) await of.deliver(n, [event(`A${n}`, 'P0'), event(`B${n}`, 'P1')])
  await of.send('NationalDataOptOut', ['nhsNumber', '9990000018'])
  await of.deliver(2, [event('A2', 'P0', '90')])
  await of.send('Patient', [patientHeader, 'P0,9990000018,01', 'P1,9990000018,01', 'P2,,'])
  await of.deliver(1, [event('B1', 'P1', '91')])
  // Everybody of a day is on the list, twice: what is empty for both is one file.
  for (const n of [3, 4]) await of.deliver(n, [event(`C${n}`, 'P0')])
  assert.deepEqual(await of.events(), ['A2 P0 90', 'B1 P1 91', 'C3 P0 20', 'C4 P0 20'])
  const persons = await vaultRows(of.tenant, 'identity', ['patient_key', 'person_key'])
  for (const row of await lakeRows(of.tenant, 'RttPeriod'))
    assert.ok(persons.some(([patient, person]) => patient === String(row.patientId) && person === String(row._person)))
})

const days = process.env.FDP_TEST_FULL === '1' ? [1, 2, 3, 4] : [1, 2]

/** What one day brings in the end, and what may have come for it before: other values, events of its own that were none. */
const dayArbitrary = (n: number) =>
  fc
    .array(
      fc.record({
        id: fc.constantFrom('S1', 'S2', 'S3', `D${n}a`, `D${n}b`),
        patient: fc.constantFrom('P0', 'P1', 'P2'),
        status: fc.constantFrom('10', '20', '30'),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((events) => [...new Map(events.map((each) => [each.id, each])).values()])
    .chain((final) =>
      fc.record({
        final: fc.constant(final.map(({ id, patient, status }) => event(id, patient, status))),
        earlier: fc.array(
          fc
            .constantFrom(...final.map(({ id }) => event(id, 'P2', '90')), event(`D${n}wrong`, 'P0'))
            .map((line) => [line]),
          { maxLength: 2 },
        ),
      }),
    )

test('any order of deliveries, corrections and repeats ends as the whole delivered at once', async () => {
  const all = fc.tuple(...days.map(dayArbitrary))
  const orders = fc.array(fc.nat(), { minLength: 20, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(all, orders, async (given, order) => {
      await using of = await opened()
      const queues = given.map(({ earlier, final }) => [...earlier, final])
      const sent: [number, readonly string[]][] = []
      let last: Awaited<ReturnType<typeof of.deliver>> | null = null
      for (let i = 0; queues.some((queue) => queue.length > 0); i++) {
        const pick = order[i % order.length]!
        if (pick % 5 === 0 && sent.length > 0) {
          const [n, lines] = sent[pick % sent.length]!
          assert.equal((await of.deliver(n, lines)).repeated, true)
        }
        const open = [...days.keys()].filter((n) => queues[n]!.length > 0)
        const n = open[pick % open.length]!
        const lines = queues[n]!.shift()!
        const report = await of.deliver(n + 1, lines)
        if (!report.repeated) last = report
        sent.push([n + 1, lines])
      }
      const whole = new Map(given.flatMap(({ final }) => final.map((line) => [line.split(',')[0], line])))
      const [events, care] = [await of.events(), await lakeRows(of.tenant, 'RttPeriod')]
      const { uniqueness } = await of.send('RttPeriod', [header, ...whole.values()])
      assert.deepEqual(events, await of.events())
      const plain = (rows: readonly Record<string, unknown>[]) => rows.map(({ _asAt, ...row }) => row)
      assert.deepEqual(plain(care), plain(await lakeRows(of.tenant, 'RttPeriod')))
      assert.deepEqual(last?.uniqueness, uniqueness)
    }),
    cases(1, 60),
  )
})
