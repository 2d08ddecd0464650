import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { addDays, type DateOnly, rawSql, sql } from '#kernel'
import { fc } from '../../test/random.ts'
import { coarseSql, type StoredRule } from './coarse.ts'
import { coarseText } from './coarse-text.ts'

const asAt = '2026-03-01' as DateOnly
const day = fc.integer({ min: -60_000, max: 30_000 }).map((days) => addDays('2000-01-01' as DateOnly, days) as string)
const letter = fc.constantFrom('A', 'b', 'Z', 'z', '1', '9', ' ')
const postcode = fc.oneof(
  fc.constantFrom('ZZ99 3WZ', 'SW1A 1AA', 'm1 1ae', 'B33 8TH', '', 'QQ1'),
  fc.array(letter, { maxLength: 8 }).map((all) => all.join('')),
)
const cases: readonly (readonly [StoredRule, fc.Arbitrary<string>, string])[] = [
  ['birth-year', day, 'DATE'],
  ['month', day, 'DATE'],
  ['age-band', fc.integer({ min: -3, max: 130 }).map(String), 'INTEGER'],
  ['outward-code', postcode, 'VARCHAR'],
]

for (const [rule, values, type] of cases) {
  test(`${rule}: one text becomes as coarse as the engine makes a column`, async () => {
    await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
    await fc.assert(
      fc.asyncProperty(values, async (exact) => {
        const column = sql`CAST(${exact} AS ${rawSql(type)})`
        const [row] = await engine.rows(sql`SELECT CAST(${coarseSql(rule, column, asAt)} AS VARCHAR) AS coarse`)
        assert.equal(coarseText(rule, exact, asAt), row?.coarse)
      }),
      { numRuns: 60 },
    )
    assert.equal(coarseText(rule, null, asAt), null)
  })
}
