import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, parseDate, type Sql, sql } from '#kernel'
import type { Engine } from '#ports'
import { objectType, objectTypes } from './catalogue.ts'
import { type CheckOptions, type CompiledChecks, compileChecks } from './checks.ts'
import type { ObjectType } from './object-type.ts'

type Row = Readonly<Record<string, string | null>>

const good: Row = {
  rttPeriodId: 'p1',
  patientId: 'a',
  pathwayId: null,
  providerCode: 'RJ1',
  commissionerCode: 'QE1',
  treatmentFunctionCode: '110',
  clockStartDate: '2025-11-03',
  clockStopDate: null,
  statusCode: '20',
  decisionToAdmitDate: null,
}

/** Rows as the reader leaves them: one column of texts a name, and `_row` from 1. */
async function load(engine: Engine, rows: readonly Row[]): Promise<void> {
  const names = Object.keys(rows[0] ?? {})
  await engine.registerEphemeral('raw', {
    columns: [
      { name: '_row', type: 'BIGINT', values: rows.map((_, i) => BigInt(i + 1)) },
      ...names.map((name) => ({ name, type: 'VARCHAR', values: rows.map((row) => row[name] ?? null) })),
    ],
  })
}

function compile(type: ObjectType, rows: readonly Row[], options: Partial<CheckOptions> = {}): CompiledChecks {
  const names = Object.keys(rows[0] ?? {})
  return compileChecks(type, {
    table: ident('raw'),
    columns: new Map(names.map((name) => [name, name])),
    asAt: parseDate('2026-01-31'),
    testNumbersAllowed: false,
    ...options,
  })
}

/** `2 ROW type.date:clockStartDate`, in order of row. */
async function broken(type: ObjectType, rows: readonly Row[], options: Partial<CheckOptions> = {}): Promise<string[]> {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  await load(engine, rows)
  await options.linkExists?.('', sql`''`)
  const compiled = compile(type, rows, options)
  const found = await engine.rows(sql`SELECT _row, checks FROM (${compiled.violations}) ORDER BY _row`)
  return found.flatMap(({ _row, checks }) =>
    ((checks ?? []) as number[]).map((at) => {
      const check = compiled.checks[at]
      return `${_row} ${check?.severity} ${check?.id}`
    }),
  )
}

const period = objectType('RttPeriod')
const patient = objectType('Patient')
const periods = (...changes: readonly Row[]) =>
  changes.map((change, i) => ({ ...good, rttPeriodId: `p${i}`, ...change }))

test('a row without a key, and the later ones with the same key, are quarantined', async () => {
  const rows = periods(
    { rttPeriodId: ' ' },
    { rttPeriodId: 'x' },
    { rttPeriodId: ' x ' },
    { rttPeriodId: null },
    { rttPeriodId: 'x' },
  )
  assert.deepEqual(await broken(period, rows), [
    '1 ROW key.missing:rttPeriodId',
    '3 ROW key.duplicate:rttPeriodId',
    '4 ROW key.missing:rttPeriodId',
    '5 ROW key.duplicate:rttPeriodId',
  ])
})

test('what is required, of a type, and in a value set', async () => {
  const rows = periods(
    { patientId: null },
    { clockStartDate: '30/02/2026' },
    { statusCode: '13' },
    { treatmentFunctionCode: 'C_110' },
  )
  assert.deepEqual(await broken(period, rows), [
    '1 ROW required:patientId',
    '2 ROW type.date:clockStartDate',
    '3 ROW value-set:statusCode',
    '4 ROW pattern:treatmentFunctionCode',
  ])
})

test('clocks: order, future, and a stop exactly where the status stops', async () => {
  const rows = periods(
    { clockStopDate: '2025-11-02', statusCode: '30' },
    { clockStartDate: '2026-02-01' },
    { clockStopDate: '2025-12-01' },
    { statusCode: '34' },
    { decisionToAdmitDate: '2025-11-02' },
    { clockStopDate: '2025-11-03', statusCode: '36' },
    { clockStartDate: '2026-01-31' },
  )
  assert.deepEqual(await broken(period, rows), [
    '1 ROW date.order:clockStartDate:clockStopDate',
    '2 ROW date.future:clockStartDate',
    '3 WARN present.iff:clockStopDate',
    '4 WARN present.iff:clockStopDate',
    '5 WARN date.order:clockStartDate:decisionToAdmitDate',
  ])
})

test('all 17 status codes are taken, padded too', async () => {
  const codes = period.properties.find((property) => property.name === 'statusCode')?.values ?? []
  assert.equal(codes.length, 17)
  const rows = periods(
    ...codes.map((code) => ({ statusCode: ` ${code}`, clockStopDate: /^3/.test(code) ? '2025-12-01' : null })),
  )
  assert.deepEqual(await broken(period, rows), [])
})

