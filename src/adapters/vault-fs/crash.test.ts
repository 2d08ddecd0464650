import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EntryIndex, isFdpError, manualClock, systemRandom } from '#kernel'
import type { Keys, Vault, VaultSegment } from '#ports'
import { personBlocks, personColumns } from '../../../test/contract/vault.ts'
import { Crashed, crashAtStep, traceSteps, unsafeRenames, withShortWrites } from '../../../test/crash-steps.ts'
import { memoryKeys } from '../../../test/memory-keys.ts'
import { openVaultFs } from './index.ts'

const clock = manualClock('2026-02-01T09:00:00Z')
const entry = 3 as EntryIndex

interface Progress {
  sealed?: string
  isLeased?: boolean
  isSweeping?: boolean
  isSwept?: boolean
}

describe('vault-fs at a crash', () => {
  let folder: string
  let keys: Keys
  let kept: VaultSegment
  let erased: VaultSegment
  let first: string
  const root = () => join(folder, 'vault')
  const openHere = (at: string) => openVaultFs({ root: at, keys, clock, random: systemRandom })
  const write = (vault: Vault) =>
    vault.write({ table: 'identity', controller: 'RJ1', columns: personColumns, blocks: personBlocks([3, 2]) })

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'openfdp-crash-'))
    keys = memoryKeys('rj1', 'crash')
    const vault = await openHere(join(folder, 'start'))
    kept = await write(vault)
    erased = await write(vault)
    first = (await vault.seal([kept, erased])).manifestSha256
    await keys.rotateWrapping()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** One segment written anew in place of another, sealed, leased, every key wrapped again, the old one destroyed. */
  async function replace(progress: Progress): Promise<void> {
    const vault = await openHere(root())
    const rewritten = await write(vault)
    const sealed = await vault.seal([kept, rewritten])
    progress.sealed = sealed.manifestSha256
    const lease = await vault.lease(sealed.manifestSha256, entry)
    progress.isLeased = true
    await lease[Symbol.asyncDispose]()
    await vault.rewrap([first, sealed.manifestSha256])
    progress.isSweeping = true
    await vault.sweep([sealed.manifestSha256])
    progress.isSwept = true
  }

  function startAgain(): void {
    rmSync(root(), { recursive: true, force: true })
    cpSync(join(folder, 'start'), root(), { recursive: true })
  }

  const filesBelow = (path: string) =>
    readdirSync(path, { recursive: true, withFileTypes: true }).filter((found) => found.isFile()).length

  async function checkAfter(progress: Progress): Promise<void> {
    const vault = await openHere(root())
    if (!progress.isSweeping) assert.deepEqual(await vault.verify(first), [], 'what was there stays')
    if (progress.sealed) assert.deepEqual(await vault.verify(progress.sealed), [], 'what was acknowledged stays')
    const leases: number[] = []
    for await (const lease of vault.leases()) leases.push(lease.entry)
    if (progress.isLeased) assert.deepEqual(leases, [entry])
    const live = progress.sealed ?? first
    await vault.sweep([live])
    assert.deepEqual(await vault.verify(live), [])
    assert.equal(filesBelow(root()), 6, 'two segments, two keys, a manifest and the leases remain')
    if (progress.sealed) await assert.rejects(vault.seal([erased]))
  }

  it('leaves nothing visible or a sealed version, whichever step it dies at', async () => {
    let crashes = 0
    for (let at = 0, isCrashed = true; isCrashed; at++) {
      startAgain()
      const progress: Progress = {}
      isCrashed = await crashAtStep(at, () => replace(progress))
      await checkAfter(progress)
      if (isCrashed) crashes++
      else assert.ok(progress.isSwept)
    }
    assert.ok(crashes > 30, `only ${crashes} steps were seen`)
  })

  it('flushes a file before it moves into place and its folder after, and overwrites a key before removing it', async () => {
    startAgain()
    const trace = await traceSteps(() => replace({}))
    assert.ok(trace.filter((step) => step.what === 'rename').length >= 4)
    assert.deepEqual(unsafeRenames(trace), [])
    const key = join(root(), 'keys', `${erased.id}.key`)
    const last = trace.filter((step) => step.path === key).map((step) => step.what)
    assert.deepEqual(last.slice(-3), ['write', 'sync', 'unlink'])
    const keyGone = trace.findIndex((step) => step.what === 'unlink' && step.path === key)
    const segmentGone = trace.findIndex((step) => step.what === 'rm' && step.path.includes(erased.id))
    assert.ok(keyGone < segmentGone, 'the key goes first')
  })

  it('hands out nothing when the record cannot be kept, and goes on when it can again', async () => {
    startAgain()
    const vault = await openHere(root())
    const record = join(root(), 'leases.jsonl')
    const calls = await traceSteps(async () => void (await vault.lease(first, entry)))
    assert.deepEqual(calls, [
      { what: 'write', path: record },
      { what: 'datasync', path: record },
    ])
    for (const at of [0, 1]) {
      const leasing = async () => {
        await assert.rejects(vault.lease(first, 4 as EntryIndex), (error) => isFdpError(error, 'FDP_VAULT_LEASE_LOG'))
        throw new Crashed('as it should')
      }
      assert.ok(await crashAtStep(at, leasing))
      await vault.lease(first, (10 + at) as EntryIndex)
    }
    const leases: number[] = []
    for await (const lease of vault.leases()) leases.push(lease.entry)
    assert.deepEqual(leases, [entry, 10, 11])
  })

  it('hands out nothing when a full disk takes only a part of the record', async () => {
    startAgain()
    const vault = await openHere(root())
    await withShortWrites(() =>
      assert.rejects(vault.lease(first, entry), (error) => isFdpError(error, 'FDP_VAULT_LEASE_LOG')),
    )
    await vault.lease(first, 12 as EntryIndex)
    const leases: number[] = []
    for await (const lease of vault.leases()) leases.push(lease.entry)
    assert.deepEqual(leases, [12])
  })
})
