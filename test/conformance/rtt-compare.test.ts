import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { csvReader } from '#adapters/source-csv'
import { ident, type Sql, sql } from '#kernel'
import {
  attachReferences,
  comparisonSql,
  compileMetric,
  officialFileSource,
  officialLayout,
  officialLongSql,
  readOfficialHead,
  referenceName,
} from '#metrics'
import type { Engine } from '#ports'
import { loadProduct, metricOf, readProductFolder } from '#products'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

const product = loadProduct(
  readProductFolder(fileURLToPath(new URL('../../products/elective-recovery', import.meta.url))),
)
const metric = metricOf(product, 'rtt-incomplete')
const onPathways = compileMetric(metric, { period: '2026-01', basis: 'pathways' })

let engine: Engine
let loading: Promise<void> | null = null

before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 1_024, threads: 2, tempDirectory: null })
})

after(async () => await engine.close())

/** One ICB's part of January 2026, and one record for each of its incomplete pathways, spread over the days of its band. */
async function ready(t: TestContext): Promise<boolean> {
  if (skipWithoutShared(t)) return false
  loading ??= load()
  await loading
  return true
}

async function load(): Promise<void> {
  const source = await officialFileSource(sharedPath('data/rtt/subset_QE1_lancashire_south_cumbria.csv'))
  const { header } = await readOfficialHead(source)
  const dialect = { encoding: null, delimiter: ',' } as const
  await csvReader.read({ bytes: () => source.open(), dialect, engine, table: 'raw' })
  await engine.execute(sql`create table long as ${officialLongSql(officialLayout(header), ident('raw'))}`)
  await engine.execute(sql`create table published as select "providerCode" as provider, "commissionerCode" as commissioner,
    "treatmentFunctionCode" as treatmentFunction, "bandLowerWeeks" as weekBand, pathways as n from long where "partCode" = 'Part_2'`)
  await attachReferences(engine, onPathways)
  const reference = metric.references['treatment-function-groups']!
  const groups = ident(referenceName('treatment-function-groups', reference))
  await engine.execute(sql`create table periods as
    select row_number() over () as id, "providerCode", "commissionerCode", g.code as "treatmentFunctionCode",
      date '2026-01-31' - cast(case when band = 0 then i % 8 when band = 104 then 729 + i % 400 else 7 * band + 1 + i % 7 end as integer) as "clockStartDate",
      cast(null as date) as "clockStopDate", '20' as "statusCode"
    from (select *, cast("bandLowerWeeks" as integer) as band, unnest(range(pathways)) as i from long where "partCode" = 'Part_2' and "treatmentFunctionCode" <> 'C_999')
    join (select reportingGroup, min(treatmentFunctionCode) as code from ${groups} group by all) g
      on g.reportingGroup = "treatmentFunctionCode"`)
}

async function compare(periods: Sql) {
  const statement = comparisonSql({
    partial: onPathways.partial({ periods }),
    published: ident('published'),
    bands: 105,
    openFrom: 104,
    rollUp: 'C_999',
    shownMax: 20,
  })
  const [all, ...shown] = (await engine.rows(statement)).sort((a, b) => (String(a.line) > String(b.line) ? -1 : 1))
  return { all, shown }
}

test('single pathways give the published cells back, all bands and the recomputed total', async (t) => {
  if (!(await ready(t))) return
  const { all, shown } = await compare(sql`(select * from periods)`)
  const [groups] = await engine.rows(
    sql`select count(distinct (provider, commissioner, treatmentFunction)) as n from published`,
  )
  assert.equal(all?.cellsDiffering, 0)
  assert.equal(all?.cellsCompared, Number(groups?.n) * 105)
  assert.equal(all?.published, all?.computed)
  assert.ok(Number(all?.computed) > 100_000)
  assert.deepEqual(shown, [])
})

test('one pathway less is seen, in its cell and in the total', async (t) => {
  if (!(await ready(t))) return
  const { all, shown } = await compare(sql`(select * from periods where id <> 4711)`)
  assert.equal(all?.cellsDiffering, 2)
  assert.equal(Number(all?.published) - Number(all?.computed), 1)
  assert.deepEqual(
    shown.map((cell) => Number(cell.published) - Number(cell.computed)),
    [1, 1],
  )
  assert.ok(shown.some((cell) => cell.treatmentFunction === 'C_999'))
})

test('one pathway in the next band is seen, though the totals agree', async (t) => {
  if (!(await ready(t))) return
  const moved = sql`(select * replace (case when id = 4711 then "clockStartDate" - 7 else "clockStartDate" end as "clockStartDate") from periods)`
  const { all } = await compare(moved)
  assert.equal(all?.cellsDiffering, 4)
  assert.equal(all?.published, all?.computed)
})

test('both bases give the same figures', async (t) => {
  if (!(await ready(t))) return
  const figures = (basis: string, relations: Record<string, Sql>) =>
    engine.rows(
      sql`${compileMetric(metric, { period: '2026-01', basis, by: ['provider', 'treatment-function'] }).build(relations)} order by all`,
    )
  await engine.execute(
    sql`create or replace table returns as select *, "period" as p from long where "treatmentFunctionCode" <> 'C_999'`,
  )
  const fromReturn = await figures('return', { returns: sql`(select * from returns)` })
  const fromPathways = await figures('pathways', { periods: sql`(select * from periods)` })
  assert.ok(fromReturn.length > 100)
  assert.deepEqual(fromPathways, fromReturn)
})