test('NHS numbers: what costs the row, what is a warning, what the tenant may allow', async () => {
  const numbers = ['9434765918', '9999999999', '9876543210', '12345', '999 000 0018', '943 476 5919', null]
  const rows = numbers.map((nhsNumber, i) => ({
    personId: `a${i}`,
    nhsNumber,
    nhsNumberStatusIndicatorCode: nhsNumber === null ? '01' : '02',
  }))
  const expected = [
    '1 ROW nhs-number.modulus-11:nhsNumber',
    '2 ROW nhs-number.all-same:nhsNumber',
    '3 ROW nhs-number.sequence:nhsNumber',
    '4 ROW nhs-number.format:nhsNumber',
    '5 WARN nhs-number.test-range:nhsNumber',
    '7 WARN nhs-number.status:nhsNumberStatusIndicatorCode',
  ]
  assert.deepEqual(await broken(patient, rows), expected)
  const allowed = await broken(patient, rows, { testNumbersAllowed: true })
  assert.deepEqual(
    allowed,
    expected.filter((line) => !line.includes('test-range')),
  )
})

test('a postcode without the form is a warning', async () => {
  const rows = [
    { personId: 'a', postcode: 'nowhere' },
    { personId: 'b', postcode: 'ZZ99 3VZ' },
    { personId: 'c', postcode: null },
  ]
  assert.deepEqual(await broken(patient, rows), ['1 WARN postcode.format:postcode'])
})

test('a FAIL of the specification keeps its severity', async () => {
  const rows = [
    { admissionId: '1', patientId: 'a', admissionStatus: 'Escaped' },
    { admissionId: '2', patientId: 'a', admissionStatus: 'Admitted' },
    { admissionId: '3', patientId: 'a', admissionStatus: null },
  ]
  assert.deepEqual(await broken(objectType('Admission'), rows), ['1 FAIL value-set:admissionStatus'])
})

test('links are checked to the types whose records are known, and only to those', async () => {
  const linkExists = (object: string, key: Sql) =>
    object === 'PatientPathway' ? sql`(${key} IN (SELECT unnest(['w1', 'w2'])))` : null
  const rows = periods({ pathwayId: 'w1' }, { pathwayId: 'w3' }, { pathwayId: null })
  assert.deepEqual(await broken(period, rows, { linkExists }), ['2 WARN link.missing:pathwayId'])
})

test('a list of links is not taken for one link that is missing', async () => {
  const linkExists = (object: string, key: Sql) => (object === 'PatientPathway' ? sql`(${key} = 'w1')` : null)
  const rows = [{ referralId: 'r1', patientId: 'p1', removed: 'false', pathwayId: '["w1"]' }]
  assert.deepEqual(await broken(objectType('Referral'), rows, { linkExists }), [])
})

test('typed columns: every property of the contract, null where the file has none', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const rows = periods({ clockStartDate: ' 2025-11-03 ', providerCode: ' RJ1 ' })
  await load(engine, rows)
  const compiled = compile(period, rows)
  const result = await engine.query(sql`SELECT ${compiled.typed} FROM raw`)
  assert.deepEqual(
    result.columns.map((column) => column.name),
    ['_row', ...period.properties.map((property) => property.name)],
  )
  const values: unknown[] = []
  for await (const batch of result.batches()) values.push(...batch.columns.map((column) => column[0]))
  assert.ok(values.includes('2025-11-03') && values.includes('RJ1'))
})

/** All of them in the full run; in the daily one a third, others than the third of which samples are made. */
const typesInTurn = objectTypes().filter((_, i) => process.env.FDP_TEST_FULL || i % 6 === 1)

test(`the checks of ${typesInTurn.length} types compile, have their own ids, and pass an empty row set`, async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  for (const type of typesInTurn) {
    const row: Row = Object.fromEntries(type.properties.map((property) => [property.name, null]))
    await load(engine, [row])
    const compiled = compile(type, [row])
    assert.equal(new Set(compiled.checks.map((check) => check.id)).size, compiled.checks.length, type.name)
    const found = await engine.rows(compiled.violations)
    const ids = (found[0]?.checks as number[] | null)?.map((at) => compiled.checks[at]?.rule) ?? []
    assert.deepEqual(
      [...new Set(ids)].filter((rule) => rule !== 'required'),
      ['key.missing'],
      type.name,
    )
    await engine.rows(sql`SELECT ${compiled.typed} FROM raw`)
  }
})
