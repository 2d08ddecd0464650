import assert from 'node:assert/strict'
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EntryIndex, isFdpError, manualClock } from '#kernel'
import { writeParquet } from '../../../test/contract/lake.ts'
import { Crashed, crashAtStep, traceSteps, unsafeRenames, withShortWrites } from '../../../test/crash-steps.ts'
import { openLakeFs } from './index.ts'

const clock = manualClock('2026-02-01T09:00:00Z')
const entry = 3 as EntryIndex

interface Progress {
  sealed?: string
  isLeased?: boolean
  isSweeping?: boolean
}

describe('lake-fs at a crash', () => {
  let folder: string
  let first: string
  const root = () => join(folder, 'lake')
  const parquet = () => join(folder, 'other.parquet')

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'openfdp-crash-'))
    const lake = await openLakeFs({ root: join(folder, 'start'), clock })
    const staged = await lake.stage('RttPeriod', 'RJ1')
    await writeParquet(join(staged.folder, '0.parquet'), 5, 'RJ1')
    first = (await lake.seal({ object: 'RttPeriod', controller: 'RJ1', asAt: '2026-01-31', staged, rows: 5, keep: [] }))
      .manifestSha256
    await writeParquet(parquet(), 7, 'R0A')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A second version of another object type, a lease on it, and the first one swept away. */
  async function publish(progress: Progress): Promise<void> {
    const lake = await openLakeFs({ root: root(), clock })
    const staged = await lake.stage('Referral', 'R0A')
    copyFileSync(parquet(), join(staged.folder, '0.parquet'))
    const sealed = await lake.seal({
      object: 'Referral',
      controller: 'R0A',
      asAt: '2026-01-31',
      staged,
      rows: 7,
      keep: [],
    })
    progress.sealed = sealed.manifestSha256
    const lease = await lake.lease(sealed.manifestSha256, entry)
    progress.isLeased = true
    await lease[Symbol.asyncDispose]()
    progress.isSweeping = true
    await lake.sweep([sealed.manifestSha256])
  }

  function startAgain(): void {
    rmSync(root(), { recursive: true, force: true })
    cpSync(join(folder, 'start'), root(), { recursive: true })
  }

  const filesBelow = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((found) => found.isFile())
      .map((found) => found.name)

  async function checkAfter(progress: Progress): Promise<void> {
    const lake = await openLakeFs({ root: root(), clock })
    const manifests = filesBelow(root()).filter((name) => name.endsWith('.json') && name.length === 69)
    const sealed = filesBelow(root()).length > 0 ? manifests.map((name) => name.slice(0, 64)) : []
    if (!progress.isSweeping) assert.ok(sealed.includes(first), 'what was there stays')
    if (progress.sealed) assert.ok(sealed.includes(progress.sealed), 'what was acknowledged stays')
    const leases: number[] = []
    for await (const lease of lake.leases()) leases.push(lease.entry)
    if (progress.isLeased) assert.deepEqual(leases, [entry])
    const live = progress.sealed ?? first
    for (const manifest of sealed) {
      // A manifest that the crash left in staging is none; one in place is whole.
      const inPlace = await lake.version(manifest).catch(() => null)
      if (inPlace) assert.deepEqual(await lake.verify(manifest), [])
    }
    await lake.sweep([live])
    const { files } = await lake.version(live)
    assert.equal(filesBelow(root()).length, files.length + 2, 'its files, its manifest and the leases remain')
    assert.deepEqual(await lake.verify(live), [])
  }

  it('leaves nothing visible or a sealed version, whichever step it dies at', async () => {
    let crashes = 0
    for (let at = 0, isCrashed = true; isCrashed; at++) {
      startAgain()
      const progress: Progress = {}
      isCrashed = await crashAtStep(at, () => publish(progress))
      await checkAfter(progress)
      if (isCrashed) crashes++
      else assert.ok(progress.isSweeping)
    }
    assert.ok(crashes > 20, `only ${crashes} steps were seen`)
  })

  it('flushes a file before it moves into place, and its folder after', async () => {
    startAgain()
    const trace = await traceSteps(() => publish({}))
    assert.equal(trace.filter((step) => step.what === 'rename').length, 2)
    assert.deepEqual(unsafeRenames(trace), [])
  })

  it('hands out nothing when the record cannot be kept, and goes on when it can again', async () => {
    startAgain()
    const lake = await openLakeFs({ root: root(), clock })
    const record = join(root(), 'leases.jsonl')
    const calls = await traceSteps(async () => void (await lake.lease(first, entry)))
    assert.deepEqual(calls, [
      { what: 'write', path: record },
      { what: 'datasync', path: record },
    ])
    for (const at of [0, 1]) {
      const leasing = async () => {
        await assert.rejects(lake.lease(first, 4 as EntryIndex), (error) => isFdpError(error, 'FDP_LAKE_LEASE_LOG'))
        throw new Crashed('as it should')
      }
      assert.ok(await crashAtStep(at, leasing))
      await lake.lease(first, (10 + at) as EntryIndex)
    }
    const leases: number[] = []
    for await (const lease of lake.leases()) leases.push(lease.entry)
    assert.deepEqual(leases, [entry, 10, 11])
  })

  it('hands out nothing when a full disk takes only a part of the record', async () => {
    startAgain()
    const lake = await openLakeFs({ root: root(), clock })
    await withShortWrites(() =>
      assert.rejects(lake.lease(first, entry), (error) => isFdpError(error, 'FDP_LAKE_LEASE_LOG')),
    )
    await lake.lease(first, 12 as EntryIndex)
    const leases: number[] = []
    for await (const lease of lake.leases()) leases.push(lease.entry)
    assert.deepEqual(leases, [12])
  })
})
