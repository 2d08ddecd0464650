import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EntryIndex, isFdpError, manualClock, seededRandom, sha256Hex, systemRandom } from '#kernel'
import type { Keys, Vault, VaultLease, VaultSegment } from '#ports'
import { findCanaries } from '../../../test/canary.ts'
import { collect, personBlocks, personColumns } from '../../../test/contract/vault.ts'
import { memoryKeys } from '../../../test/memory-keys.ts'
import { openVaultFs } from './index.ts'

const clock = manualClock('2026-02-01T09:00:00Z')
const isTampered = (error: unknown) => isFdpError(error, 'FDP_VAULT_TAMPERED')
const names = personColumns.map((column) => column.name)
const entry = 1 as EntryIndex

describe('vault-fs under attack', () => {
  let root: string
  let vault: Vault
  let segment: VaultSegment
  let manifest: string
  let lease: VaultLease
  const path = (kind: string, name: string) => join(root, kind, name)
  const segmentPath = () => path('segments', `${segment.id}.segment`)
  const keyPath = () => path('keys', `${segment.id}.key`)

  const openHere = (keys: Keys = memoryKeys('rj1', 'tamper')) =>
    openVaultFs({ root, keys, clock, random: systemRandom })
  const write = (sizes: readonly number[], into = vault) =>
    into.write({ table: 'identity', controller: 'RJ1', columns: personColumns, blocks: personBlocks(sizes) })
  const readAll = () => collect(lease.blocks('identity', names))

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'openfdp-tamper-'))
    vault = await openHere()
    segment = await write([2, 1])
    manifest = (await vault.seal([segment])).manifestSha256
    lease = await vault.lease(manifest, entry)
  })
  after(() => rm(root, { recursive: true, force: true }))

  /** Puts other bytes in place of a file, tries, and puts the true ones back. */
  async function withBytes(file: string, bytes: Uint8Array, attempt: () => Promise<void>): Promise<void> {
    const original = await readFile(file)
    await writeFile(file, bytes)
    await attempt()
    await writeFile(file, original)
  }

  it('refuses to read a segment with one bit of any byte turned', async () => {
    const original = await readFile(segmentPath())
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original)
      bytes[at]! ^= 1 << (at % 8)
      await withBytes(segmentPath(), bytes, () => assert.rejects(readAll(), isTampered, `byte ${at}`))
    }
    assert.equal((await readAll()).length, 2)
  })

  it('refuses a key file with one bit of any byte turned, and names the segment', async () => {
    const original = await readFile(keyPath())
    for (let at = 0; at < original.length * 8; at += 3) {
      const bytes = Buffer.from(original)
      bytes[at >> 3]! ^= 1 << (at & 7)
      await withBytes(keyPath(), bytes, () => assert.rejects(readAll(), isTampered, `bit ${at}`))
    }
    await withBytes(keyPath(), Buffer.alloc(original.length), async () => {
      assert.deepEqual(await vault.verify(manifest), [segment.id])
    })
    assert.deepEqual(await vault.verify(manifest), [])
  })

  it('refuses a manifest with any one byte changed', async () => {
    const file = path('manifests', `${manifest}.json`)
    const original = await readFile(file)
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original)
      bytes[at]! ^= 1
      await withBytes(file, bytes, async () => {
        const fresh = await openHere()
        await assert.rejects(fresh.lease(manifest, entry), isTampered, `byte ${at}`)
      })
    }
  })

  it('refuses an older manifest, whole and signed, in place of a newer one', async () => {
    const newer = await vault.seal([segment, await write([1])])
    const older = await readFile(path('manifests', `${manifest}.json`))
    await withBytes(path('manifests', `${newer.manifestSha256}.json`), older, async () => {
      const fresh = await openHere()
      await assert.rejects(fresh.version(newer.manifestSha256), isTampered)
      await assert.rejects(fresh.lease(newer.manifestSha256, entry), isTampered)
      await assert.rejects(fresh.sweep([newer.manifestSha256]), isTampered)
    })
    assert.deepEqual(await vault.verify(newer.manifestSha256), [])
  })

  it('refuses a manifest whose name fits but whose signature does not', async () => {
    const document = JSON.parse(await readFile(path('manifests', `${manifest}.json`), 'utf8'))
    document.segments[0].rows = 4
    const forged = Buffer.from(JSON.stringify(document))
    const name = sha256Hex(forged)
    await writeFile(path('manifests', `${name}.json`), forged)
    await assert.rejects(vault.lease(name, entry), isTampered)
    await rm(path('manifests', `${name}.json`))
  })

  it('refuses a segment cut anywhere, or with anything added', async () => {
    const original = await readFile(segmentPath())
    for (let length = 0; length < original.length; length++) {
      await withBytes(segmentPath(), original.subarray(0, length), async () => {
        await assert.rejects(readAll(), isTampered, `cut to ${length}`)
      })
    }
    await withBytes(segmentPath(), Buffer.concat([original, Buffer.from('x')]), async () => {
      await assert.rejects(vault.lease(manifest, entry), isTampered)
      assert.deepEqual(await vault.verify(manifest), [segment.id])
    })
  })

  it('refuses blocks or columns that changed places', async () => {
    const twin = await write([1, 1, 1])
    const twins = await vault.lease((await vault.seal([twin])).manifestSha256, entry)
    const file = path('segments', `${twin.id}.segment`)
    const original = await readFile(file)
    const start = 12 + original.readUInt32BE(8)
    const end = original.length - 12 - original.readUInt32BE(original.length - 12)
    const blockBytes = (end - start) / 3
    assert.ok(Number.isInteger(blockBytes), 'the three blocks are alike in length')
    const swapped = Buffer.from(original)
    original.copy(swapped, start, start + blockBytes, start + 2 * blockBytes)
    original.copy(swapped, start + blockBytes, start, start + blockBytes)
    assert.notDeepEqual(swapped, original)
    await withBytes(file, swapped, () => assert.rejects(collect(twins.blocks('identity', names)), isTampered))
    assert.equal((await collect(twins.blocks('identity', names))).length, 3)
  })

  it('refuses a segment in place of another, with and without its key', async () => {
    const twin = await write([2, 1])
    const bytes = await readFile(path('segments', `${twin.id}.segment`))
    assert.equal(bytes.length, segment.bytes, 'the size alone must not give it away')
    await withBytes(segmentPath(), bytes, async () => {
      await assert.rejects(readAll(), isTampered)
      const key = await readFile(path('keys', `${twin.id}.key`))
      await withBytes(keyPath(), key, () => assert.rejects(readAll(), isTampered))
      const renamed = Buffer.from(key.toString('utf8').replace(twin.id, segment.id))
      await withBytes(keyPath(), renamed, () => assert.rejects(readAll(), isTampered))
    })
  })

  it('refuses a segment of another tenant under the same id, even when both wrap with the same secret', async () => {
    const keys = memoryKeys('rj1', 'tamper')
    const theirs: Keys = { ...keys, tenant: 'r0a' }
    const sibling = join(root, 'sibling')
    const options = { root: sibling, clock, random: seededRandom('same id and data key') }
    const one = await write([2, 1], await openVaultFs({ ...options, keys: theirs }))
    const own = await openVaultFs({ root, keys, clock, random: seededRandom('same id and data key') })
    const other = await write([2, 1], own)
    assert.equal(one.id, other.id)
    const version = await own.seal([other])
    await copyFile(join(sibling, 'segments', `${one.id}.segment`), path('segments', `${other.id}.segment`))
    const reading = await own.lease(version.manifestSha256, entry)
    await assert.rejects(collect(reading.blocks('identity', names)), isTampered)
  })

  it('does not open an erased segment from a copy of its file', async () => {
    const erased = await write([3])
    const old = await vault.seal([erased])
    const copy = join(root, 'copy')
    const file = path('segments', `${erased.id}.segment`)
    await copyFile(file, copy)
    const oldManifest = await readFile(path('manifests', `${old.manifestSha256}.json`))
    const live = await vault.seal([segment])
    await vault.sweep([live.manifestSha256])
    assert.ok(!(await readdir(path('keys', ''))).some((name) => name.includes(erased.id)))
    await copyFile(copy, file)
    await writeFile(path('manifests', `${old.manifestSha256}.json`), oldManifest)
    const fresh = await openHere()
    await assert.rejects(fresh.lease(old.manifestSha256, entry), isTampered)
    assert.deepEqual(await fresh.verify(old.manifestSha256), [erased.id])
    await rm(copy)
  })

  it('does not open an erased segment from copies of file and key once the wrapping key is destroyed', async () => {
    const keys = memoryKeys('rj1', 'copies')
    const folder = join(root, 'copies')
    const own = await openVaultFs({ root: folder, keys, clock, random: systemRandom })
    const erased = await write([3], own)
    const kept = await write([2], own)
    const old = await own.seal([erased, kept])
    const names = [`segments/${erased.id}.segment`, `keys/${erased.id}.key`, `manifests/${old.manifestSha256}.json`]
    const copies = await Promise.all(names.map((name) => readFile(join(folder, name))))
    const live = await own.seal([kept])
    await own.sweep([live.manifestSha256])
    await keys.rotateWrapping()
    await own.rewrap([live.manifestSha256])
    await keys.destroyWrapping(1)
    await Promise.all(names.map((name, i) => writeFile(join(folder, name), copies[i]!)))
    const fresh = await openVaultFs({ root: folder, keys, clock, random: systemRandom })
    assert.deepEqual(await fresh.verify(old.manifestSha256), [erased.id])
    assert.deepEqual(await fresh.verify(live.manifestSha256), [])
  })

  it('drops a lease record that a crash cut short, and refuses one that was changed', async () => {
    const file = path('', 'leases.jsonl')
    const whole = await readFile(file)
    await truncate(file, whole.length - 3)
    const again = await openHere()
    const seen = await collect(again.leases())
    assert.ok(seen.length > 0 && seen.every((record) => record.manifestSha256.length === 64))
    await again.lease(manifest, 77 as EntryIndex)
    assert.deepEqual((await collect(again.leases())).map((record) => record.entry).slice(-1), [77])
    assert.equal((await collect(again.leases())).length, seen.length + 1)
    await writeFile(file, (await readFile(file, 'utf8')).replace('"entry":77', '"entry":"7"'))
    await assert.rejects(collect(again.leases()), (error) => isFdpError(error, 'FDP_VAULT_LEASES_DAMAGED'))
  })

  it('leaves nothing readable on disk', async () => {
    assert.deepEqual(await findCanaries(root, ['9990000001', 'Quote" O’Neil', '9007199254740993', 'O’Neil 1']), [])
  })
})
