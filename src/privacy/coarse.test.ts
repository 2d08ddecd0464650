import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { addDays, type DateOnly, ident, parseDate, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'
import { fc } from '../../test/random.ts'
import { type CoarseRule, coarseSql } from './coarse.ts'

let engine: Engine
before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
})
after(() => engine.close())

const asAt = parseDate('2026-01-31')

/** The rule over a column of values, through the engine. */
async function coarsen(rule: CoarseRule, type: string, values: readonly unknown[], at: DateOnly = asAt) {
  await engine.registerEphemeral('given', { columns: [{ name: 'v', type, values }] })
  return column(coarseSql(rule, ident('v'), at))
}

async function column(expression: Sql): Promise<unknown[]> {
  const rows = await engine.rows(sql`SELECT ${expression} AS out FROM given`)
  return rows.map((row) => row.out)
}

test('no rule lets a null become a value', async () => {
  const types = { 'birth-year': 'DATE', month: 'DATE', day: 'TIMESTAMP', 'outward-code': 'VARCHAR' } as const
  for (const [rule, type] of Object.entries(types)) {
    assert.deepEqual(await coarsen(rule as CoarseRule, type, [null]), [null], rule)
  }
  for (const rule of ['age-band', 'weight-500g', 'weight-10kg'] as const) {
    assert.deepEqual(await coarsen(rule, 'BIGINT', [null, -1]), [null, null], rule)
  }
})

test('what is no postcode, and a pseudo postcode, gives no outward code', async () => {
  const bad = ['', 'LS1', 'not a postcode', 'ZZ99 3VZ', 'zz993cz', '1LS 4AB', 'LS1 4ABX', '9434765919', "' OR 1=1"]
  assert.deepEqual(
    await coarsen('outward-code', 'VARCHAR', bad),
    bad.map(() => null),
  )
})

test('every way of writing a postcode gives its outward code', async () => {
  const given = ['LS1 4AB', 'ls14ab', 'SW1A  1AA', 'M1   1AE', 'EC1A1BB', 'B338TH', ' CR26XH ']
  assert.deepEqual(await coarsen('outward-code', 'VARCHAR', given), ['LS1', 'LS1', 'SW1A', 'M1', 'EC1A', 'B33', 'CR2'])
})

test('birth years: people born 90 or more years before the as-at year are one group', async () => {
  const given = ['1899-02-03', '1935-12-31', '1936-01-01', '1936-12-31', '1937-01-01', '2026-01-30']
  const expected = ['1936-01-01', '1936-01-01', '1936-01-01', '1936-01-01', '1937-01-01', '2026-01-01']
  assert.deepEqual(await coarsen('birth-year', 'DATE', given), expected)
  await assert.rejects(async () => coarseSql('birth-year' as 'month', ident('v')), /as-at/)
})

test('the coarse date of birth tells nothing but the year, and nothing at all from 90 on', async () => {
  const start = parseDate('1900-01-01')
  const anyDay = fc.integer({ min: 0, max: 46_000 }).map((days) => addDays(start, days))
  await fc.assert(
    fc.asyncProperty(anyDay, anyDay, async (a, b) => {
      const [outA, outB] = await coarsen('birth-year', 'DATE', [a, b])
      const same = (day: string) => String(Math.max(Number(day.slice(0, 4)), 2026 - 90))
      assert.equal(outA === outB, same(a) === same(b))
    }),
    { numRuns: 20 },
  )
})

test('months and days are cut, never moved', async () => {
  assert.deepEqual(await coarsen('month', 'DATE', ['2026-01-31', '2024-02-29']), ['2026-01-01', '2024-02-01'])
  const times = ['2026-01-31 23:59:59', '2026-01-31 00:00:00']
  assert.deepEqual(await coarsen('day', 'TIMESTAMP', times), ['2026-01-31', '2026-01-31'])
})

test('ages go to five-year bands with everybody of 90 and over together; weights to their steps', async () => {
  const ages = [0, 4, 5, 89, 90, 91, 117, 4_000_000_000]
  assert.deepEqual(await coarsen('age-band', 'BIGINT', ages), [0, 0, 5, 85, 90, 90, 90, 90])
  assert.deepEqual(await coarsen('weight-500g', 'INTEGER', [499, 2_499, 2_500]), [0, 2_000, 2_500])
  assert.deepEqual(await coarsen('weight-10kg', 'DOUBLE', [9.99, 70, 79.9]), [0, 70, 70])
  assert.deepEqual(await coarsen('age-band', 'BIGINT', [2n ** 63n - 1n, -(2n ** 63n), 7n]), [90, null, 5])
  assert.deepEqual(await coarsen('weight-10kg', 'DOUBLE', [1e300, 25.5]), [null, 20])
})
