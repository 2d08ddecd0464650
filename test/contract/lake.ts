import assert from 'node:assert/strict'
import { appendFile, chmod, copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Clock, type EntryIndex, isFdpError, manualClock } from '#kernel'
import type { Lake, LakeVersion } from '#ports'

/** Opens the lake of a folder; the suite opens the same folder again to see what was kept. */
export type OpenLake = (root: string, clock: Clock) => Promise<Lake>

const entry = (index: number) => index as EntryIndex
const refused = (code: string) => (error: unknown) => isFdpError(error, code)

/** The contract of the Lake port. An adapter is done when this passes unmodified. */
export function lakeContract(name: string, open: OpenLake): void {
  describe(`lake contract: ${name}`, () => {
    const clock = manualClock('2026-02-01T09:00:00Z')
    let root: string
    let lake: Lake

    before(async () => {
      root = await mkdtemp(join(tmpdir(), 'openfdp-lake-'))
      lake = await open(root, clock)
    })
    after(() => rm(root, { recursive: true, force: true }))

    async function publish(controller: string, rows: number, keep: LakeVersion['files'] = []): Promise<LakeVersion> {
      await using staged = await lake.stage('RttPeriod', controller)
      await writeParquet(join(staged.folder, '0.parquet'), rows, controller)
      return lake.seal({ object: 'RttPeriod', controller, asAt: '2026-01-31', staged, rows, keep })
    }

    it('refuses names that are no folder of their own', async () => {
      await assert.rejects(lake.stage('../escape', 'RJ1'), refused('FDP_LAKE_NAME'))
      await assert.rejects(lake.stage('RttPeriod', '../RJ1'), refused('FDP_LAKE_NAME'))
    })

    it('refuses a version it does not hold, in the same words as a hash that is none', async () => {
      for (const hash of ['0'.repeat(64), '../../etc/passwd', '']) {
        await assert.rejects(lake.version(hash), refused('FDP_LAKE_VERSION_UNKNOWN'))
        await assert.rejects(lake.lease(hash, entry(1)), refused('FDP_LAKE_VERSION_UNKNOWN'))
        await assert.rejects(lake.verify(hash), refused('FDP_LAKE_VERSION_UNKNOWN'))
      }
    })

    it('refuses to seal what is not complete Parquet, or has other rows than said', async () => {
      async function sealed(rows: number, spoil: (folder: string) => Promise<void>): Promise<LakeVersion> {
        const staged = await lake.stage('RttPeriod', 'RJ1')
        await writeParquet(join(staged.folder, '0.parquet'), 100, 'RJ1')
        await spoil(staged.folder)
        return lake.seal({ object: 'RttPeriod', controller: 'RJ1', asAt: '2026-01-31', staged, rows, keep: [] })
      }
      const cutShort = async (folder: string) => {
        const file = join(folder, '0.parquet')
        await truncate(file, (await readFile(file)).length - 1)
      }
      await assert.rejects(
        sealed(99, async () => {}),
        refused('FDP_LAKE_ROWS'),
      )
      await assert.rejects(sealed(100, cutShort), refused('FDP_LAKE_STAGED'))
      await assert.rejects(
        sealed(100, (folder) => writeFile(join(folder, 'note.txt'), 'x')),
        refused('FDP_LAKE_STAGED'),
      )
      assert.equal((await sealed(100, async () => {})).rows, 100)
    })

    it('seals a version that another process finds and reads', async () => {
      const version = await publish('RJ1', 250)
      assert.equal(version.rows, 250)
      const again = await open(root, clock)
      assert.deepEqual(await again.version(version.manifestSha256), version)
      await using lease = await again.lease(version.manifestSha256, entry(7))
      assert.equal(lease.files.length, 1)
      assert.equal(await countParquet(lease.files), 250)
    })

    it('gives the same hash to the same files, and keeps those of other controllers', async () => {
      const one = await publish('RJ1', 10)
      const two = await publish('R0A', 20, one.files)
      assert.equal(two.rows, 30)
      assert.deepEqual(two.files.map((file) => file.controller).sort(), ['R0A', 'RJ1'])
      const same = { object: 'RttPeriod', controller: 'RJ1', asAt: '2026-01-31', staged: null, rows: 0 }
      const forwards = await lake.seal({ ...same, keep: two.files })
      const backwards = await lake.seal({ ...same, keep: [...two.files].reverse() })
      assert.equal(forwards.manifestSha256, two.manifestSha256)
      assert.equal(backwards.manifestSha256, two.manifestSha256)
    })

    it('holds a version without any file', async () => {
      const empty = await lake.seal({
        object: 'Ward',
        controller: 'RJ1',
        asAt: '2026-01-31',
        staged: null,
        rows: 0,
        keep: [],
      })
      await using lease = await lake.lease(empty.manifestSha256, entry(8))
      assert.deepEqual([empty.rows, lease.files], [0, []])
    })

    it('records a lease with its entry before it hands out a path', async () => {
      const version = await publish('RJ1', 30)
      clock.advanceMs(60_000)
      const lease = await lake.lease(version.manifestSha256, entry(41))
      const seen = await collect((await open(root, clock)).leases())
      const record = { entry: 41, manifestSha256: version.manifestSha256, time: clock.now() }
      assert.deepEqual(seen.at(-1), record)
      await lease[Symbol.asyncDispose]()
      await Promise.all(Array.from({ length: 50 }, (_, i) => lake.lease(version.manifestSha256, entry(100 + i))))
      const entries = (await collect(lake.leases())).slice(-50).map((seenLease) => seenLease.entry)
      assert.deepEqual(
        entries.sort(),
        Array.from({ length: 50 }, (_, i) => 100 + i),
      )
    })

    it('refuses a lease when a file has another size, and names every file that differs', async () => {
      const version = await publish('R0A', 40)
      const [path] = await lake.lease(version.manifestSha256, entry(9)).then((lease) => lease.files)
      assert.deepEqual(await lake.verify(version.manifestSha256), [])
      await chmod(path!, 0o600)
      await copyFile(path!, `${root}/copy`)
      const bytes = await readFile(path!)
      bytes[20]! ^= 1
      await writeFile(path!, bytes)
      assert.deepEqual(await lake.verify(version.manifestSha256), [version.files[0]!.path])
      await appendFile(path!, 'x')
      await assert.rejects(lake.lease(version.manifestSha256, entry(10)), refused('FDP_LAKE_TAMPERED'))
      await rm(path!)
      assert.deepEqual(await lake.verify(version.manifestSha256), [version.files[0]!.path])
      await assert.rejects(lake.lease(version.manifestSha256, entry(10)), refused('FDP_LAKE_TAMPERED'))
      const last = (await collect(lake.leases())).at(-1)
      assert.equal(last?.entry, 9, 'a refused lease is not recorded')
      await copyFile(`${root}/copy`, path!)
      await rm(`${root}/copy`)
    })

    it('sweeps what is neither live nor under lease, and nothing else', async () => {
      const fresh = await open(root, clock)
      const kept = await publish('RJ1', 50)
      const old = await publish('RJ1', 60)
      const lost = await publish('RJ1', 70)
      const lease = await fresh.lease(old.manifestSha256, entry(11))
      await assert.rejects(fresh.sweep(['0'.repeat(64)]), refused('FDP_LAKE_VERSION_UNKNOWN'))
      assert.deepEqual(await fresh.verify(lost.manifestSha256), [], 'a refused sweep deletes nothing')
      const first = await fresh.sweep([kept.manifestSha256])
      assert.equal(first.leased, 2)
      await assert.rejects(fresh.version(lost.manifestSha256), refused('FDP_LAKE_VERSION_UNKNOWN'))
      assert.equal(await countParquet(lease.files), 60)
      await lease[Symbol.asyncDispose]()
      await lease[Symbol.asyncDispose]()
      assert.deepEqual(await fresh.sweep([kept.manifestSha256]), { deleted: 2, leased: 0 })
      assert.deepEqual(await fresh.verify(kept.manifestSha256), [])
      assert.deepEqual(await fresh.sweep([kept.manifestSha256]), { deleted: 0, leased: 0 })
    })

    it('gives up a staging folder that is disposed of', async () => {
      const staged = await lake.stage('RttPeriod', 'RJ1')
      await writeParquet(join(staged.folder, '0.parquet'), 1, 'RJ1')
      await staged[Symbol.asyncDispose]()
      await assert.rejects(readFile(join(staged.folder, '0.parquet')), { code: 'ENOENT' })
    })
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

let counter = 0

/** A Parquet file with as many rows as asked, never the same bytes twice. */
export async function writeParquet(path: string, rows: number, controller: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT i AS _key, '${controller}' AS _controller, ${counter++} AS n FROM range(${rows}) t(i)) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  instance.closeSync()
}

async function countParquet(files: readonly string[]): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const list = files.map((file) => `'${file}'`).join(', ')
  const rows = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_parquet([${list}])`)
  connection.closeSync()
  instance.closeSync()
  return Number(rows.getRows()[0]![0])
}
