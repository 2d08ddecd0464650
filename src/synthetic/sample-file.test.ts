import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { type Check, type CompiledChecks, compileChecks, type ObjectType, objectTypes } from '#contracts'
import { type DateOnly, type Instant, sql } from '#kernel'
import type { ColumnProfile, ProfiledColumn, ProfiledRule } from '#metrics'
import type { Engine } from '#ports'
import { shown } from '#privacy'
import type { CsvRow } from './csv.ts'
import { sampleFile } from './sample-file.ts'

/* Object types: a sample without defects breaks no rule, and one with a defect of each kind breaks each. */

/** All of them in the full run; in the daily one the first of every six, ours among them. */
const types = objectTypes().filter(({ origin }, i) => process.env.FDP_TEST_FULL || i % 6 === 0 || origin === 'openfdp')
const asAt = '2026-01-31' as DateOnly
/** Made by hand elsewhere, or not from one row. */
const notFromARow = new Set(['link.missing', 'nhs-number.test-range'])

/** What a profile would say of a type of which 100 rows with nothing shown are in force. */
function profileOf(type: ObjectType, rules: readonly ProfiledRule[]): ColumnProfile {
  const columns = type.properties.map((property): ProfiledColumn => {
    const isVault = shown(type, property, 'aggregate').kind === 'hidden'
    const { name } = property
    if (isVault) return { name, kept: 'vault', form: null, empty: null, different: null, values: [] }
    return { name, kept: 'lake', form: 'value', empty: 0, different: 'fewer than 8', values: [] }
  })
  return {
    ...{ format: 'openfdp/column-profile', version: 1, tenant: 'rj1', object: type.name, asAt, lake: '' },
    ...{ madeAt: '2026-01-31T00:00:00.000Z' as Instant, release: 0, policy: '', statement: '' },
    ...{ rows: 100, rowsRead: 100, columns, rules, unknownColumns: 0 },
  }
}

function checksOf(type: ObjectType, header: readonly string[]): CompiledChecks {
  const columns = new Map(header.map((name) => [name, name]))
  return compileChecks(type, { table: sql`raw`, columns, asAt, testNumbersAllowed: true })
}

/** Ids of the checks that rows break, each with how many. */
async function broken(engine: Engine, type: ObjectType, rows: readonly CsvRow[]): Promise<Map<string, number>> {
  const header = Object.keys(rows[0] ?? {})
  const texts = header.map((name) => ({ name, type: 'VARCHAR' as const, values: rows.map((row) => row[name] ?? '') }))
  const numbered = { name: '_row', type: 'BIGINT' as const, values: rows.map((_, i) => i + 1) }
  await engine.registerEphemeral('raw', { columns: [numbered, ...texts] })
  const { checks, violations } = checksOf(type, header)
  const found = await engine.rows(sql`SELECT position, count(*) AS n FROM
    (SELECT unnest(checks) AS position FROM (${violations})) GROUP BY position`)
  return new Map(found.map(({ position, n }) => [(checks[Number(position)] as Check).id, Number(n)]))
}

test('a sample of any object type without defects breaks no rule', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  for (const type of types) {
    const { rows } = sampleFile(profileOf(type, []), { rows: 12, seed: 's' })
    assert.deepEqual([...(await broken(engine, type, rows))], [], type.name)
  }
})

test('a sample with a defect of each kind breaks each rule that a row can break', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  for (const type of types) {
    const header = type.properties.map(({ name }) => name)
    const { checks } = checksOf(type, header)
    const wanted = checks.filter(({ rule }) => !notFromARow.has(rule))
    const rules = wanted.map(({ rule, property, severity }) => ({ rule, severity, column: property, rows: null }))
    // As many rows as make of each count, which is not shown, one.
    const rows = rules.length * 2 + 10
    const sample = sampleFile({ ...profileOf(type, rules), rowsRead: rows * 4 }, { rows, seed: 's' })
    assert.deepEqual(sample.notMade, [], type.name)
    const found = await broken(engine, type, sample.rows)
    const unbroken = wanted.filter(({ id }) => !found.has(id)).map(({ id }) => id)
    assert.deepEqual(unbroken, [], type.name)
  }
})
