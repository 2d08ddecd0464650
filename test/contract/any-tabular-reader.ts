import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isFdpError, sql } from '#kernel'
import type { CsvDialect, Engine, OpenEngine, TabularReader, TabularResult } from '#ports'
import { cases, fc } from '../random.ts'

const found: CsvDialect = { encoding: null, delimiter: null }
const everyCut = process.env.FDP_TEST_FULL === '1'
/** Stands in every row; nothing that is thrown or rejected may say it. */
const canary = 'Canary-Omega'

/** What a format looks like, to hold its reader against the port. */
export interface FormatSample {
  /** A file of these values, one a row, in a column `value` or as the table of `rowOf` has it. */
  file(values: readonly string[]): Buffer
  /** The row of the table for such a value, without `_row`. */
  rowOf(value: string): Record<string, unknown>
  /** Whether rows are loaded while bytes still come. */
  readonly streams: boolean
  /** Whether a file cut off anywhere is refused; else a cut between two rows looks like an end. */
  readonly knowsItsEnd: boolean
}

/** What every TabularReader must keep, whatever its format; see the port. */
export function anyTabularReaderContract(
  name: string,
  reader: TabularReader,
  openEngine: OpenEngine,
  sample: FormatSample,
): void {
  const withEngine = async <T>(use: (engine: Engine) => Promise<T>): Promise<T> => {
    await using engine = await openEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
    return await use(engine)
  }
  const read = (engine: Engine, content: Buffer, chunkBytes: number, table = 't') =>
    reader.read({ bytes: () => chunked(content, chunkBytes), dialect: found, engine, table })
  const noTable = (engine: Engine) =>
    assert.rejects(engine.rows(sql`SELECT * FROM t`), { code: 'FDP_ENGINE_FAILED' }, 'a table was left')
  const valuesOf = (count: number) => Array.from({ length: count }, (_, i) => `${canary} ${i}`)

  /** The result, or what was thrown: then with status 422, without the canary, and without a table. */
  async function outcome(engine: Engine, content: Buffer): Promise<TabularResult | null> {
    await engine.execute(sql`DROP TABLE IF EXISTS t`)
    try {
      const result = await read(engine, content, 1_009)
      assert.doesNotMatch(JSON.stringify(result.rejects), /Canary/)
      return result
    } catch (error) {
      assert.ok(isFdpError(error) && error.status === 422, `neither read nor refused: ${error}`)
      assert.doesNotMatch(JSON.stringify([error.message, error.help, error.params]), /Canary/)
      await noTable(engine)
      return null
    }
  }

  describe(`tabular reader contract for any format: ${name}`, () => {
    it('reads every row under its number, whatever pieces the bytes come in', () =>
      withEngine(async (engine) => {
        const values = [...valuesOf(3), 'Siân – “q” €😀', 'a,b;"c"\td|e', '1.10', '00420']
        for (const chunkBytes of [1, 1_000_000]) {
          const { rows, rejectedRows } = await read(engine, sample.file(values), chunkBytes)
          assert.deepEqual([rows, rejectedRows], [values.length, 0])
          assert.deepEqual(
            await engine.rows(sql`SELECT * FROM t ORDER BY _row`),
            values.map((value, i) => ({ _row: i + 1, ...sample.rowOf(value) })),
          )
        }
      }))

    it('reads several files at once, and many rows in order', () =>
      withEngine(async (engine) => {
        const content = sample.file(valuesOf(2_000))
        const results = await Promise.all([1, 2, 3].map((i) => read(engine, content, 50_000, `t${i}`)))
        assert.deepEqual(
          results.map(({ rows }) => rows),
          Array(3).fill(2_000),
        )
        const [row] = await engine.rows(sql`SELECT * FROM t3 WHERE _row = 1847`)
        assert.deepEqual(row, { _row: 1847, ...sample.rowOf(`${canary} 1846`) })
      }))

    it('refuses a file that is cut off', () =>
      withEngine(async (engine) => {
        const values = valuesOf(5)
        const whole = sample.file(values)
        const step = Math.ceil(whole.length / (everyCut ? 200 : 12))
        for (let length = 1; length < whole.length; length += step) {
          const result = await outcome(engine, whole.subarray(0, length))
          if (result === null) continue
          const fewer = result.rows < values.length || result.rows + result.rejectedRows <= values.length
          assert.ok(!sample.knowsItsEnd && fewer, `${length} of ${whole.length} bytes were taken for the whole`)
        }
      }))

    it('reads or refuses whatever it is given, and says nothing of it', () =>
      withEngine(async (engine) => {
        const whole = sample.file(valuesOf(4))
        const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), cut: fc.nat(3) })
        const bytes = fc.oneof(
          fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => changed(whole, changes)),
          fc.uint8Array({ maxLength: 200 }).map((random) => Buffer.from(random)),
        )
        await fc.assert(
          fc.asyncProperty(bytes, async (content) => void (await outcome(engine, content))),
          cases(12, 2_000),
        )
      }))

    it('keeps nothing when the source fails half-way, and throws its error', () =>
      withEngine(async (engine) => {
        const whole = sample.file(valuesOf(2_000))
        for (const share of [0, 0.9]) {
          const failing = async function* () {
            yield whole.subarray(0, Math.floor(whole.length * share))
            throw new Error('the line went dead')
          }
          const reading = reader.read({ bytes: failing, dialect: found, engine, table: 't' })
          await assert.rejects(reading, /line went dead/)
          await noTable(engine)
        }
      }))

    // One that is read once it has come whole loads nothing before its source has ended.
    if (sample.streams)
      it('does not wait for a source that fell silent, once the engine has stopped', async () => {
        const whole = sample.file(valuesOf(60_000))
        const silent = async function* () {
          yield whole.subarray(0, whole.length / 2)
          await new Promise(() => {})
        }
        const engine = await openEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
        const ended = assert.rejects(
          reader.read({ bytes: silent, dialect: found, engine, table: 't' }),
          /FDP_ENGINE|interrupted|closed/,
        )
        setTimeout(() => engine.close(), 150)
        await ended
      })

    it('fails when the engine is closed before it begins', async () => {
      const engine = await openEngine({ memoryLimitMb: 64, threads: 1, tempDirectory: null })
      await engine.close()
      await assert.rejects(read(engine, sample.file(['x']), 7), { code: 'FDP_ENGINE_CLOSED' })
    })

    it('leaves nothing behind in the folder for temporary files', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'fdp-reader-'))
      const usual = process.env.TMPDIR
      process.env.TMPDIR = folder
      try {
        await withEngine(async (engine) => {
          assert.notEqual(await outcome(engine, sample.file(valuesOf(3))), null)
          await outcome(engine, sample.file(valuesOf(3)).subarray(0, 40))
        })
        assert.deepEqual(await readdir(folder), [])
      } finally {
        if (usual === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = usual
        await rm(folder, { recursive: true })
      }
    })
  })
}

interface Change {
  readonly at: number
  readonly byte: number
  /** 0: the byte is left out; else it is replaced. */
  readonly cut: number
}

function changed(whole: Buffer, changes: readonly Change[]): Buffer {
  const bytes: (number | null)[] = [...whole]
  for (const { at, byte, cut } of changes) bytes[at] = cut === 0 ? null : byte
  return Buffer.from(bytes.filter((byte) => byte !== null))
}

export async function* chunked(content: Buffer, bytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += bytes) yield content.subarray(start, start + bytes)
}
