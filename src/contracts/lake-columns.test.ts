import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { sql, toStatement } from '#kernel'
import { objectType, objectTypes } from './catalogue.ts'
import { createTableSql, lakeColumns } from './lake-columns.ts'

test('no direct identifier or free text has a column in the lake', () => {
  const names = lakeColumns(objectType('Patient')).map((column) => column.name)
  for (const name of ['nhsNumber', 'surname', 'addressLine1', 'phoneNumber', 'nextOfKinName']) {
    assert.ok(!names.includes(name), name)
  }
  for (const type of objectTypes()) {
    for (const { property, name } of lakeColumns(type)) {
      if (!property || property.role !== null) continue
      assert.ok(property.sensitivity !== 'direct' && property.sensitivity !== 'text', `${type.name}.${name}`)
    }
  }
})

test('keys of records are 64-bit numbers, everything else keeps its type', () => {
  const types = Object.fromEntries(
    lakeColumns(objectType('RttPeriod')).map((column) => [column.name, toStatement(column.sqlType).text]),
  )
  assert.deepEqual(types, {
    _key: 'BIGINT',
    _person: 'BIGINT',
    _controller: 'VARCHAR',
    rttPeriodId: 'BIGINT',
    patientId: 'BIGINT',
    pathwayId: 'BIGINT',
    providerCode: 'VARCHAR',
    commissionerCode: 'VARCHAR',
    treatmentFunctionCode: 'VARCHAR',
    clockStartDate: 'DATE',
    clockStopDate: 'DATE',
    statusCode: 'VARCHAR',
    decisionToAdmitDate: 'DATE',
  })
})

test('the engine takes the table of every type', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  for (const type of objectTypes()) await engine.execute(createTableSql(type.name, lakeColumns(type)))
  const rows = await engine.rows(sql`SELECT count(*)::INTEGER AS n FROM duckdb_tables()`)
  assert.equal(rows[0]?.n, objectTypes().length)
})
