import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { parseDate, type Sql, sql } from '#kernel'
import { fc } from '../../test/random.ts'
import { cellText, cellValue, isoFormats, type ValueFormats } from './cell.ts'
import type { PropertyType } from './object-type.ts'

const dayFirst: ValueFormats = { dates: 'day-first', thousands: false }
const grouped: ValueFormats = { dates: 'iso', thousands: true }

type Case = readonly [type: PropertyType, text: string, expected: string | null, formats?: ValueFormats]

const refused: readonly Case[] = [
  ['integer', '12.6', null],
  ['integer', '1e3', null],
  ['integer', '0x10', null],
  ['integer', '1,234', null],
  ['integer', '12,34', null, grouped],
  ['integer', '2147483648', null],
  ['integer', '1_000', null],
  ['long', 'infinity', null],
  ['double', 'nan', null],
  ['double', 'inf', null],
  ['boolean', 'maybe', null],
  ['date', '2026-02-30', null],
  ['date', '31/01/2026', null],
  ['date', '2026-1-5', null],
  ['date', 'epoch', null],
  ['date', '2026-01-31 09:30', null],
  ['date', '30/02/2026', null, dayFirst],
  ['date', '31/01/26', null, dayFirst],
  ['date', '01/31/2026', null, dayFirst],
  ['timestamp', '2026-06-01 24:00:00', null],
  ['timestamp', '2026-06-01 09:60', null],
  ['timestamp', '2026-06-01T09:30:00ZZ', null],
  ['timestamp', 'T2026-06-01 09:30:00', null],
  ['date', '12026-01-05', null],
  ['date', '12026-1-05', null],
  ['timestamp', '2026-06-01 09:30 Europe/London', null],
  ['timestamp', '01/06/2026 09:30', null],
  ['texts', 'a, b', null],
  ['texts', '{"a": 1}', null],
  ['texts', '["a"', null],
]

const read: readonly Case[] = [
  ['text', ' RJ1\u00a0', 'RJ1'],
  ['integer', ' 0042 ', '42'],
  ['integer', '-7', '-7'],
  ['integer', '42.0', '42'],
  ['integer', '1,234,567', '1234567', grouped],
  ['integer', '1234567', '1234567', grouped],
  ['long', '9223372036854775807', '9223372036854775807'],
  ['double', '1.5e3', '1500.0'],
  ['decimal', '0.5', '0.5000'],
  ['boolean', 'Yes', 'true'],
  ['boolean', '0', 'false'],
  ['date', '2026-01-31', '2026-01-31'],
  ['date', '2026-01-31T00:00:00', '2026-01-31'],
  ['date', '2024-02-29', '2024-02-29'],
  ['date', '2026-01-31', '2026-01-31', dayFirst],
  ['date', '3/2/2026', '2026-02-03', dayFirst],
  ['timestamp', '2026-06-01T09:30:00+01:00', '2026-06-01 08:30:00'],
  ['timestamp', '2026-06-01 09:30+01', '2026-06-01 08:30:00'],
  ['timestamp', '2026-06-01T09:30:00Z', '2026-06-01 09:30:00'],
  ['timestamp', '2026-06-01T09:30:00.000Z', '2026-06-01 09:30:00'],
  ['timestamp', '2026-06-01T09:30:00.125Z', '2026-06-01 09:30:00.125'],
  ['timestamp', '2026-06-01T09:30Z', '2026-06-01 09:30:00'],
  ['timestamp', '2026-06-01T09:30:00.5+0530', '2026-06-01 04:00:00.5'],
  ['timestamp', '2026-06-01 09:30', '2026-06-01 09:30:00'],
  ['timestamp', '2026-06-01', '2026-06-01 00:00:00'],
  ['timestamp', '01/06/2026 09:30', '2026-06-01 09:30:00', dayFirst],
  ['timestamp', '01/06/2026 09:30:15.5', '2026-06-01 09:30:15.5', dayFirst],
  ['texts', '["a", "b,c"]', "[a, 'b,c']"],
  ['texts', '[]', '[]'],
]

test('reads nothing into a text that is none, and everything that is one', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  for (const [type, text, expected, formats = isoFormats] of [...refused, ...read]) {
    const cell: Sql = cellText(sql`raw.cell`)
    const value = sql`CAST(${cellValue(type, cell, formats)} AS VARCHAR)`
    const rows = await engine.rows(sql`SELECT ${value} AS value FROM (SELECT ${text}::VARCHAR AS cell) AS raw`)
    assert.equal(rows[0]?.value, expected, `${type} ${JSON.stringify(text)}`)
  }
})

test('what is only padding is no value', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const rows = await engine.rows(sql`SELECT ${cellText(sql`${' \t\u00a0 '}::VARCHAR`)} AS value`)
  assert.equal(rows[0]?.value, null)
})

/** What the kernel's own parser says of a day; the engine has no year 0. */
function dayOrNull(text: string): string | null {
  try {
    return text.startsWith('0000') ? null : parseDate(text)
  } catch {
    return null
  }
}

function wholeOrNull(text: string): string | null {
  const match = /^([+-]?[0-9]+)([.]0+)?$/.exec(text)
  const value = match?.[1] === undefined ? null : BigInt(match[1].replace(/^[+]/, ''))
  return value === null || value < -(2n ** 31n) || value >= 2n ** 31n ? null : String(value)
}

test('days and whole numbers as the kernel and exact arithmetic read them', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const two = fc.integer({ min: 0, max: 40 }).map((n) => String(n).padStart(2, '0'))
  const day = fc
    .tuple(fc.integer({ min: 0, max: 2100 }), two, two)
    .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${m}-${d}`)
  const digits = fc
    .array(fc.constantFrom(...'0123456789+-.,e_ '), { minLength: 1, maxLength: 12 })
    .map((all) => all.join(''))
  const number = fc.bigInt({ min: -(2n ** 33n), max: 2n ** 33n }).map(String)
  const padded = fc.tuple(number, fc.constantFrom('', '.0', '.00', '.5')).map(([whole, tail]) => `${whole}${tail}`)
  const texts = fc.sample(fc.oneof(day, digits, padded), { numRuns: 6_000, seed: 5 }).map((text) => text.trim())
  const edges = ['2147483647', '2147483648', '-2147483648', '-0', '007', '2024-02-29', '2023-02-29', '9999-12-31']
  await engine.registerEphemeral('raw', { columns: [{ name: 'cell', type: 'VARCHAR', values: [...texts, ...edges] }] })
  const read = (type: PropertyType) => sql`CAST(${cellValue(type, sql`cell`, isoFormats)} AS VARCHAR)`
  const rows = await engine.rows(
    sql`SELECT cell, ${read('date')} AS day, ${read('integer')} AS whole FROM raw WHERE cell <> ''`,
  )
  assert.ok(rows.filter(({ day: found }) => found !== null).length > 300)
  assert.ok(rows.filter(({ whole }) => whole !== null).length > 300)
  for (const { cell, day: found, whole } of rows) {
    assert.equal(found, dayOrNull(cell as string), `day ${JSON.stringify(cell)}`)
    assert.equal(whole, wholeOrNull(cell as string), `whole ${JSON.stringify(cell)}`)
  }
})
