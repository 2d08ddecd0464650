import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys } from '#adapters/keys-file'
import { csvReader } from '#adapters/source-csv'
import { objectType } from '#contracts'
import { type Submission, submit } from '#flows'
import { openGate, type Session } from '#gate'
import { addDays, addMs, parseDate, systemRandom } from '#kernel'
import {
  compareMetric,
  officialFileSource,
  officialOrganisationMapping,
  officialRttMapping,
  publishedHeader,
  readOfficialHead,
  runMetric,
} from '#metrics'
import type { Source } from '#ports'
import { loadProduct, metricOf, readProductFolder } from '#products'
import { type FlowTenant, openFlowTenant, submissionOf } from '../flow-tenant.ts'
import {
  clerk,
  clerkInput,
  dayMs,
  dpiaInput,
  entryOf,
  grantInput,
  ods,
  opening,
  purpose,
  purposeInput,
  switchedOnFrom,
  tenant,
} from '../governed-tenant.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

/*
 * The whole way: a published file through flow, lake, gate and disclosure control to figures with their provenance, and
 * the same figures from records of single pathways.
 */
const product = loadProduct(
  readProductFolder(fileURLToPath(new URL('../../products/elective-recovery', import.meta.url))),
)
const metric = metricOf(product, 'rtt-incomplete')
const statistics = purpose('official-statistics')
const objects = ['RttReturn', 'Organisation', 'RttPeriod', 'Patient']

/** One month of a made-up publisher: two trusts, NONC, a blank commissioner parent, every edge of the bands. */
const cells: readonly [
  provider: string,
  commissioner: string,
  group: string,
  code: string,
  bands: Record<number, number>,
][] = [
  ['RJ1', '72Q', 'C_110', '108', { 0: 3, 17: 2, 18: 4, 51: 1, 52: 2 }],
  ['RJ1', '72Q', 'X05', '104', { 3: 5, 104: 1 }],
  ['RJ1', 'NONC', 'C_110', '110', { 17: 1, 65: 2 }],
  ['RXX', '13Q', 'C_140', '145', { 0: 7, 103: 1, 104: 2 }],
]

test('from a published file to governed figures, and the same from single pathways', async () => {
  await withTenant(async (flows, open) => {
    await loadPublished(flows, publishedMonth())
    await loadPathways(flows, pathwayLines())
    await using session = await open()

    const [row] = (await runMetric(session, metric, { period: '2026-01', basis: 'return' })).rows
    assert.deepEqual(row?.figures, {
      incomplete: 31,
      within18Weeks: 18,
      shareWithin18Weeks: 58.06,
      over52Weeks: 8,
      over65Weeks: 6,
      over78Weeks: 4,
      over104Weeks: 3,
      medianWeeks: '17.2',
      percentile92Weeks: '104+',
    })
    const choices = [
      {},
      { population: 'english-commissioners' },
      { by: ['provider', 'treatment-function'] },
      { by: ['week-band'] },
    ]
    for (const choice of choices) {
      const results = await Promise.all(
        ['return', 'pathways'].map((basis) => runMetric(session, metric, { period: '2026-01', basis, ...choice })),
      )
      assert.ok(results[0]!.rows.length > 0)
      assert.deepEqual(results[1]!.rows, results[0]!.rows)
    }

    const compare = () => compareMetric({ session, metric, published: publishedMonth(), reader: csvReader })
    const [same, again] = await Promise.all([compare(), compare()])
    assert.equal(again.passed, true)
    assert.deepEqual(
      { ...same, entry: 0 },
      {
        period: '2026-01',
        publishedFile: 'month.csv',
        cellsCompared: 7 * 105,
        cellsDiffering: 0,
        pathwaysPublished: 31,
        pathwaysComputed: 31,
        passed: true,
        differing: [],
        entry: 0,
      },
    )
  })
})

test('one pathway removed fails the comparison and is named by its cell', async () => {
  await withTenant(async (flows, open) => {
    const [header, first, ...rest] = pathwayLines()
    await loadPathways(flows, [header!, ...rest])
    assert.match(first!, /RJ1,72Q,108,2026-01-31/)
    await using session = await open()
    const { passed, cellsDiffering, differing } = await compareMetric({
      session,
      metric,
      published: publishedMonth(),
      reader: csvReader,
    })
    const where = { provider: 'RJ1', commissioner: '72Q', weekBand: 0, published: 3, computed: 2 }
    assert.deepEqual(
      { passed, cellsDiffering, differing },
      {
        passed: false,
        cellsDiffering: 2,
        differing: [
          { ...where, treatmentFunction: 'C_110' },
          { ...where, treatmentFunction: 'C_999' },
        ],
      },
    )
  })
})

