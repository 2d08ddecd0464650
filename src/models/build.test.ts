import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { registerDerivedType } from '#contracts'
import { type FlowDeps, submit } from '#flows'
import { addDays, type DateOnly } from '#kernel'
import { shippedProducts } from '#products'
import { testNhsNumber } from '#synthetic'
import {
  asAt,
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
} from '../../test/flow-tenant.ts'
import { clerk, entryOf, guardian, ods, purposeInput } from '../../test/governed-tenant.ts'
import { cases, fc } from '../../test/random.ts'
import { buildModel } from './build.ts'
import { type CheckedModel, checkModel } from './check-model.ts'
import { type Model, parseModel } from './declaration.ts'

/* Models built over a tenant with two controllers, whose patients are partly the same people. */

const shipped = shippedProducts().flatMap(({ models }) => models)[0]!
const perPerson = parseModel(
  'per-person',
  `format: openfdp/model
version: 1
model:
  object: PeriodsOfPerson
  title: How many periods the person of each open pathway has
  owner: A test
  primaryKey: rttPeriodId
  columns:
    rttPeriodId: { key: RttPeriod }
    patientId: { key: Patient }
    periods: { type: long, class: quasi }
  tests: [{ name: none, given: {}, expected: [] }]
`,
  'select o.person, o.rttPeriodId, o.patientId, count(*) over (partition by o.person) as periods from OpenPathway o',
)
registerDerivedType(perPerson.type)
const builder = { subject: clerk, purpose: purposeInput.id }
const controllers = ['RJ1', 'RXX'] as const
const objects = ['Patient', 'RttPeriod', 'OpenPathway', 'PeriodsOfPerson']
const numbers = [0, 1, 2, 3].map(testNhsNumber)

let folder: string
let tenant: FlowTenant
let models: readonly CheckedModel[]
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openfdp-models-'))
  await makeFlowTenant(folder, undefined, objects)
  tenant = await openFlowTenant(folder)
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  models = [await checkModel(engine, shipped), await checkModel(engine, perPerson)]
  for (const { model } of models) await approve(model)
  for (const controller of controllers) {
    const rows = numbers.map((number, i) => `P${i},${number},01`)
    await send('Patient', controller, ['personId,nhsNumber,nhsNumberStatusIndicatorCode', ...rows])
  }
})
after(async () => {
  await tenant.close()
  await rm(folder, { recursive: true, force: true })
})

async function approve({ object, yaml, sql, sha256 }: Model): Promise<void> {
  const { ledger } = tenant.deps
  await ledger.append(entryOf('governance.model-proposed', { by: clerk, object, yaml, sql }))
  await ledger.append(entryOf('governance.model-approved', { by: guardian, object, sha256 }))
}

type Sent = NonNullable<Parameters<typeof submissionOf>[2]>
async function send(
  object: string,
  controller: string,
  lines: readonly string[],
  more: Sent = {},
  deps: FlowDeps = tenant.deps,
) {
  const report = await submit(submissionOf(object, lines, { controller: ods(controller), ...more }), deps)
  assert.equal(report.outcome, 'published')
  assert.equal(report.rows.quarantined, 0)
  return report
}

interface Period {
  readonly patient: number
  readonly start: number | null
  readonly stop: number | null
  readonly status: string
}

const head =
  'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,clockStopDate,statusCode'
const on = (days: number | null) => (days === null ? '' : addDays(asAt, days))
function periodLines(periods: readonly Period[]): string[] {
  return [
    head,
    ...periods.map(
      ({ patient, start, stop, status }, i) => `R${i},P${patient},RJ1,QX1,100,${on(start)},${on(stop)},${status}`,
    ),
  ]
}

const drawn: fc.Arbitrary<Period> = fc.record({
  patient: fc.nat(numbers.length - 1),
  start: fc.option(fc.integer({ min: -800, max: -1 }), { freq: 9 }),
  stop: fc.constant(null),
  status: fc.constantFrom('20', '10', '33', '90'),
})
const step = fc.record({
  controller: fc.constantFrom(...controllers),
  periods: fc.array(drawn, { minLength: 4, maxLength: 6 }),
  day: fc.nat(3),
})

/** The model written a second time: what is open, and for how many weeks. */
async function expected(): Promise<string[]> {
  const rows = await lakeRows(tenant, 'RttPeriod')
  const days = new Map<string, DateOnly>()
  for (const { controller } of tenant.deps.governance.catalogue().publications()) {
    days.set(controller, tenant.deps.governance.catalogue().publication('RttPeriod', controller)?.asAt ?? asAt)
  }
  return rows
    .flatMap((row) => {
      const day = Date.parse(days.get(String(row._controller))!)
      const start = row.clockStartDate === null ? Number.NaN : Date.parse(String(row.clockStartDate))
      const isOpen = start <= day && row.statusCode !== '33' && row.clockStopDate === null
      const waited = (day - start) / 86_400_000
      const band = Math.min(104, Math.max(0, Math.floor((waited - 1) / 7)))
      return isOpen ? [`${row._controller} ${row._key} ${row._person} ${row.rttPeriodId} ${band}`] : []
    })
    .sort()
}

const build = (n: number, deps: FlowDeps = tenant.deps) => buildModel(models[n]!, builder, deps)

test('built step by step after whatever changes is what it would be if it were built at once', async () => {
  let open = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 3 }), async (steps) => {
      for (const { controller, periods, day } of steps) {
        const { repeated } = await send('RttPeriod', controller, periodLines(periods), { asAt: addDays(asAt, day) })
        for (const result of await build(0))
          if (result.controller !== controller || repeated) assert.equal(result.outcome, 'unchanged')
      }
      const rows = await lakeRows(tenant, 'OpenPathway')
      const found = rows.map(
        (row) => `${row._controller} ${row._key} ${row._person} ${row.rttPeriodId} ${row.weekBand}`,
      )
      const wanted = await expected()
      assert.deepEqual(found.sort(), wanted)
      open += wanted.length
    }),
    cases(1, 20),
  )
  assert.ok(open > 0)
})

test('rows of a controller are made of its rows alone, though the people are the same', async () => {
  const one: Period = { patient: 1, start: -10, stop: null, status: '20' }
  for (const controller of controllers) await send('RttPeriod', controller, periodLines([one]))
  await build(0)
  await build(1)
  const rows = await lakeRows(tenant, 'PeriodsOfPerson')
  assert.deepEqual(
    rows.map(({ _controller, periods }) => [_controller, Number(periods)]),
    [
      ['RJ1', 1],
      ['RXX', 1],
    ],
  )
  assert.equal(rows[0]!._person, rows[1]!._person)
})

test('law 8: the label of GP record data follows through two models, and a national tenant makes neither', async () => {
  const deps = { ...tenant.deps, gpAgreement: () => true }
  await send(
    'RttPeriod',
    'RJ1',
    periodLines([{ patient: 2, start: -30, stop: null, status: '20' }]),
    { origin: 'gp-record-system' },
    deps,
  )
  await assert.rejects(build(0), { code: 'FDP_FLOWS_GP_DATA' })
  await assert.rejects(build(0, { ...deps, tenantKind: 'national' }), { code: 'FDP_FLOWS_GP_DATA' })
  await build(0, deps)
  await assert.rejects(build(1), { code: 'FDP_FLOWS_GP_DATA' })
  await build(1, deps)
  const report = tenant.deps.governance.catalogue().publication('PeriodsOfPerson', 'RJ1')!.report!
  assert.deepEqual(report.labels, ['gp-record-system'])
})
