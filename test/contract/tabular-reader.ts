import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limits, sql } from '#kernel'
import type { CsvDialect, Engine, OpenEngine, TabularReader, TabularResult } from '#ports'

const found: CsvDialect = { encoding: null, delimiter: null }

/** What every TabularReader must keep; see the port. */
export function tabularReaderContract(name: string, reader: TabularReader, openEngine: OpenEngine): void {
  interface Read extends TabularResult {
    readonly table: Record<string, unknown>[]
  }

  const withEngine = async <T>(use: (engine: Engine) => Promise<T>): Promise<T> => {
    await using engine = await openEngine({ memoryLimitMb: 1024, threads: 2, tempDirectory: null })
    return await use(engine)
  }

  const read = (content: string | Uint8Array, dialect = found, chunkBytes = 7) =>
    withEngine(async (engine): Promise<Read> => {
      const bytes = () => chunked(Buffer.from(content as string), chunkBytes)
      const result = await reader.read({ bytes, dialect, engine, table: 't' })
      return { ...result, table: await engine.rows(sql`SELECT * FROM t ORDER BY _row`) }
    })

  const refused = (content: string | Uint8Array, code: string, dialect = found) =>
    withEngine(async (engine) => {
      const bytes = () => chunked(Buffer.from(content as string), 7)
      await assert.rejects(reader.read({ bytes, dialect, engine, table: 't' }), { code })
      await assert.rejects(engine.rows(sql`SELECT * FROM t`), { code: 'FDP_ENGINE_FAILED' })
    })

  describe(`tabular reader contract: ${name}`, () => {
    describe('refuses', () => {
      it('an empty file, and one of blank lines', async () => {
        await refused('', 'FDP_CSV_EMPTY')
        await refused('\ufeff', 'FDP_CSV_EMPTY')
        await refused('\r\n\n', 'FDP_CSV_EMPTY')
      })
      it('a header with an empty, repeated or reserved name', async () => {
        await refused('a,,c\n', 'FDP_CSV_HEADER_NAME_EMPTY')
        await refused('a,b,\n1,2,\n', 'FDP_CSV_HEADER_NAME_EMPTY')
        await refused('a,b, A \n', 'FDP_CSV_HEADER_NAME_TWICE')
        await refused('_ROW,b\n', 'FDP_CSV_HEADER_NAME_RESERVED')
      })
      it('more columns than the limit, and takes as many as it', async () => {
        const names = Array.from({ length: limits.submissionColumnsMax }, (_, i) => `c${i}`)
        await refused(`${[...names, 'more'].join()}\n`, 'FDP_CSV_COLUMNS_TOO_MANY')
        const { rows, table } = await read(`${names.join()}\n${names.join()}\n`)
        assert.equal(rows, 1)
        assert.equal(table[0]!.c999, 'c999')
      })
      it('a quote that is never closed: the rows after it would vanish', async () => {
        await refused('a,b\n1,2\n3,"4\n5,6\n', 'FDP_CSV_QUOTE_OPEN')
        await refused('a,b\n1,"2', 'FDP_CSV_QUOTE_OPEN')
      })
      it('bytes that are not of the encoding named, or of none it could find', async () => {
        const latin = Buffer.from([0x61, 0x0a, 0xe9, 0x0a])
        await refused(latin, 'FDP_CSV_ENCODING', { encoding: 'utf-8', delimiter: null })
        await refused(Buffer.from([0x61, 0x0a, 0x81, 0x0a]), 'FDP_CSV_ENCODING')
        await refused(Buffer.concat([Buffer.from('\ufeff'), latin]), 'FDP_CSV_ENCODING')
        await refused(Buffer.from([0x61, 0x0a, 0xc3]), 'FDP_CSV_ENCODING', { encoding: 'utf-8', delimiter: null })
        const half = Buffer.concat([Buffer.from('\ufeffa\n', 'utf16le'), Buffer.from([0x00, 0xd8, 0x0a, 0x00])])
        await refused(half, 'FDP_CSV_ENCODING')
      })
    })

    describe('sets aside', () => {
      it('rows with too few or too many fields, under their true numbers', async () => {
        const result = await read('a,b\n1,2\n3\n"4\n4",5\n6,7,8\n9,10')
        assert.deepEqual(result.rejects, [
          { row: 2, column: 2, reason: 'too few columns' },
          { row: 4, column: 3, reason: 'too many columns' },
        ])
        assert.deepEqual(result.table, [
          { _row: 1, a: '1', b: '2' },
          { _row: 3, a: '4\n4', b: '5' },
          { _row: 5, a: '9', b: '10' },
        ])
        assert.deepEqual([result.rows, result.rejectedRows], [3, 2])
      })
      it('rows with text after a closing quote, a null character or a field over the limit', async () => {
        const long = 'é'.repeat(limits.fieldCharactersMax)
        const result = await read(`a,b\n"1"x,2\n3,4\0\n5,${long}\n6,${long}x\n7,8\n`, found, 50_000)
        assert.deepEqual(result.rejects, [
          { row: 1, column: 1, reason: 'text after a closing quote' },
          { row: 2, column: 2, reason: 'a null character' },
          { row: 4, column: 2, reason: 'a field that is too long' },
        ])
        assert.deepEqual(
          result.table.map((row) => row._row),
          [3, 5],
        )
        assert.equal(result.table[0]!.b, long)
      })
      it('a row that does not end within its limit, and reads on after it', async () => {
        const huge = Array.from({ length: 12 }, () => 'x'.repeat(limits.fieldCharactersMax)).join('\t')
        const { rejects, table } = await read(`a,b\n1,${huge}\n2,3\n`, found, 1_000_000)
        assert.deepEqual(rejects, [{ row: 1, column: null, reason: 'a row that is too long' }])
        assert.deepEqual(table, [{ _row: 2, a: '2', b: '3' }])
      })
      it('at most 10,000 by name, and counts the rest', async () => {
        const { rejects, rejectedRows, table } = await read(`a,b\n${'x\n'.repeat(12_000)}1,2\n`, found, 10_000)
        assert.deepEqual([rejects.length, rejectedRows], [10_000, 12_000])
        assert.deepEqual(table, [{ _row: 12_001, a: '1', b: '2' }])
      })
    })

    describe('reads', () => {
      it('a header alone', async () => {
        const { header, rows, table } = await read('a,"b ""x""",c')
        assert.deepEqual([header, rows, table], [['a', 'b "x"', 'c'], 0, []])
      })
      it('line ends of every kind, mixed, and none at the end; blank lines are no rows', async () => {
        const { table, rejectedRows } = await read('\na,b\r\n1,2\r3,4\n\r\n5,"6\r\n6"\n\n7,8')
        assert.equal(rejectedRows, 0)
        assert.deepEqual(table, [
          { _row: 1, a: '1', b: '2' },
          { _row: 2, a: '3', b: '4' },
          { _row: 3, a: '5', b: '6\r\n6' },
          { _row: 4, a: '7', b: '8' },
        ])
      })
      it('empty fields as null, padding and quotes as they stand', async () => {
        const { table } = await read('a,b,c\n,"", 12 \n6" bandage,"say ""ah"""," x "\n')
        assert.deepEqual(table, [
          { _row: 1, a: null, b: null, c: ' 12 ' },
          { _row: 2, a: '6" bandage', b: 'say "ah"', c: ' x ' },
        ])
      })
      it('every delimiter, found out from the header', async () => {
        for (const delimiter of [',', ';', '\t', '|'] as const) {
          const { table, dialect } = await read(
            `a${delimiter}"x,;|,;|"${delimiter}c\n1${delimiter}"2${delimiter}"${delimiter}3`,
          )
          assert.equal(dialect.delimiter, delimiter)
          assert.deepEqual(table, [{ _row: 1, a: '1', 'x,;|,;|': `2${delimiter}`, c: '3' }])
        }
        const named = await read('a,b|c\n1,2|3\n', { encoding: null, delimiter: '|' })
        assert.deepEqual(named.table, [{ _row: 1, 'a,b': '1,2', c: '3' }])
      })
      it('UTF-8 with and without a mark, UTF-16 with a mark, windows-1252 found out or named', async () => {
        const text = 'name,x\nSiân – £5 “q” €,😀\n'
        const rows = [{ _row: 1, name: 'Siân – £5 “q” €', x: '😀' }]
        for (const chunkBytes of [1, 2, 3, 5, 1000]) {
          const plain = await read(text, found, chunkBytes)
          assert.deepEqual([plain.table, plain.dialect], [rows, { encoding: 'utf-8', delimiter: ',', bom: false }])
          const marked = await read(`\ufeff${text}`, found, chunkBytes)
          assert.deepEqual([marked.table, marked.dialect], [rows, { encoding: 'utf-8', delimiter: ',', bom: true }])
          const wide = await read(Buffer.from(`\ufeff${text}`, 'utf16le'), found, chunkBytes)
          assert.deepEqual([wide.table, wide.dialect], [rows, { encoding: 'utf-16le', delimiter: ',', bom: true }])
          const bytes = Buffer.concat([Buffer.from('name\nSi\xe2n ', 'latin1'), Buffer.from([0x96, 0x80, 0x9f, 0x0a])])
          for (const dialect of [found, { encoding: 'windows-1252', delimiter: null } as const]) {
            const old = await read(bytes, dialect, chunkBytes)
            assert.deepEqual(old.table, [{ _row: 1, name: 'Siân –€Ÿ' }])
            assert.deepEqual(old.dialect, { encoding: 'windows-1252', delimiter: ',', bom: false })
          }
        }
      })
      it('many rows in file order', async () => {
        const lines = Array.from({ length: 200_000 }, (_, i) => (i % 1000 === 999 ? 'broken' : `${i},"v\n${i}"`))
        const content = Buffer.from(`a,b\n${lines.join('\r\n')}`)
        await withEngine(async (engine) => {
          const result = await reader.read({
            bytes: () => chunked(content, 1_000_003),
            dialect: found,
            engine,
            table: 't',
          })
          assert.deepEqual([result.rows, result.rejectedRows], [199_800, 200])
          const [check] = await engine.rows(
            sql`SELECT count(*) AS n, bool_and(_row = a::BIGINT + 1 AND b = 'v' || chr(10) || a) AS ok FROM t`,
          )
          assert.deepEqual(check, { n: 199_800, ok: true })
        })
      })
      it('several files at once', async () =>
        withEngine(async (engine) => {
          const content = Buffer.from(`a\n${'x\n'.repeat(50_000)}`)
          const results = await Promise.all(
            Array.from({ length: 6 }, (_, i) =>
              reader.read({ bytes: () => chunked(content, 10_000), dialect: found, engine, table: `t${i}` }),
            ),
          )
          assert.deepEqual(
            results.map((result) => result.rows),
            Array(6).fill(50_000),
          )
        }))
    })

    describe('does not hang', () => {
      it('when the source fails half-way: its error is thrown and nothing is kept', () =>
        withEngine(async (engine) => {
          for (const chunksBefore of [0, 1, 30]) {
            const failing = async function* () {
              for (let i = 0; i < chunksBefore; i++) yield Buffer.from(i === 0 ? 'a,b\n' : '1,2\n'.repeat(50_000))
              throw new Error('the line went dead')
            }
            const reading = reader.read({ bytes: failing, dialect: found, engine, table: 't' })
            await assert.rejects(reading, /line went dead/)
            await assert.rejects(engine.rows(sql`SELECT * FROM t`), { code: 'FDP_ENGINE_FAILED' })
          }
        }))
      it('when the engine stops half-way, even if the source would never end or never speak again', async () => {
        for (const silent of [false, true]) {
          const endless = async function* () {
            yield Buffer.from('a,b\n')
            for (let i = 0; i < 40; i++) yield Buffer.from('1,2\n'.repeat(1_000))
            while (!silent) yield Buffer.from('1,2\n'.repeat(50_000))
            await new Promise(() => {})
          }
          const engine = await openEngine({ memoryLimitMb: 64, threads: 2, tempDirectory: null })
          const reading = reader.read({ bytes: endless, dialect: found, engine, table: 't' })
          const ended = assert.rejects(reading, /FDP_ENGINE|memory|interrupted|closed/)
          if (silent) setTimeout(() => engine.close(), 200)
          await ended
          await engine.close()
        }
      })
      it('when the engine is closed before it begins', async () => {
        const engine = await openEngine({ memoryLimitMb: 64, threads: 2, tempDirectory: null })
        await engine.close()
        const bytes = () => chunked(Buffer.from('a\n1\n'), 7)
        await assert.rejects(reader.read({ bytes, dialect: found, engine, table: 't' }), { code: 'FDP_ENGINE_CLOSED' })
      })
    })
  })
}

async function* chunked(content: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += bytes) yield content.subarray(start, start + bytes)
}
