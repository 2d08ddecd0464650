import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError, limits, sql } from '#kernel'
import type { Engine, EngineOptions, OpenEngine } from '#ports'

const small: EngineOptions = { memoryLimitMb: 256, threads: 2, tempDirectory: null }
const canary = '9434765919'

/** What every Engine must keep; see the port. */
export function engineContract(name: string, open: OpenEngine): void {
  const withEngine = async (use: (engine: Engine) => Promise<void>, options = small) => {
    await using engine = await open(options)
    await use(engine)
  }

  describe(`engine contract: ${name}`, () => {
    describe('refuses', () => {
      it('with a class only, never with what the statement or the data said', async () =>
        withEngine(async (engine) => {
          const conversion = sql`SELECT CAST(${canary}||'x' AS INTEGER)`
          for (const statement of [conversion, sql`SELEC ${canary}`, sql`SELECT * FROM nope WHERE a = ${canary}`]) {
            await assert.rejects(engine.rows(statement), (error) => {
              assert.ok(isFdpError(error, 'FDP_ENGINE_FAILED'))
              assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, new RegExp(`${canary}|nope|SELEC\\b`))
              assert.equal(error.cause, undefined)
              return true
            })
          }
        }))
      it('more rows than asked for', async () =>
        withEngine(async (engine) => {
          const many = sql`SELECT * FROM range(5000)`
          await assert.rejects(engine.rows(many, { rowsMax: 4_999 }), { code: 'FDP_ENGINE_TOO_MANY_ROWS' })
          assert.equal((await engine.rows(many, { rowsMax: 5_000 })).length, 5_000)
        }))
      it('a query of two statements', async () =>
        withEngine(async (engine) => {
          await assert.rejects(engine.query(sql`SELECT 1; CREATE TABLE t AS SELECT 1`), /one statement/)
          await assert.rejects(engine.rows(sql`SELECT * FROM t`), { code: 'FDP_ENGINE_FAILED' })
        }))
      it('to grow beyond its memory', async () =>
        withEngine(async (engine) => {
          const big = sql`SELECT list(i::VARCHAR || repeat('x', 200) ORDER BY hash(i)) AS l FROM range(5000000) t(i)`
          await assert.rejects(engine.rows(big), { code: 'FDP_ENGINE_OUT_OF_MEMORY' })
          assert.deepEqual(await engine.rows(sql`SELECT 1 AS still`), [{ still: 1 }])
        }))
      it('a struct, by the name of its column', async () =>
        withEngine(async (engine) => {
          await assert.rejects(engine.rows(sql`SELECT {'a': 1} AS s`), { code: 'FDP_ENGINE_COLUMN_TYPE' })
        }))
      it('everything once closed, results left open included', async () => {
        const engine = await open(small)
        const left = await engine.query(sql`SELECT * FROM range(100000000)`)
        const reading = left.batches()[Symbol.asyncIterator]()
        await reading.next()
        await engine.query(sql`SELECT * FROM range(100000000)`)
        const running = engine.execute(sql`SELECT count(*) FROM range(100000000) a, range(100000) b`)
        const refused = assert.rejects(running, { code: 'FDP_ENGINE_INTERRUPTED' })
        await engine.close()
        await engine.close()
        await refused
        await assert.rejects(reading.next(), { code: 'FDP_ENGINE_INTERRUPTED' })
        await assert.rejects(engine.execute(sql`SELECT 1`), { code: 'FDP_ENGINE_CLOSED' })
      })
      it('to carry anything from one call to the next', async () =>
        withEngine(async (engine) => {
          await engine.execute(sql`CREATE TABLE kept AS SELECT 1 AS v; INSERT INTO kept VALUES (2)`)
          assert.deepEqual(await engine.rows(sql`SELECT count(*) AS n FROM kept`), [{ n: 2 }])
          const failing = sql`CREATE TEMPORARY TABLE gone AS SELECT 1; SELECT * FROM nope`
          await assert.rejects(engine.execute(failing), { code: 'FDP_ENGINE_FAILED' })
          await assert.rejects(engine.rows(sql`SELECT * FROM gone`), { code: 'FDP_ENGINE_FAILED' })
        }))
      it('to change its configuration', async () =>
        withEngine(async (engine) => {
          await assert.rejects(engine.execute(sql`SET memory_limit = '64GiB'`), { code: 'FDP_ENGINE_FAILED' })
        }))
    })

    describe('gives values', () => {
      it('of each type in the documented form', async () =>
        withEngine(async (engine) => {
          const result = await engine.query(sql`SELECT true AS b, 1::TINYINT AS t, 9007199254740991::BIGINT AS i53,
            9007199254740993::BIGINT AS i64, (-9007199254740993)::BIGINT AS n64, -5::BIGINT AS neg,
            sum(x::BIGINT) AS h, 12.50::DECIMAL(9,2) AS d, 0.5::DOUBLE AS f, 'å' AS v, DATE '2026-01-31' AS day,
            TIMESTAMP '2026-01-31 09:30:00' AS ts, TIMESTAMP '1969-12-31 23:59:59.999999' AS us,
            TIMESTAMPTZ '2026-07-01 10:00:00+01' AS tz, '0B8F2B6A-0000-4000-8000-00000000000F'::UUID AS u,
            ['a', NULL] AS l, [1.5::DECIMAL(3,1)] AS ld, 'ab'::BLOB AS bl, NULL AS n, NULL::BIGINT AS ni
            FROM range(3) t(x)`)
          assert.deepEqual(
            result.columns.map((column) => column.type).join(' '),
            'boolean integer integer integer integer integer integer decimal double text date timestamp timestamp timestamp uuid list list blob integer integer',
          )
          const rows = []
          for await (const batch of result.batches()) rows.push(batch.columns.map((column) => column[0]))
          assert.deepEqual(rows, [
            [
              ...[true, 1, 9007199254740991, 9007199254740993n, -9007199254740993n, -5, 3, '12.50', 0.5, 'å'],
              ...['2026-01-31', '2026-01-31T09:30:00.000Z', '1969-12-31T23:59:59.999999Z', '2026-07-01T09:00:00.000Z'],
              ...['0b8f2b6a-0000-4000-8000-00000000000f', ['a', null], ['1.5'], Uint8Array.of(97, 98), null, null],
            ],
          ])
        }))
      it('bound, never spliced', async () =>
        withEngine(async (engine) => {
          const nasty = `'; DROP TABLE x; --`
          const bytes = Uint8Array.of(0, 255)
          const rows = await engine.rows(
            sql`SELECT ${nasty} AS s, ${2n ** 62n} AS i, ${7} AS n, ${1.5} AS f, ${null} AS z, ${false} AS b, ${bytes} AS y`,
          )
          assert.deepEqual(rows, [{ s: nasty, i: 2n ** 62n, n: 7, f: 1.5, z: null, b: false, y: bytes }])
        }))
      it('in batches no longer than the limit, all rows once and in order', async () =>
        withEngine(async (engine) => {
          const result = await engine.query(
            sql`SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS v FROM range(10000) t(i)`,
          )
          const seen: unknown[] = []
          for await (const batch of result.batches()) {
            assert.ok(batch.rowCount <= limits.gateBatchRowsMax)
            seen.push(...batch.columns[0]!)
          }
          assert.deepEqual(
            seen,
            Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? null : i)),
          )
        }))
    })

    describe('streams', () => {
      it('without holding the whole, and frees a result left early', async () =>
        withEngine(async (engine) => {
          for (let i = 0; i < 40; i++) {
            const result = await engine.query(sql`SELECT * FROM range(100000000)`)
            for await (const batch of result.batches()) {
              assert.equal(batch.columns[0]![0], 0)
              break
            }
          }
          for (let i = 0; i < 40; i++) {
            await using unread = await engine.query(sql`SELECT * FROM range(100000000)`)
            assert.equal(unread.columns.length, 1)
          }
        }))
      it('to many at once, in order, and lets a waiter leave', async () =>
        withEngine(async (engine) => {
          const open = []
          for (let i = 0; i < 4; i++) open.push(await engine.query(sql`SELECT * FROM range(100000)`))
          const done: number[] = []
          const waiting = Array.from({ length: 30 }, async (_, i) => {
            await engine.execute(sql`SELECT count(*) FROM range(10000)`)
            done.push(i)
          })
          const leaving = new AbortController()
          const left = engine.execute(sql`SELECT 1`, { signal: leaving.signal })
          leaving.abort()
          await assert.rejects(left, { code: 'FDP_ENGINE_INTERRUPTED' })
          await Promise.all(waiting)
          assert.equal(done.length, 30)
          for (const result of open) await result[Symbol.asyncDispose]()
        }))
      it('until interrupted: before the first row, between rows, and not at all if already aborted', async () =>
        withEngine(async (engine) => {
          const forever = sql`SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range) = hash(b.range)`
          for (const ms of [0, 1, 50]) {
            const abort = new AbortController()
            setTimeout(() => abort.abort(), ms)
            await assert.rejects(engine.rows(forever, { signal: abort.signal }), { code: 'FDP_ENGINE_INTERRUPTED' })
          }
          await assert.rejects(engine.rows(sql`SELECT 1`, { signal: AbortSignal.abort() }), {
            code: 'FDP_ENGINE_INTERRUPTED',
          })
          const abort = new AbortController()
          const result = await engine.query(sql`SELECT * FROM range(100000000)`, { signal: abort.signal })
          await assert.rejects(
            async () => {
              for await (const _ of result.batches()) abort.abort()
            },
            { code: 'FDP_ENGINE_INTERRUPTED' },
          )
          assert.deepEqual(await engine.rows(sql`SELECT 1 AS v`), [{ v: 1 }])
        }))
    })

    describe('registers', () => {
      it('a table of values, replacing an earlier one', async () =>
        withEngine(async (engine) => {
          const columns = [
            { name: 'k', type: 'BIGINT', values: Array.from({ length: 5_000 }, (_, i) => BigInt(i)) },
            {
              name: 'odd "name"',
              type: 'VARCHAR',
              values: Array.from({ length: 5_000 }, (_, i) => (i % 2 ? `v${i}` : null)),
            },
            { name: 'd', type: 'DATE', values: Array.from({ length: 5_000 }, () => '2026-01-31') },
            { name: 'f', type: 'DOUBLE', values: Array.from({ length: 5_000 }, (_, i) => i / 2) },
            { name: 'b', type: 'BOOLEAN', values: Array.from({ length: 5_000 }, (_, i) => i === 4_999) },
          ]
          await engine.registerEphemeral('t', { columns: [{ name: 'a', type: 'BIGINT', values: [] }] })
          await engine.registerEphemeral('t', { columns })
          assert.deepEqual(await engine.rows(sql`SELECT * FROM t WHERE k = 4999`), [
            { k: 4_999, 'odd "name"': 'v4999', d: '2026-01-31', f: 2_499.5, b: true },
          ])
          const [row] = await engine.rows(sql`SELECT count(*) AS n, count("odd ""name""") AS v, sum(k) AS s FROM t`)
          assert.deepEqual(row, { n: 5_000, v: 2_500, s: 12_497_500 })
        }))
      it('a function over whole vectors: exact bytes, null stays null without being given', async () =>
        withEngine(async (engine) => {
          let calls = 0
          const run = (keys: BigInt64Array) => {
            calls++
            assert.ok(!keys.includes(7n), 'a null row reached the function')
            return uuidBytes(keys)
          }
          await engine.registerFunction({ name: 'token', kind: 'key-to-uuid', run })
          await engine.execute(
            sql`CREATE TABLE k AS SELECT CASE WHEN i % 5 = 2 THEN NULL ELSE i * 922337203685 - 4611686018427387904 END::BIGINT AS key FROM range(10000) t(i)`,
          )
          const rows = await engine.rows(sql`SELECT key, token(key) AS u, token(key)::VARCHAR AS v FROM k`)
          for (const { key, u, v } of rows) {
            const expected = key === null ? null : uuidText(uuidBytes(BigInt64Array.of(BigInt(key as bigint))))
            assert.equal(u, expected)
            assert.equal(v, expected)
          }
          assert.equal(rows.filter((row) => row.u === null).length, 2_000)
          assert.ok(calls <= 30, `one call a vector, not ${calls}`)
          const [constant] = await engine.rows(sql`SELECT token(NULL) AS n, token(1) AS one`)
          assert.deepEqual(constant, { n: null, one: uuidText(uuidBytes(BigInt64Array.of(1n))) })
        }))
      it('a function that throws fails its statement only', async () =>
        withEngine(async (engine) => {
          const run = () => {
            throw new Error(canary)
          }
          await engine.registerFunction({ name: 'broken', kind: 'key-to-uuid', run })
          await assert.rejects(engine.rows(sql`SELECT broken(range) FROM range(10)`), (error) => {
            assert.ok(isFdpError(error, 'FDP_ENGINE_FAILED'))
            assert.doesNotMatch(String(error.stack), new RegExp(canary))
            return true
          })
          assert.deepEqual(await engine.rows(sql`SELECT 1 AS v`), [{ v: 1 }])
        }))
    })
  })
}

/** A recognisable 16 bytes for a key: all bits of the key, then its complement, so that the top bit takes both values. */
function uuidBytes(keys: BigInt64Array): Uint8Array {
  const bytes = Buffer.alloc(keys.length * 16)
  keys.forEach((key, i) => {
    bytes.writeBigInt64BE(key, i * 16)
    bytes.writeBigInt64BE(~key, i * 16 + 8)
  })
  return bytes
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
