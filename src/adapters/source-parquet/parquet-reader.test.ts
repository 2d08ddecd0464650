import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCells } from '#adapters/source-csv'
import { isFdpError } from '#kernel'
import {
  duckdbParquet,
  type HandColumn,
  handParquet,
  i32,
  i64,
  list,
  plainTexts,
  struct,
  type Thrift,
  text,
  thrift,
  varint,
} from '../../../test/parquet-file.ts'
import { cases, fc } from '../../../test/random.ts'
import { readTable } from '../../../test/read-table.ts'
import { parquetReader } from './parquet-reader.ts'
import { parquetRows } from './parquet-rows.ts'

const reader = parquetReader(readCells)
const canary = 'Canary-Tau'
const texts = (values: readonly string[], more: Partial<HandColumn> = {}): HandColumn => ({
  name: canary,
  page: plainTexts(values),
  ...more,
})

/** Its rows as objects; it has none with a fault. */
async function rowsOf(file: Buffer): Promise<Record<string, string | null>[]> {
  const { header, rows } = parquetRows(file)
  const found: Record<string, string | null>[] = []
  for await (const batch of rows)
    for (const row of batch) {
      assert.ok('cells' in row)
      found.push(Object.fromEntries(header.map((name, i) => [name, row.cells[i]!])))
    }
  return found
}

async function refused(code: string, file: Buffer): Promise<string> {
  try {
    for await (const _ of parquetRows(file).rows);
  } catch (error) {
    if (!isFdpError(error)) throw error
    const said = `${error.message} ${error.help} ${JSON.stringify(error.params)}`
    assert.deepEqual([error.code, error.status], [code, 422], said)
    assert.doesNotMatch(said, /Canary/)
    return said
  }
  return assert.fail(`it was read, not ${code}`)
}

