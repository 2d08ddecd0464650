import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { isFdpError, sql } from '#kernel'
import type { CsvDialect, Engine } from '#ports'
import { fc } from '../../../test/random.ts'
import { sharedPath, skipWithoutShared } from '../../../test/shared-data.ts'
import { csvReader } from './csv-reader.ts'
import { fileSource } from './file-source.ts'

const found: CsvDialect = { encoding: null, delimiter: null }
let engine: Engine
before(async () => {
  engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 2, tempDirectory: null })
})
after(() => engine.close())

async function readPath(path: string) {
  const source = await fileSource(path)
  return await csvReader.read({ bytes: () => source.open(), dialect: found, engine, table: 't' })
}

/** What RFC 4180 says of a text without a header, written for plainness: the other side of the property below. */
function expectedRows(text: string, columns: number) {
  const rows: { _row: number; fields: (string | null)[] }[] = []
  const rejected: number[] = []
  let row = 0
  let extra: boolean | null = null
  for (let i = 0; i < text.length; ) {
    const fields: (string | null)[] = []
    let broken = false
    let fieldStart = i
    const start = i
    for (;;) {
      let field = ''
      fieldStart = i
      if (text[i] === '"') {
        for (i++; ; i++) {
          if (i >= text.length) return 'open'
          if (text[i] !== '"') field += text[i]
          else if (text[i + 1] === '"') field += text[i++]
          else break
        }
        i++
        if (i < text.length && !',\r\n'.includes(text[i]!)) broken = true
      }
      for (; i < text.length && !',\r\n'.includes(text[i]!); i++) field += text[i]
      fields.push(field === '' ? null : field)
      if (text[i] !== ',') break
      i++
    }
    const blank = i === start
    const endsEmpty = i === fieldStart
    i++
    if (blank) continue
    row++
    extra ??= endsEmpty && fields.length === columns + 1
    if (broken || fields.length !== columns + Number(extra) || (extra && !endsEmpty)) rejected.push(row)
    else rows.push({ _row: row, fields: fields.slice(0, columns) })
  }
  return { rows, rejected }
}

