import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, literal, rawSql, sql } from '#kernel'
import {
  attachReferences,
  compileMetric,
  type MetricParameters,
  officialFileSource,
  officialOrganisationMapping,
  officialRttMapping,
  officialRttReport,
  readOfficialHead,
} from '#metrics'
import type { Engine } from '#ports'
import { loadProduct, metricOf, readProductFolder } from '#products'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const metric = metricOf(
  loadProduct(readProductFolder(fileURLToPath(new URL('../../products/elective-recovery', import.meta.url)))),
  'rtt-incomplete',
)

let folder: string
let engine: Engine
let header: string[]
let mappingMs = 0

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fdp-rtt-'))
  engine = await openDuckdbEngine({ memoryLimitMb: 2_048, threads: 2, tempDirectory: null })
})

let loading: Promise<void> | null = null

/** Reads the published month once, straight by the engine: the flow has its own tests. */
async function published(t: TestContext): Promise<boolean> {
  if (skipWithoutShared(t)) return false
  loading ??= load()
  await loading
  return true
}

async function load(): Promise<void> {
  const source = await officialFileSource(sharedPath('data/rtt/Full-CSV-data-file-Jan26.zip'))
  header = (await readOfficialHead(source)).header
  const csv = join(folder, 'month.csv')
  await pipeline(Readable.from(source.open()), createWriteStream(csv))
  await engine.execute(
    sql`create table raw as select row_number() over () as _row, * from read_csv(${literal(csv)}, all_varchar = true, header = true)`,
  )
  const started = performance.now()
  await engine.execute(
    sql`create table long as select * replace (cast("bandLowerWeeks" as utinyint) as "bandLowerWeeks", cast("pathways" as integer) as "pathways") from (${officialRttMapping(header).sql(ident('raw'))})`,
  )
  mappingMs = Math.round(performance.now() - started)
}

