import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isFdpError, sql } from '#kernel'
import { openDuckdbEngine } from './duckdb-engine.ts'

const canary = '9434765919'

describe('the DuckDB engine', () => {
  it('spills nowhere, with or without a temp directory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fdp-spill-'))
    try {
      for (const tempDirectory of [null, folder]) {
        await using engine = await openDuckdbEngine({ memoryLimitMb: 100, threads: 2, tempDirectory })
        const before = await readdir('.')
        const big = sql`CREATE TABLE big AS SELECT repeat(${canary}, 40) || hash(i) AS v FROM range(800000) t(i)`
        await assert.rejects(engine.execute(big), { code: 'FDP_ENGINE_OUT_OF_MEMORY' })
        assert.deepEqual([await readdir(folder), await readdir('.')], [[], before])
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('lets no statement that was under way when it was closed go on', async () => {
    for (let turns = 0; turns < 6; turns++) {
      const engine = await openDuckdbEngine({ memoryLimitMb: 100, threads: 1, tempDirectory: null })
      const running = engine.execute(sql`CREATE TABLE t AS SELECT 1`)
      const ended = assert.rejects(running, { code: 'FDP_ENGINE_INTERRUPTED' })
      for (let i = 0; i < turns; i++) await null
      await engine.close()
      await ended
    }
  })

  it('loads no extension on demand', async () => {
    await using engine = await openDuckdbEngine({ memoryLimitMb: 100, threads: 1, tempDirectory: null })
    const remote = sql`SELECT * FROM read_csv('https://localhost:1/x.csv')`
    await assert.rejects(engine.rows(remote), { code: 'FDP_ENGINE_FAILED', params: { class: 'Missing Extension' } })
  })

  it('keeps the driver error as a hidden cause only when told to, for work on synthetic data', async () => {
    await using engine = await openDuckdbEngine({ memoryLimitMb: 100, threads: 1, tempDirectory: null })
    process.env.FDP_DEBUG_ENGINE = '1'
    try {
      await assert.rejects(engine.rows(sql`SELECT CAST('a made-up value' AS INTEGER)`), (error) => {
        assert.ok(isFdpError(error, 'FDP_ENGINE_FAILED'))
        assert.match(String((error.cause as Error).message), /made-up/)
        assert.ok(!JSON.stringify(error).includes('made-up') && !Object.keys(error).includes('cause'))
        return true
      })
    } finally {
      delete process.env.FDP_DEBUG_ENGINE
    }
  })
})
