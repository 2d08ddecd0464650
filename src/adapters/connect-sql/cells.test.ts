import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError } from '#kernel'
import { cases, fc } from '../../../test/random.ts'
import { oracleCell, oracleQuery, unreadableType as unreadableOracle } from './oracle-cells.ts'
import { sqlServerCell, unreadableType } from './sql-server-cells.ts'

const column = (name: string, more: { scale?: number; dataLength?: number } = {}) => ({
  ...{ colName: 'a', type: { name } },
  ...more,
})

/** A date of the SQL Server driver: milliseconds, and what is finer beside them, in seconds. */
function driverTime(iso: string, finer = 0): Date {
  return Object.defineProperty(new Date(iso), 'nanosecondsDelta', { enumerable: false, value: finer })
}

test('a value of SQL Server is written as the server writes it', () => {
  const cases: readonly (readonly [unknown, ReturnType<typeof column>, string | null])[] = [
    [null, column('Int'), null],
    ['', column('NVarChar'), ''],
    ['9223372036854775807', column('BigInt'), '9223372036854775807'],
    [42, column('IntN'), '42'],
    [true, column('BitN'), '1'],
    [false, column('Bit'), '0'],
    [1, column('DecimalN', { scale: 10 }), '1.0000000000'],
    [-0.05, column('NumericN', { scale: 2 }), '-0.05'],
    [99999999999.9999, column('DecimalN', { scale: 4 }), '99999999999.9999'],
    [1234.5, column('MoneyN'), '1234.5000'],
    [0.1 + 0.2, column('FloatN', { dataLength: 8 }), '0.30000000000000004'],
    [Math.fround(0.1), column('FloatN', { dataLength: 4 }), '0.1'],
    [Math.fround(16777217), column('Real'), '16777216'],
    [driverTime('2026-01-31T00:00:00Z'), column('Date'), '2026-01-31'],
    [driverTime('0001-01-01T00:00:00Z'), column('Date'), '0001-01-01'],
    [driverTime('2026-03-29T01:30:00.997Z'), column('DateTimeN'), '2026-03-29 01:30:00.997'],
    [driverTime('2026-03-29T01:30:00.123Z', 4567e-7), column('DateTime2', { scale: 7 }), '2026-03-29 01:30:00.1234567'],
    [driverTime('2026-03-29T01:30:00Z'), column('DateTime2', { scale: 0 }), '2026-03-29 01:30:00'],
    [driverTime('2026-03-29T01:30:00.120Z'), column('DateTimeOffset', { scale: 2 }), '2026-03-29 01:30:00.12+00:00'],
    [driverTime('1970-01-01T23:59:59.999Z', 9999e-7), column('Time', { scale: 7 }), '23:59:59.9999999'],
  ]
  for (const [value, type, text] of cases) assert.equal(sqlServerCell(value, type, 1), text)
})

test('refused: a number of SQL Server that the driver may have rounded, and types without a text', () => {
  for (const [value, scale] of [
    [1234567890123456, 0],
    [123456789012.3456, 4],
    [1e21, 0],
    [-1e37, 10],
  ] as const) {
    const refused = (error: unknown) => isFdpError(error, 'FDP_SQL_DIGITS') && !error.message.includes('123456')
    assert.throws(() => sqlServerCell(value, column('DecimalN', { scale }), 1), refused)
  }
  assert.throws(() => sqlServerCell(922337203685477, column('Money'), 1), { code: 'FDP_SQL_DIGITS' })
  assert.throws(() => sqlServerCell(Buffer.from('a'), column('Later'), 1), { code: 'FDP_SQL_COLUMN_TYPE' })
  for (const name of ['VarBinary', 'Binary', 'Image', 'UDT', 'Variant']) assert.ok(unreadableType(column(name)), name)
  assert.equal(unreadableType(column('NVarChar')), null)
})

test('every decimal of up to fifteen digits is the text that it was', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 15n - 1n), fc.integer({ min: 0, max: 20 }), (digits, scale) => {
      const padded = String(digits).padStart(scale + 1, '0')
      const text = scale === 0 ? padded : `${padded.slice(0, -scale)}.${padded.slice(-scale)}`
      // As the driver has it: a whole number, divided.
      assert.equal(sqlServerCell(Number(digits) / 10 ** scale, column('DecimalN', { scale }), 1), text)
    }),
    cases(2_000),
  )
})

test('a value of Oracle keeps its digits, and dates are made texts by the server', () => {
  const of = (dbTypeName: string) => ({ name: 'A', dbTypeName })
  assert.equal(oracleCell('.5', of('NUMBER')), '0.5')
  assert.equal(oracleCell('-.0000000001', of('NUMBER')), '-0.0000000001')
  assert.equal(
    oracleCell('12345678901234567890123456789012345678', of('NUMBER')),
    '12345678901234567890123456789012345678',
  )
  assert.equal(oracleCell(Math.fround(0.1), of('BINARY_FLOAT')), '0.1')
  assert.equal(oracleCell('.5', of('VARCHAR2')), '.5')
  assert.equal(oracleCell(null, of('NUMBER')), null)
  assert.equal(oracleQuery('SELECT a FROM t', [of('NUMBER')]), 'SELECT a FROM t')
  assert.equal(
    oracleQuery('SELECT * FROM t ORDER BY a', [of('NUMBER'), { name: 'B', dbTypeName: 'TIMESTAMP' }]),
    `SELECT fdp."A", TO_CHAR(fdp."B", 'YYYY-MM-DD HH24:MI:SS.FF') AS "B" FROM (\nSELECT * FROM t ORDER BY a\n) fdp`,
  )
  for (const type of ['BLOB', 'RAW', 'OBJECT', 'SOMETHING NEW', '']) assert.ok(unreadableOracle(of(type)), type)
  assert.doesNotMatch(unreadableOracle(of('SOMETHING NEW')) ?? '', /SOMETHING/)
  assert.equal(unreadableOracle(of('CLOB')), null)
})