after(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

async function figures(parameters: Partial<MetricParameters>) {
  const compiled = compileMetric(metric, { period: '2026-01', basis: 'return', ...parameters })
  await attachReferences(engine, compiled)
  return engine.rows(compiled.build({ returns: sql`(select * from long)` }), { rowsMax: 100_000 })
}

test('the national figures of January 2026 come out of the published file', async (t) => {
  if (!(await published(t))) return
  const started = performance.now()
  const [all] = await figures({})
  t.diagnostic(`wide to long ${mappingMs} ms, metric ${Math.round(performance.now() - started)} ms`)
  const expected = JSON.parse(await readFile(sharedPath('data/rtt/expected_national_totals.json'), 'utf8')) as {
    national_by_part_C_999: { Part_2: Record<string, number> }
    part2_commissioner_split: { ENG: number }
  }
  const { Part_2 } = expected.national_by_part_C_999
  assert.equal(all?.incomplete, Part_2.total_all)
  assert.equal(all?.within18Weeks, Part_2.within18)
  assert.equal(all?.over52Weeks, Part_2.over52)
  assert.equal(all?.over65Weeks, Part_2.over65)
  assert.equal(all?.over78Weeks, Part_2.over78)
  assert.equal(all?.over104Weeks, Part_2.over104)
  const [english] = await figures({ population: 'english-commissioners' })
  assert.equal(english?.incomplete, expected.part2_commissioner_split.ENG)
})

const long = { skip: process.env.FDP_TEST_FULL ? false : 'long: the rules are tried below on broken rows' }

test("the publisher's validation rules find what is known to be in the file", long, async (t) => {
  if (!(await published(t))) return
  const started = performance.now()
  const report = await officialRttReport(engine, 'raw', header)
  t.diagnostic(`report ${Math.round(performance.now() - started)} ms`)
  const finding = (rule: string) => report.find((each) => each.rule === rule)
  const counts = report.map(({ rule, severity, hits, examined, pathways }) => [
    rule,
    severity,
    hits,
    examined,
    pathways,
  ])
  assert.deepEqual(counts, [
    ['whole-numbers', 'FAIL', 0, 183_417, null],
    ['row-totals', 'FAIL', 0, 183_417, null],
    ['unique-rows', 'FAIL', 0, 183_417, null],
    ['all-functions-total', 'FAIL', 0, 40_488, null],
    ['decided-within-waiting', 'WARN', 5, 64_899, 5],
    ['decided-within-waiting-by-band', 'WARN', 143, 525_156, 382],
    ['starts-cover-short-waits', 'WARN', 3, 515, 1_207],
    ['commissioner-parent-given', 'WARN', 10_591, 183_417, null],
  ])
  const cells = finding('decided-within-waiting')?.listed.map(
    (cell) => `${cell.provider} ${cell.commissioner} ${cell.function}`,
  )
  assert.deepEqual(cells, ['NT204 06K C_502', 'NT204 06K C_999', 'NT204 26A C_120', 'NT204 26A C_999', 'RX1 NONC X04'])
  const providers = finding('starts-cover-short-waits')?.listed.map((row) => row.provider)
  assert.deepEqual(providers, ['GEC01', 'NEY', 'NLG'])
})

test('a file that contradicts itself is found out, rule by rule', async (t) => {
  if (!(await published(t))) return
  const broken: readonly [rule: string, change: string][] = [
    ['whole-numbers', `"Gt 03 To 04 Weeks SUM 1" = '1.5'`],
    ['whole-numbers', `"Total All" = '-1'`],
    ['row-totals', `"Gt 03 To 04 Weeks SUM 1" = '999999'`],
    ['unique-rows', `"Treatment Function Code" = (select "Treatment Function Code" from raw where _row = 2)`],
    ['all-functions-total', `"Gt 03 To 04 Weeks SUM 1" = '999999'`],
  ]
  for (const [rule, change] of broken) {
    await engine.execute(sql`create or replace table broken as select * from raw where _row <= 2_000`)
    await engine.execute(rawSql(`update broken set ${change} where _row = 1`))
    const report = await officialRttReport(engine, 'broken', header)
    assert.ok((report.find((each) => each.rule === rule)?.hits ?? 0) > 0, rule)
  }
})

test('stored rows: parts as published, C_999 left out, unknown starts and part 3 without a band', async (t) => {
  if (!(await published(t))) return
  const rows =
    await engine.rows(sql`select "partCode", ("bandLowerWeeks" is null) as bandless, cast(sum(pathways) as bigint) as n
    from long group by all order by all`)
  assert.deepEqual(
    rows.map((row) => [row.partCode, row.bandless, row.n]),
    [
      ['Part_1A', false, 302_741],
      ['Part_1A', true, 85],
      ['Part_1B', false, 1_250_736],
      ['Part_1B', true, 599],
      ['Part_2', false, 7_187_677],
      ['Part_2A', false, 1_189_547],
      ['Part_3', true, 1_773_734],
    ],
  )
  const [odd] = await engine.rows(sql`select count(*) filter ("treatmentFunctionCode" = 'C_999') as totals,
    count(distinct "rttReturnId") = count(*) as unique_ids, bool_and(period = '2026-01') as one_period,
    cast(sum(pathways) filter ("commissionerCode" = 'NONC' and "partCode" = 'Part_2') as bigint) as nonc,
    bool_or("commissionerParentCode" is null) as blank_parents from long`)
  assert.deepEqual(odd, { totals: 0, unique_ids: true, one_period: true, nonc: 31_719, blank_parents: true })
})

test('organisations: one row a code, with the name the publisher gives it', async (t) => {
  if (!(await published(t))) return
  const [row] =
    await engine.rows(sql`select count(*) as rows, count(distinct code) as codes, count(*) filter (name is null) as nameless
    from (${officialOrganisationMapping(header).sql(ident('raw'))})`)
  assert.equal(row?.rows, row?.codes)
  assert.equal(row?.nameless, 0)
  assert.ok(Number(row?.codes) > 600)
})