describe('delimited files', () => {
  it('are taken apart as RFC 4180 says, whatever the bytes and however they are cut', async () => {
    const alphabet = fc.constantFrom('a', ' ', ',', ',', '"', '\n', '\r', '\r\n', "'", '\\', 'é', '#')
    const texts = fc.array(alphabet, { maxLength: 40 }).map((parts) => parts.join(''))
    const property = fc.asyncProperty(texts, fc.integer({ min: 1, max: 50 }), async (text, cut) => {
      const content = Buffer.from(`x,y\n${text}`)
      const bytes = async function* () {
        for (let i = 0; i < content.length; i += cut) yield content.subarray(i, i + cut)
      }
      const expected = expectedRows(text, 2)
      const reading = csvReader.read({ bytes, dialect: { encoding: null, delimiter: ',' }, engine, table: 't' })
      if (expected === 'open') return await assert.rejects(reading, { code: 'FDP_CSV_QUOTE_OPEN' })
      const { rejects } = await reading
      const rows = await engine.rows(sql`SELECT * FROM t ORDER BY _row`)
      assert.deepEqual(
        rows.map(({ _row, x, y }) => ({ _row, fields: [x, y] })),
        expected.rows,
      )
      assert.deepEqual(
        rejects.map((reject) => reject.row),
        expected.rejected,
      )
    })
    await fc.assert(property, { numRuns: 150 })
  })

  it('keep a quote inside a field wherever the bytes are cut', async () => {
    const content = Buffer.from('x,y\n1,2\n5" pipe,6" pipe\n"q",r\n')
    for (let cut = 1; cut <= content.length; cut++) {
      const bytes = async function* () {
        for (let i = 0; i < content.length; i += cut) yield content.subarray(i, i + cut)
      }
      await csvReader.read({ bytes, dialect: { encoding: null, delimiter: ',' }, engine, table: 't' })
      const rows = await engine.rows(sql`SELECT x, y FROM t ORDER BY _row`)
      assert.deepEqual(
        rows.map(({ x, y }) => [x, y]),
        [
          ['1', '2'],
          ['5" pipe', '6" pipe'],
          ['q', 'r'],
        ],
        `cut every ${cut} bytes`,
      )
    }
  })

  it('of the vaccination samples: pipes, quotes, and windows-1252 found out', async (t) => {
    if (skipWithoutShared(t)) return
    const old = await readPath(sharedPath('data/immunisation/test-batch-data-cp1252.csv'))
    assert.deepEqual(old.dialect, { encoding: 'windows-1252', delimiter: '|', bom: false })
    const [row] = await engine.rows(sql`SELECT count(*) AS n, count(NHS_NUMBER) AS numbers,
      count(*) FILTER (PERSON_SURNAME = 'DICÉMBRE') AS accents FROM t`)
    assert.deepEqual([old.header.length, old.rejectedRows, row], [34, 0, { n: 7, numbers: 6, accents: 1 }])
    const fresh = await readPath(sharedPath('data/immunisation/test-batch-data.csv'))
    assert.deepEqual([fresh.dialect.encoding, fresh.dialect.delimiter, fresh.rejectedRows], ['utf-8', '|', 0])
  })

  it('of a provider: byte order mark, padded numbers and dashes kept as they stand', async (t) => {
    if (skipWithoutShared(t)) return
    const path = sharedPath('data/rtt/admitted_provider_oct25.csv')
    const { dialect, header, rows, rejectedRows } = await readPath(path)
    assert.deepEqual(dialect, { encoding: 'utf-8', delimiter: ',', bom: true })
    assert.equal(header[0], 'Region_Code')
    const lines = (await readFile(path, 'utf8')).split(/\r?\n/).filter((line) => line !== '')
    assert.equal(rows + rejectedRows, lines.length - 1)
    assert.equal(rejectedRows, 0)
    const [kept] = await engine.rows(
      sql`SELECT count(*) FILTER (trim("wait_0_18") = '-') > 0 AS dashes,
        count(*) FILTER ("wait_0_18" <> trim("wait_0_18")) > 0 AS padded FROM t`,
    )
    assert.deepEqual(kept, { dashes: true, padded: true })
  })

  it('say nothing of their content in an error', async () => {
    const canary = '9434765919'
    const bad = [`${canary},${canary}\n`, `a,b\n1,"${canary}`, `a\n${canary}"\xe9\x81`]
    for (const text of bad) {
      const bytes = () => one(Buffer.from(text, 'latin1'))
      await assert.rejects(csvReader.read({ bytes, dialect: found, engine, table: 't' }).then(refuseNone), (error) => {
        assert.ok(isFdpError(error), String(error))
        assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, new RegExp(canary))
        return true
      })
    }
  })

  it('of which every record ends in a delimiter that the header does not have are read without it', async () => {
    const read = async (text: string) => {
      const bytes = one(Buffer.from(text))
      const { rejects } = await csvReader.read({
        bytes,
        dialect: { encoding: 'utf-8', delimiter: ',' },
        engine,
        table: 't',
      })
      return [(await engine.rows(sql`SELECT x, y FROM t ORDER BY _row`)).map(({ x, y }) => `${x} ${y}`), rejects]
    }
    const few = (row: number) => ({ row, column: 3, reason: 'too few columns' })
    const many = (row: number) => ({ row, column: 3, reason: 'too many columns' })
    assert.deepEqual(await read('x,y\n1,2,\n"3",,\n4,5\n6,7,8\n9,10,,\n'), [
      ['1 2', '3 null'],
      [few(3), many(4), many(5)],
    ])
    assert.deepEqual(await read('x,y\n1,2\n3,4,\n'), [['1 2'], [many(2)]])
  })

  it('separated by tabs are read as they stand, with tabs, quotes and line ends within quotes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fdp-tsv-'))
    try {
      const path = join(folder, 'rows.tsv')
      await writeFile(path, 'id\tnote, plain\tlast\r\n1\t"a\tb ""c""\r\nd"\t;|,\r\n2\t\t"\t"\r\n')
      const { dialect, rejectedRows } = await readPath(path)
      assert.deepEqual([dialect.delimiter, rejectedRows], ['\t', 0])
      assert.deepEqual(await engine.rows(sql`SELECT * FROM t ORDER BY _row`), [
        { _row: 1, id: '1', 'note, plain': 'a\tb "c"\r\nd', last: ';|,' },
        { _row: 2, id: '2', 'note, plain': null, last: '\t' },
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('read once only are refused when their encoding cannot be found out', async () => {
    const bytes = one(Buffer.from([0x61, 0x0a, 0xe9]))
    await assert.rejects(csvReader.read({ bytes, dialect: found, engine, table: 't' }), { code: 'FDP_CSV_ENCODING' })
  })
})

describe('a file as a source', () => {
  it('gives its bytes again, and refuses when it changed or is no file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fdp-source-'))
    try {
      const path = join(folder, 'rtt.csv')
      await writeFile(path, 'a\n1\n')
      const source = await fileSource(path)
      assert.deepEqual([source.name, source.bytes], ['rtt.csv', 4])
      for (let i = 0; i < 2; i++) assert.equal(await textOf(source.open()), 'a\n1\n')
      await truncate(path, 2)
      await assert.rejects(textOf(source.open()), { code: 'FDP_SOURCE_CHANGED' })
      await assert.rejects(fileSource(folder), { code: 'FDP_SOURCE_MISSING' })
      await assert.rejects(fileSource(join(folder, 'none')), { code: 'FDP_SOURCE_MISSING' })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

async function* one(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content
}

function refuseNone(): never {
  throw new Error('was not refused')
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts).toString()
}