describe('a Parquet file is refused', () => {
  it('that is none, is cut off, or is encrypted', async () => {
    const whole = handParquet([texts([canary])], 1)
    assert.deepEqual((await readTable(reader, whole)).table, [{ [canary]: canary }])
    for (const bytes of ['', 'PAR1', `a,b\n${canary},2\n`]) await refused('FDP_PARQUET_DAMAGED', Buffer.from(bytes))
    await refused('FDP_PARQUET_DAMAGED', whole.subarray(0, -1))
    await refused('FDP_PARQUET_DAMAGED', whole.subarray(5))
    await refused('FDP_PARQUET_ENCRYPTED', Buffer.from('PARE12345678PARE'))
  })
  it('for columns of values within values, of plain bytes and of INT96, by what they hold', async () => {
    const kinds = ['[1, 2]', "{'a': 1}", "MAP {'a': 1}", "'\\xAA'::BLOB", "INTERVAL '1' DAY"]
    for (const value of kinds) {
      const said = await refused('FDP_PARQUET_COLUMN', await duckdbParquet(`SELECT 1 AS x, ${value} AS y`))
      assert.match(said, /column \d holds (values|plain bytes)/)
    }
    const old = { ...texts([], { page: Buffer.alloc(12), schema: {}, physicalType: 3 }) }
    assert.match(await refused('FDP_PARQUET_COLUMN', handParquet([old], 1)), /INT96/)
  })
  it('for a method of packing that is not read here, and for what it unpacks to', async () => {
    assert.match(await refused('FDP_PARQUET_PACKING', handParquet([texts([canary], { codec: 3 })], 1)), /LZO/)
    const method = (codec: number, pageBytes?: number) =>
      handParquet([texts([canary], { codec, ...(pageBytes === undefined ? {} : { pageBytes }) })], 1)
    for (const codec of [1, 2, 4, 6]) await refused('FDP_PARQUET_DAMAGED', method(codec))
    for (const codec of [0, 1, 2, 4, 6]) await refused('FDP_PARQUET_TOO_LARGE', method(codec, 2 ** 31 - 1))
    assert.match(
      await refused('FDP_PARQUET_PACKING', handParquet([texts([canary], { pageEncoding: 1 })], 1)),
      /encoding/,
    )
  })
  it('that claims more rows than it has values, however many, or has more values than rows', async () => {
    const one = [texts([canary])]
    for (const rows of [2n, 2n ** 31n, 2n ** 60n, 2n ** 63n - 1n, -1n])
      for (const pageValues of [1, 2, 2 ** 31 - 1])
        await refused('FDP_PARQUET_DAMAGED', handParquet([texts([canary], { pageValues })], rows))
    await refused('FDP_PARQUET_DAMAGED', handParquet(one, 2n ** 60n, 1n))
    await refused('FDP_PARQUET_DAMAGED', handParquet([texts([canary, canary], { pageValues: 2 })], 1))
  })
  it('in which one value stands for so many rows that it would never end', async () => {
    const long = 'x'.repeat(900_000)
    // Positions of no bits: all of them are the first entry.
    const page = Buffer.concat([Buffer.from([1]), varint(BigInt(2 ** 31 - 2)), Buffer.from([0])])
    const column = texts([], { page, pageEncoding: 8, dictionary: { values: 1, page: plainTexts([long]) } })
    const said = await refused('FDP_PARQUET_EXPANDS', handParquet([column], 2 ** 30 - 1))
    assert.match(said, /grows beyond \d+ bytes/)
  })
  it('for positions beyond its dictionary, lengths beyond its page and levels that no flat column has', async () => {
    const position = Buffer.from([2, 2, 3])
    const dictionary = { values: 2, page: plainTexts(['a', 'b']) }
    await refused('FDP_PARQUET_DAMAGED', handParquet([texts([], { page: position, pageEncoding: 8, dictionary })], 1))
    await refused('FDP_PARQUET_DAMAGED', handParquet([texts([], { page: position, pageEncoding: 8 })], 1))
    const longer = Buffer.concat([Buffer.from([200, 0, 0, 0]), Buffer.from('a')])
    await refused('FDP_PARQUET_DAMAGED', handParquet([texts([], { page: longer }), texts([canary], { name: 'b' })], 1))
    const optional = { 3: i32(1), 6: i32(0) }
    const levels = Buffer.from([2, 0, 0, 0, 2, 3])
    await refused('FDP_PARQUET_DAMAGED', handParquet([texts([], { page: levels, schema: optional })], 1))
  })
  it('for a last part that claims more than it holds, or never ends', async () => {
    const footer = (bytes: Buffer) => {
      const size = Buffer.alloc(4)
      size.writeUInt32LE(bytes.length)
      return Buffer.concat([Buffer.from('PAR1'), bytes, size, Buffer.from('PAR1')])
    }
    const nested = (depth: number): Thrift => (depth === 0 ? i32(1) : struct({ 1: nested(depth - 1) }))
    const claims = [
      Buffer.from([0x19, 0xfc, 0xff, 0xff, 0xff, 0x7f]),
      Buffer.from([0x18, 0xff, 0xff, 0xff, 0x7f]),
      Buffer.concat([Buffer.from([0x16]), Buffer.alloc(1_000_000, 0x80)]),
      Buffer.concat([Buffer.from([0x19, 0xfc]), varint(5_000_000n), Buffer.alloc(5_000_000)]),
      thrift(nested(500)),
      thrift(struct({ 1: i32(1), 2: list(struct({ 4: text('x'), 5: i32(2 ** 31 - 1) })), 3: i64(0), 4: list() })),
      Buffer.alloc(0),
    ]
    for (const bytes of claims) await refused('FDP_PARQUET_DAMAGED', footer(bytes))
  })
  it('of which any byte is another: it is read or refused, and nothing else', async () => {
    const query =
      "SELECT i, 'text ' || i // 3 AS few, CASE WHEN i % 2 = 0 THEN i * 1000 END AS even FROM range(40) AS t(i)"
    const files = await Promise.all(['v1', 'v2'].map((version) => duckdbParquet(query, `PARQUET_VERSION ${version}`)))
    const change = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255))
    const changes = fc.tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 8 }))
    await fc.assert(
      fc.asyncProperty(changes, async ([file, places]) => {
        const other = Buffer.from(file)
        for (const [place, byte] of places) other[Math.floor(place * file.length)] = byte
        try {
          for await (const _ of parquetRows(other).rows);
        } catch (error) {
          assert.ok(isFdpError(error) && error.status === 422, String(error))
        }
      }),
      cases(500, 20_000),
    )
  })
})

describe('a row is set aside', () => {
  it('for a number, day or text that is none, and the rows after it keep their own values', async () => {
    const file = await duckdbParquet(`SELECT * FROM (VALUES (1, 1.5::DOUBLE, DATE '2026-01-31'),
      (2, 'nan'::DOUBLE, DATE '2026-01-31'), (3, 2.5, DATE '12026-01-31'), (4, 3.5, NULL)) AS t(a, b, c)`)
    const { rejects, rejectedRows, table } = await readTable(reader, file)
    const reason = 'no number, day or text'
    assert.deepEqual(rejects, [
      { row: 2, column: 2, reason },
      { row: 3, column: 3, reason },
    ])
    assert.deepEqual(
      [rejectedRows, table.map(({ a, b }) => [a, b])],
      [
        2,
        [
          ['1', '1.5'],
          ['4', '3.5'],
        ],
      ],
    )
    const latin = texts([], { page: Buffer.concat([Buffer.from([1, 0, 0, 0, 0xe9]), plainTexts(['é'])]) })
    assert.deepEqual((await readTable(reader, handParquet([latin], 2))).table, [{ [canary]: 'é' }])
  })
  it('whose texts are too long', async () => {
    const file = await duckdbParquet("SELECT repeat('x', n) AS a FROM (VALUES (3), (4000001), (1000001), (2)) AS t(n)")
    const { rejects, table } = await readTable(reader, file)
    assert.deepEqual(
      rejects.map(({ row, reason }) => [row, reason]),
      [2, 3].map((row) => [row, 'a field that is too long']),
    )
    assert.deepEqual(table, [{ a: 'xxx' }, { a: 'xx' }])
  })
})

