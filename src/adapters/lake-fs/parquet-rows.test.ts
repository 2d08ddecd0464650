import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { isFdpError } from '#kernel'
import { parquetRows } from './parquet-rows.ts'

describe('rows of a Parquet footer', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openfdp-parquet-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function written(select: string, options = ''): Promise<string> {
    const path = join(folder, 'x.parquet')
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    const connection = await instance.connect()
    await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet${options})`)
    connection.closeSync()
    instance.closeSync()
    return path
  }

  it('refuses a file cut at any length, and files that are something else', async () => {
    const path = await written('SELECT 1 AS a FROM range(3)')
    const whole = await readFile(path)
    const cut = join(folder, 'cut.parquet')
    for (let length = 0; length < whole.length; length++) {
      await writeFile(cut, whole.subarray(0, length))
      await assert.rejects(parquetRows(cut), (error) => isFdpError(error, 'FDP_LAKE_STAGED'), `cut to ${length}`)
    }
    for (const bytes of [Buffer.alloc(100), Buffer.from('PAR1\xff\xff\xff\xffPAR1'), Buffer.from('PAR1\0\0\0\0PAR1')]) {
      await writeFile(cut, bytes)
      await assert.rejects(parquetRows(cut), (error) => isFdpError(error, 'FDP_LAKE_STAGED'))
    }
  })

  it('reads the count whatever the columns are', async () => {
    const wide = Array.from({ length: 70 }, (_, i) => `i AS "column ${i}"`).join(', ')
    const nested = `{'a': [i, 2], 'b': {'c': 'x'}} AS s, map([i], ['v']) AS m, i::DOUBLE AS d, now() AS t, uuid() AS u`
    const decimals = 'i::DECIMAL(18, 3) AS n, true AS yes, NULL::VARCHAR AS nothing, current_date AS day'
    for (const columns of ['i', wide, nested, decimals]) {
      for (const rows of [0, 1, 5_000]) {
        const path = await written(`SELECT ${columns} FROM range(${rows}) t(i)`, ', ROW_GROUP_SIZE 2048')
        assert.equal(await parquetRows(path), rows)
      }
    }
  })

  it('reads counts on both sides of each step in the length of their encoding', async () => {
    for (const rows of [63, 64, 8_191, 8_192, 300_000]) {
      assert.equal(await parquetRows(await written(`SELECT 1 AS a FROM range(${rows})`)), rows)
    }
  })
})
