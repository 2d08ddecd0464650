import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident } from '#kernel'
import type { Engine } from '#ports'
import { fc } from '../../test/random.ts'
import { type KReport, kReportSql, readKReport } from './uniqueness.ts'

let engine: Engine
before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
})
after(() => engine.close())

type Row = { readonly person: number; readonly sex: string | null; readonly band: number | null }

async function report(rows: readonly Row[], quasi: readonly string[], person?: string): Promise<KReport> {
  await engine.registerEphemeral('given', {
    columns: [
      { name: 'person', type: 'BIGINT', values: rows.map((row) => row.person) },
      { name: 'sex', type: 'VARCHAR', values: rows.map((row) => row.sex) },
      { name: 'band', type: 'INTEGER', values: rows.map((row) => row.band) },
    ],
  })
  const [row] = await engine.rows(kReportSql(ident('given'), quasi, person))
  return readKReport(row!)
}

/** The same by hand. */
function counted(rows: readonly Row[], byPerson: boolean): KReport {
  const classes = new Map<string, Row[]>()
  for (const row of rows) {
    const key = JSON.stringify([row.sex, row.band])
    classes.set(key, [...(classes.get(key) ?? []), row])
  }
  const sized = [...classes.values()].map((members) => ({
    rows: members.length,
    k: byPerson ? new Set(members.map((row) => row.person)).size : members.length,
  }))
  const below = (limit: number) => sized.filter(({ k }) => k < limit).reduce((sum, each) => sum + each.rows, 0)
  return {
    rows: rows.length,
    persons: byPerson ? new Set(rows.map((row) => row.person)).size : null,
    classes: sized.length,
    kMin: sized.length === 0 ? null : Math.min(...sized.map(({ k }) => k)),
    rowsUnique: below(2),
    rowsBelow5: below(5),
    rowsBelow10: below(10),
  }
}

const anyRow = fc.record({
  person: fc.integer({ min: 1, max: 8 }),
  sex: fc.constantFrom('1', '2', null),
  band: fc.constantFrom(0, 5, null),
})

test('an empty relation has no smallest class', async () => {
  const empty = { rows: 0, persons: null, classes: 0, kMin: null, rowsUnique: 0, rowsBelow5: 0, rowsBelow10: 0 }
  assert.deepEqual(await report([], ['sex', 'band']), empty)
  assert.deepEqual(await report([], []), empty)
})

test('one person with twenty rows alike is still one person', async () => {
  const rows = Array.from({ length: 20 }, () => ({ person: 1, sex: '1', band: 5 }))
  assert.equal((await report(rows, ['sex', 'band'])).kMin, 20)
  const byPerson = await report(rows, ['sex', 'band'], 'person')
  assert.equal(byPerson.kMin, 1)
  assert.equal(byPerson.rowsUnique, 20)
})

test('without quasi-identifiers all rows are one class', async () => {
  const found = await report(
    [1, 2, 3].map((person) => ({ person, sex: null, band: null })),
    [],
  )
  assert.equal(found.classes, 1)
  assert.equal(found.kMin, 3)
})

test('the engine counts what a count by hand gives, nulls as a value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { maxLength: 60 }), fc.boolean(), async (rows, byPerson) => {
      const found = await report(rows, ['sex', 'band'], byPerson ? 'person' : undefined)
      assert.deepEqual(found, counted(rows, byPerson))
    }),
    { numRuns: 20 },
  )
})