describe('values keep their digits', () => {
  it('whole numbers, decimals, truth values, texts and identifiers', async () => {
    const table = await rowsOf(
      await duckdbParquet(`SELECT 9223372036854775807 AS long, 18446744073709551615::UBIGINT AS ulong,
        4294967295::UINTEGER AS uint, (-128)::TINYINT AS tiny, 12.50::DECIMAL(4, 2) AS d4,
        -0.05::DECIMAL(9, 2) AS d9, 123456789012345.670::DECIMAL(18, 3) AS d18,
        -12345678901234567890123456789012345.678::DECIMAL(38, 3) AS d38, true AS yes, 0.1::FLOAT AS single,
        1e-7::DOUBLE AS small, 16777216::FLOAT AS wide, 'Siân "q", 😀' AS words,
        '0f0e0d0c-0b0a-0908-0706-050403020100'::UUID AS id, '' AS empty, NULL::INTEGER AS none`),
    )
    assert.deepEqual(table, [
      {
        long: '9223372036854775807',
        ulong: '18446744073709551615',
        uint: '4294967295',
        tiny: '-128',
        d4: '12.50',
        d9: '-0.05',
        d18: '123456789012345.670',
        d38: '-12345678901234567890123456789012345.678',
        yes: 'true',
        single: '0.1',
        small: '1e-7',
        wide: '16777216',
        words: 'Siân "q", 😀',
        id: '0f0e0d0c-0b0a-0908-0706-050403020100',
        empty: '',
        none: null,
      },
    ])
  })
  it('days, times and moments, those of UTC with a Z', async () => {
    const table = await rowsOf(
      await duckdbParquet(`SELECT DATE '1899-12-31' AS day, TIME '23:59:59.5' AS clock,
        TIMESTAMP '2026-01-31 09:30:00' AS local, TIMESTAMP_S '1969-12-31 23:59:59' AS seconds,
        TIMESTAMP_NS '2026-01-31 09:30:00.000000001' AS nanos, TIMESTAMPTZ '2026-06-30 09:30:00.25+01' AS zoned`),
    )
    assert.deepEqual(table, [
      {
        day: '1899-12-31',
        clock: '23:59:59.5',
        local: '2026-01-31 09:30:00',
        seconds: '1969-12-31 23:59:59',
        nanos: '2026-01-31 09:30:00.000000001',
        zoned: '2026-06-30T08:30:00.25Z',
      },
    ])
  })
  it('in every compression and both versions of encodings, as the engine reads them', async () => {
    const query = `SELECT i AS n, i * 7919 - 5000000000 AS long, (i // 7)::VARCHAR AS few,
      'text ' || i || repeat('é', i % 5) AS words, CASE WHEN i % 3 > 0 THEN i END AS holes, i % 2 = 0 AS even,
      (i / 8)::DOUBLE AS number, (i / 100)::DECIMAL(12, 2) AS money, NULL::VARCHAR AS nothing
      FROM range(2100) AS t(i)`
    for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli'])
      for (const version of ['v1', 'v2']) {
        const file = await duckdbParquet(query, `COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048`)
        const table = await rowsOf(file)
        assert.equal(table.length, 2_100)
        for (const i of [0, 1, 2_047, 2_048, 2_099])
          assert.deepEqual(table[i], {
            n: String(i),
            long: String(i * 7919 - 5_000_000_000),
            few: String(Math.floor(i / 7)),
            words: `text ${i}${'é'.repeat(i % 5)}`,
            holes: i % 3 > 0 ? String(i) : null,
            even: String(i % 2 === 0),
            number: String(i / 8),
            money: (i / 100).toFixed(2),
            nothing: null,
          })
      }
  })
  it('of random rows', async () => {
    const cell = fc.option(fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }), { nil: null })
    const rows = fc.array(fc.tuple(cell, fc.option(fc.integer({ min: -9, max: 9 }), { nil: null })), {
      minLength: 1,
      maxLength: 300,
    })
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('v1', 'v2'), async (values, version) => {
        const listed = values
          .map(([a, b]) => `(CAST(${a ?? 'NULL'} AS BIGINT), CAST(${b ?? 'NULL'} AS VARCHAR))`)
          .join()
        const file = await duckdbParquet(`SELECT * FROM (VALUES ${listed}) AS t(a, b)`, `PARQUET_VERSION ${version}`)
        assert.deepEqual(
          await rowsOf(file),
          values.map(([a, b]) => ({ a: a?.toString() ?? null, b: b?.toString() ?? null })),
        )
      }),
      cases(6, 100),
    )
  })
})
