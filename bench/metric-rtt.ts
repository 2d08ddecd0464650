/**
 * How fast England's waiting list is counted: every incomplete pathway of one published month as a record of its own in
 * Parquet, then the metric through gate and ledger, beside the same SQL written by hand and run on DuckDB alone. Counts
 * are compared with the published file.
 *
 *   node_modules/.bin/node bench/metric-rtt.ts ../shared/data/rtt/Full-CSV-data-file-Jan26.zip
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { createKeys } from '#adapters/keys-file'
import { csvReader } from '#adapters/source-csv'
import { openGate } from '#gate'
import { addMs, ident, type JsonObject, joinSql, literal, sql, systemRandom } from '#kernel'
import {
  attachReferences,
  compareMetric,
  compileMetric,
  type MetricParameters,
  officialFileSource,
  officialLayout,
  officialLongSql,
  readOfficialHead,
  referenceName,
  runMetric,
} from '#metrics'
import type { Engine, Source } from '#ports'
import { loadProduct, metricOf, readProductFolder } from '#products'
import { type FlowTenant, openFlowTenant } from '../test/flow-tenant.ts'
import {
  clerk,
  clerkInput,
  dayMs,
  dpiaInput,
  entryOf,
  grantInput,
  hashOf,
  ods,
  opening,
  purpose,
  purposeInput,
  switchedOnFrom,
  tenant,
} from '../test/governed-tenant.ts'

export interface MetricBenchRow {
  readonly what: string
  readonly cells: number
  readonly byHandMs: number
  readonly governedMs: number
  readonly ratio: number
}

const controller = ods('RJ1')
const statistics = purpose('official-statistics')
const runs = 5
const engineOptions = { memoryLimitMb: 6_144, threads: 2 }
const metric = metricOf(
  loadProduct(readProductFolder(fileURLToPath(new URL('../products/elective-recovery', import.meta.url)))),
  'rtt-incomplete',
)

export async function benchMetricRtt(path: string): Promise<readonly MetricBenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-bench-metric-'))
  try {
    await createKeys(join(folder, 'keys'), tenant, systemRandom)
    await using flows = await openFlowTenant(folder)
    const source = await officialFileSource(path)
    const { period } = await readOfficialHead(source)
    await govern(flows)
    const files = await publishPathways(flows, source)
    await using gate = openGate({
      ...flows.deps,
      covers: 'national',
      engine: { ...engineOptions, tempDirectory: join(folder, 'spill') },
      standstill: () => null,
    })
    await using session = await gate.open({ subject: clerk, purpose: statistics })
    await using plain = await openDuckdbEngine({ ...engineOptions, tempDirectory: null })
    const compared = await compareMetric({ session, metric, published: source, reader: csvReader })
    if (!compared.passed) throw new Error(`${compared.cellsDiffering} cells differ from the published file`)
    process.stderr.write(
      `${compared.pathwaysComputed} pathways, ${compared.cellsCompared} cells equal the published file\n`,
    )
    const choices: [string, readonly string[]][] = [
      ['England, all measures', []],
      ['by provider', ['provider']],
      ['by provider and treatment function', ['provider', 'treatment-function']],
      ['by provider, commissioner and treatment function', ['provider', 'commissioner', 'treatment-function']],
    ]
    const rows: MetricBenchRow[] = []
    for (const [what, by] of choices) {
      const parameters = { period, basis: 'pathways', by }
      let cells = 0
      const byHandMs = await median(async () => await byHand(plain, files, parameters))
      const governedMs = await median(async () => {
        cells = (await runMetric(session, metric, parameters)).rows.length
      })
      rows.push({ what, cells, byHandMs, governedMs, ratio: governedMs / byHandMs })
    }
    return rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same question as somebody would type it: no templates, no population, no key columns. */
async function byHand(engine: Engine, files: readonly string[], { period, by = [] }: MetricParameters): Promise<void> {
  const compiled = compileMetric(metric, { period, basis: 'pathways', by })
  await attachReferences(engine, compiled)
  const last = literal(compiled.period.lastDay)
  const list = joinSql(files.map(literal), ', ')
  const groups = ident(referenceName('treatment-function-groups', metric.references['treatment-function-groups']!))
  const names = compiled.keys.map(ident)
  const columns = {
    provider: sql`p."providerCode"`,
    commissioner: sql`p."commissionerCode"`,
    treatmentFunction: sql`g.reportingGroup`,
  }
  const asked = compiled.keys.map((key) => sql`${columns[key as keyof typeof columns]} as ${ident(key)}, `)
  const keyed = joinSql([...names, ident('band')], ', ')
  const over = names.length === 0 ? sql`` : sql`partition by ${joinSql(names, ', ')}`
  await using result = await engine.query(sql`with counted as (
    select ${joinSql(asked, '')}
      least(104, greatest(0, (date ${last} - p."clockStartDate" - 1) // 7)) as band, count(*) as n
    from read_parquet([${list}]) p join ${groups} g on g.treatmentFunctionCode = p."treatmentFunctionCode"
    where p."clockStartDate" <= date ${last} and (p."clockStopDate" is null or p."clockStopDate" > date ${last}) and p."statusCode" <> '33'
    group by all),
  cells as (select ${keyed}, sum(n) as n from counted group by all),
  stacked as (select *, sum(n) over (${over} order by band) as upto, sum(n) over (${over}) as whole from cells)
  select ${joinSql([...names, sql`sum(n) as waiting`], ', ')}, sum(n) filter (band <= 17) as within, sum(n) filter (band >= 52) as over52,
    sum(n) filter (band >= 65) as over65, sum(n) filter (band >= 78) as over78, sum(n) filter (band >= 104) as over104,
    arg_min(band + (whole * 0.5 - upto + n) / n, band) filter (upto >= whole * 0.5) as median,
    arg_min(band + (whole * 0.92 - upto + n) / n, band) filter (upto >= whole * 0.92) as p92
  from stacked group by all`)
  for await (const batch of result.batches()) void batch
}