test('a file that does not add up is refused whole', async () => {
  await withTenant(async (flows) => {
    const { header } = await readOfficialHead(publishedMonth())
    const broken = publishedMonth((lines) => lines.map((line, i) => (i === 1 ? line.replace(/,12$/, ',13') : line)))
    const mapping = officialRttMapping(header)
    const report = await submit(
      submissionOf('RttReturn', [], { source: broken, mapping, purpose: statistics }),
      flows.deps,
    )
    assert.equal(report.outcome, 'refused')
    assert.deepEqual(
      report.findings.map(({ rule, severity }) => [rule, severity]),
      [['rtt.row-totals', 'FAIL']],
    )
  })
})

test('a file of the older layout, which ends at 52 weeks and has one group X01, loads as well', async () => {
  await withTenant(async (flows, open) => {
    const older = publishedMonth(
      (lines) => lines.map((line) => line.replaceAll('C_140', 'X01').replaceAll('RTT-January-2026', 'RTT-March-2020')),
      52,
    )
    await loadPublished(flows, older)
    await using session = await open()
    const byFunction = await runMetric(session, metric, {
      period: '2020-03',
      basis: 'return',
      by: ['treatment-function'],
    })
    const figures = byFunction.rows.map(({ key, figures: f }) => [
      key.treatmentFunction,
      f.incomplete,
      f.over52Weeks,
      f.over65Weeks,
    ])
    assert.deepEqual(figures, [
      ['C_110', 15, 4, null],
      ['X01', 10, 3, null],
      ['X05', 6, 1, null],
    ])
  })
})

test('a metric without a grant on its basis is refused as anything else is', async () => {
  await withTenant(async (flows, open) => {
    await loadPublished(flows, publishedMonth())
    await using session = await open('waiting-list-care')
    await assert.rejects(runMetric(session, metric, { period: '2026-01', basis: 'return' }), {
      code: 'FDP_GATE_NOT_AVAILABLE',
    })
    await assert.rejects(runMetric(session, metric, { period: '2026-01', basis: 'pathways' }), {
      code: 'FDP_GATE_NOT_AVAILABLE',
    })
  })
})

if (process.env.FDP_TEST_FULL) {
  test('January 2026 of the whole country, from the zip to the figures everybody knows', async (t) => {
    if (skipWithoutShared(t)) return
    await withTenant(async (flows, open) => {
      const source = await officialFileSource(sharedPath('data/rtt/Full-CSV-data-file-Jan26.zip'))
      const started = performance.now()
      await loadPublished(flows, source)
      t.diagnostic(`loaded in ${Math.round(performance.now() - started)} ms`)
      await using session = await open()
      const figures = async (population: string) =>
        (await runMetric(session, metric, { period: '2026-01', basis: 'return', population })).rows[0]?.figures
      const all = await figures('all-commissioners')
      assert.deepEqual(
        [all?.incomplete, all?.within18Weeks, all?.over52Weeks, all?.over65Weeks, all?.over78Weeks, all?.over104Weeks],
        [7_187_677, 4_412_147, 137_320, 9_522, 2_947, 576],
      )
      assert.deepEqual([all?.shareWithin18Weeks, all?.medianWeeks, all?.percentile92Weeks], [61.38, '13.6', '40.4'])
      assert.equal((await figures('english-commissioners'))?.incomplete, 7_187_677 - 31_719)
    })
  })
}