async function govern({ deps: { ledger, clock } }: FlowTenant): Promise<void> {
  const at = clock.now()
  const [relation] = Object.values(metric.definition.bases.pathways!.relations)
  const claims = dpiaInput.claims.map((claim) => ({ ...claim, purposes: [statistics] }))
  for (const event of [
    entryOf('governance.tenant-opened', opening),
    switchedOnFrom(at),
    entryOf('governance.person-registered', { ...clerkInput, from: at }),
    entryOf('governance.purpose-registered', { ...purposeInput, id: statistics }),
    entryOf('governance.dpia-approved', { ...dpiaInput, effectiveFrom: at, claims }),
    entryOf('governance.grant-approved', {
      ...grantInput,
      columns: [...relation!.columns],
      level: 'aggregate',
      rows: { controllers: 'all', where: [] },
      purpose: statistics,
      from: at,
      until: addMs(at, dayMs),
      disclosurePolicy: 'official-true-counts@1',
    }),
  ])
    await ledger.append(event)
}

/** Written straight into the lake, as a flow would leave it: in the order of random keys. Returns the files. */
async function publishPathways({ deps }: FlowTenant, source: Source): Promise<readonly string[]> {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 12_288, threads: 2, tempDirectory: null })
  const { header, period } = await readOfficialHead(source)
  await csvReader.read({
    bytes: () => source.open(),
    dialect: { encoding: null, delimiter: ',' },
    engine,
    table: 'raw',
  })
  const compiled = compileMetric(metric, { period, basis: 'pathways' })
  await attachReferences(engine, compiled)
  const groups = ident(referenceName('treatment-function-groups', metric.references['treatment-function-groups']!))
  const last = literal(compiled.period.lastDay)
  await engine.execute(sql`create table cells as select "providerCode", "commissionerCode", g.code as "treatmentFunctionCode", cast("bandLowerWeeks" as integer) as band, pathways
    from (${officialLongSql(officialLayout(header), ident('raw'))}) l
    join (select reportingGroup, min(treatmentFunctionCode) as code from ${groups} group by all) g on g.reportingGroup = l."treatmentFunctionCode"
    where "partCode" = 'Part_2'`)
  const { folder } = await deps.lake.stage('RttPeriod', controller)
  await engine.execute(sql`copy (select hash(row_number() over ()) >> 1 as _key, cast(i as bigint) as _person, 'RJ1' as _controller,
      "providerCode", "commissionerCode", "treatmentFunctionCode",
      date ${last} - cast(case when band = 0 then i % 8 when band = 104 then 729 + i % 400 else 7 * band + 1 + i % 7 end as integer) as "clockStartDate",
      cast(null as date) as "clockStopDate", '20' as "statusCode"
    from (select *, unnest(range(pathways)) as i from cells) order by _key)
    to ${literal(join(folder, 'care.parquet'))} (format parquet, compression zstd, row_group_size 122880)`)
  const [count] = await engine.rows(sql`select cast(sum(pathways) as bigint) as n from cells`)
  const rows = Number(count?.n)
  const sealed = await deps.lake.seal({
    object: 'RttPeriod',
    controller,
    asAt: '2026-01-31',
    staged: { folder },
    rows,
    keep: [],
  })
  const governance: JsonObject = {
    version: 1,
    by: clerk,
    submission: hashOf('b'),
    object: 'RttPeriod',
    controller,
    asAt: compiled.period.lastDay,
    rows,
    quarantined: 0,
    lake: sealed.manifestSha256,
    vault: null,
    replaces: { lake: null, vault: null },
    mapping: null,
    contract: { origin: 'openfdp' },
  }
  const { index } = await deps.ledger.append({ type: 'flow.published', governance })
  await using lease = await deps.lake.lease(sealed.manifestSha256, index)
  return lease.files
}

async function median(work: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await work()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path =
    process.argv[2] ?? fileURLToPath(new URL('../../shared/data/rtt/Full-CSV-data-file-Jan26.zip', import.meta.url))
  console.table(await benchMetricRtt(path))
}