async function withTenant(
  use: (flows: FlowTenant, open: (id?: string) => Promise<Session>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-rtt-governed-'))
  try {
    await createKeys(join(folder, 'keys'), tenant, systemRandom)
    await using flows = await openFlowTenant(folder)
    await govern(flows)
    await using gate = gateOf(flows, folder)
    await use(flows, (id = statistics) => gate.open({ subject: clerk, purpose: purpose(id) }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function govern({ deps: { ledger, clock } }: FlowTenant): Promise<void> {
  const at = clock.now()
  const grant = {
    ...grantInput,
    from: at,
    until: addMs(at, 30 * dayMs),
    purpose: statistics,
    rows: { controllers: [ods('RJ1')], where: [] },
  }
  const claims = dpiaInput.claims.map((claim) => ({ ...claim, objects, purposes: [statistics] }))
  const columns = (object: string) => objectType(object).properties.map(({ name }) => name)
  const events = [
    entryOf('governance.tenant-opened', opening),
    switchedOnFrom(at),
    entryOf('governance.person-registered', { ...clerkInput, from: at }),
    entryOf('governance.purpose-registered', purposeInput),
    entryOf('governance.purpose-registered', { ...purposeInput, id: statistics }),
    entryOf('governance.dpia-approved', { ...dpiaInput, effectiveFrom: at, claims }),
    ...objects.map((object) =>
      entryOf('governance.grant-approved', {
        ...grant,
        id: `submit-${object.toLowerCase()}`,
        action: 'submit',
        object,
        columns: columns(object),
        level: 'identifiable',
      }),
    ),
    ...Object.values(metric.definition.bases)
      .flatMap((basis) => Object.values(basis.relations))
      .map((relation) =>
        entryOf('governance.grant-approved', {
          ...grant,
          id: `read-${relation.object.toLowerCase()}`,
          object: relation.object,
          columns: [...relation.columns],
          level: 'aggregate',
          disclosurePolicy: 'official-true-counts@1',
        }),
      ),
  ]
  for (const event of events) await ledger.append(event)
}

function publishedMonth(change = (lines: string[]) => lines, openFrom = 104): Source {
  const header = publishedHeader(openFrom)
  const inBand = (bands: Record<number, number>, lower: number) =>
    Object.entries(bands).reduce((sum, [band, n]) => (Math.min(Number(band), openFrom) === lower ? sum + n : sum), 0)
  const groups = Map.groupBy(cells, ([provider, commissioner]) => `${provider} ${commissioner}`)
  const rolled = [...groups.values()].map((group): (typeof cells)[number] => {
    const bands: Record<number, number> = {}
    for (const [, , , , each] of group)
      for (const [band, n] of Object.entries(each)) bands[Number(band)] = (bands[Number(band)] ?? 0) + n
    return [group[0]![0], group[0]![1], 'C_999', '', bands]
  })
  const rows = [...cells, ...rolled].map(([provider, commissioner, group, , bands]) => {
    const all = Object.values(bands).reduce((sum, n) => sum + n, 0)
    const known: Record<string, string> = {
      Period: 'RTT-January-2026',
      'Provider Parent Org Code': 'QE1',
      'Provider Parent Name': 'AN ICB',
      'Provider Org Code': provider,
      'Provider Org Name': `${provider} TRUST`,
      'Commissioner Org Code': commissioner,
      'Commissioner Org Name': `${commissioner} COMMISSIONER`,
      'RTT Part Type': 'Part_2',
      'Treatment Function Code': group,
      'Total All': String(all),
    }
    return header
      .map((name) => known[name] ?? (inBand(bands, Number(/^Gt (\d+)/.exec(name)?.[1] ?? -1)) || ''))
      .join(',')
  })
  const bytes = Buffer.from(`${change([header.join(','), ...rows]).join('\n')}\n`)
  return {
    name: 'month.csv',
    bytes: bytes.length,
    async *open() {
      yield bytes
    },
  }
}

/** One record for each pathway of the cells, at the first or last day of its band; all of one person. */
function pathwayLines(): readonly string[] {
  const lastDay = parseDate('2026-01-31')
  const lines = cells.flatMap(([provider, commissioner, , code, bands]) =>
    Object.entries(bands).flatMap(([band, n]) =>
      Array.from({ length: n }, (_, i) => {
        const days = band === '0' ? (i === 0 ? 0 : 7) : 7 * Number(band) + (i % 2 === 0 ? 1 : 7)
        return `P1,${provider},${commissioner},${code},${addDays(lastDay, -days)},20`
      }),
    ),
  )
  return [
    'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,statusCode',
    ...lines.map((line, i) => `R${i},${line}`),
  ]
}

async function loadPublished(flows: FlowTenant, source: Source): Promise<void> {
  const { header } = await readOfficialHead(source)
  await load(flows, submissionOf('Organisation', [], { source, mapping: officialOrganisationMapping(header) }))
  await load(flows, submissionOf('RttReturn', [], { source, mapping: officialRttMapping(header) }))
}

async function loadPathways(flows: FlowTenant, lines: readonly string[]): Promise<void> {
  const patients = [
    'personId,nhsNumber,nhsNumberStatusIndicatorCode,fullName,dateOfBirth,postcode,sex',
    'P1,9990000018,01,Ada Alpha,1950-02-03,LS1 4AP,Female',
  ]
  await load(flows, submissionOf('Patient', patients))
  await load(flows, submissionOf('RttPeriod', lines))
}

async function load(flows: FlowTenant, submission: Submission): Promise<void> {
  const report = await submit({ ...submission, purpose: statistics }, flows.deps)
  assert.equal(report.outcome, 'published', JSON.stringify(report.findings))
  assert.equal(report.rows.quarantined, 0, JSON.stringify(report.findings))
}

function gateOf({ deps }: FlowTenant, folder: string) {
  return openGate({
    ...deps,
    openEngine: openDuckdbEngine,
    covers: 'subnational',
    engine: { memoryLimitMb: 1_024, threads: 1, tempDirectory: join(folder, 'spill') },
    standstill: () => null,
  })
}
