import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createKeys } from '#adapters/keys-file'
import { isFdpError, seededRandom, sha256Hex, systemRandom } from '#kernel'
import type { BlobStore, Keys } from '#ports'
import { openFileBlobs } from './file-blobs.ts'

const mebibyte = 1024 * 1024
const canary = '9434765919'

async function withStore(use: (store: BlobStore, folder: string, keys: Keys) => Promise<void>): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'fdp-blobs-'))
  try {
    const keys = await createKeys(join(base, 'keys'), 'rj1', systemRandom)
    const folder = join(base, 'blobs')
    await use(await openFileBlobs(folder, keys, systemRandom), folder, keys)
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

async function* of(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const part of content) bytes += part.length
  return bytes
}

describe('blobs in files', () => {
  it('refuses a changed byte anywhere, before the chunk that holds it', () =>
    withStore(async (store, folder) => {
      const { id } = await store.put(of(Buffer.from(canary)), mebibyte)
      const stored = await readFile(join(folder, id))
      for (let i = 0; i < stored.length; i++) {
        const changed = Buffer.from(stored)
        changed[i] = changed[i]! ^ 2
        await writeFile(join(folder, id), changed)
        await assert.rejects(drain(store.open(id)), (error) => {
          // A changed version number says that a later program wrote it.
          return isFdpError(error, 'FDP_BLOB_TAMPERED') || isFdpError(error, 'FDP_FORMAT_NEWER')
        })
      }
      await writeFile(join(folder, id), stored)
      assert.equal(await drain(store.open(id)), canary.length)
    }))
  it('refuses a file cut at any length, or made longer', () =>
    withStore(async (store, folder) => {
      const { id } = await store.put(of(Buffer.from(canary)), mebibyte)
      const stored = await readFile(join(folder, id))
      for (let length = 0; length < stored.length; length++) {
        await writeFile(join(folder, id), stored.subarray(0, length))
        await assert.rejects(drain(store.open(id)), { code: 'FDP_BLOB_TAMPERED' })
      }
      await writeFile(join(folder, id), Buffer.concat([stored, Buffer.alloc(1)]))
      await assert.rejects(drain(store.open(id)), { code: 'FDP_BLOB_TAMPERED' })
    }))
  it('refuses swapped, removed and repeated chunks', () =>
    withStore(async (store, folder) => {
      const { id } = await store.put(of(seededRandom('chunks').bytes(3 * mebibyte + 5)), 4 * mebibyte)
      const stored = await readFile(join(folder, id))
      const start = 4 + stored.readUInt32BE()
      const sealed = mebibyte + 16
      const [header, tail] = [stored.subarray(0, start), stored.subarray(start + 3 * sealed)]
      const chunk = (n: number) => stored.subarray(start + n * sealed, start + (n + 1) * sealed)
      const orders = { swapped: [1, 0, 2], removed: [0, 1], repeated: [0, 0, 1, 2], 'another in its place': [0, 0, 2] }
      for (const [how, order] of Object.entries(orders)) {
        await writeFile(join(folder, id), Buffer.concat([header, ...order.map(chunk), tail]))
        await assert.rejects(drain(store.open(id)), { code: 'FDP_BLOB_TAMPERED' }, how)
      }
    }))
  it('yields authentic chunks only, up to the one that is damaged', () =>
    withStore(async (store, folder) => {
      const { id } = await store.put(of(seededRandom('chunks').bytes(3 * mebibyte)), 4 * mebibyte)
      const stored = await readFile(join(folder, id))
      stored[stored.length - 1_000] = stored[stored.length - 1_000]! ^ 1
      await writeFile(join(folder, id), stored)
      let seen = 0
      const reading = async () => {
        for await (const part of store.open(id)) seen += part.length
      }
      await assert.rejects(reading(), { code: 'FDP_BLOB_TAMPERED' })
      assert.equal(seen, 2 * mebibyte)
    }))
  it('refuses an authentic blob under the name of another', () =>
    withStore(async (store, folder) => {
      const one = await store.put(of(Buffer.from('one')), mebibyte)
      const two = await store.put(of(Buffer.from('two')), mebibyte)
      await copyFile(join(folder, one.id), join(folder, two.id))
      await assert.rejects(drain(store.open(two.id)), { code: 'FDP_BLOB_TAMPERED' })
    }))
  it('refuses a name that is a path', () =>
    withStore(async (store) => {
      for (const id of ['../keys/root.key', '', '.', 'a'.repeat(63)]) {
        assert.equal(await store.has(id), false)
        await store.delete(id)
        await assert.rejects(drain(store.open(id)), { code: 'FDP_BLOB_MISSING' })
      }
    }))
  it('writes nothing plain, names nothing by its content alone, and only its owner reads', () =>
    withStore(async (store, folder) => {
      const content = Buffer.from(`nhs_number\n${canary}\n`)
      const { id, sha256 } = await store.put(of(content), mebibyte)
      assert.equal(sha256, sha256Hex(content))
      assert.notEqual(id, sha256)
      assert.ok(!(await readFile(join(folder, id))).includes(canary))
      assert.equal((await stat(join(folder, id))).mode & 0o077, 0)
    }))
  it('opens under a new wrapping key once the old one is destroyed, if wrapped again, and not otherwise', () =>
    withStore(async (store, folder, keys) => {
      const content = seededRandom('rotate').bytes(2 * mebibyte + 3)
      const { id } = await store.put(of(content), 4 * mebibyte)
      const lost = await store.put(of(Buffer.from('lost')), mebibyte)
      const unwrapped = await readFile(join(folder, lost.id))
      await keys.rotateWrapping()
      assert.deepEqual(await store.rewrap(), { blobs: 2 })
      assert.deepEqual(await store.rewrap(), { blobs: 0 })
      await writeFile(join(folder, lost.id), unwrapped)
      await keys.destroyWrapping(1)
      assert.equal(await drain(store.open(id)), content.length)
      await assert.rejects(drain(store.open(lost.id)), { code: 'FDP_BLOB_TAMPERED' })
      assert.equal((await readdir(folder)).length, 2)
    }))
  it('sweeps what an interrupted put left, and heals a damaged blob when it is put again', () =>
    withStore(async (store, folder, keys) => {
      const { id } = await store.put(of(Buffer.from('a')), mebibyte)
      await writeFile(join(folder, id), 'damage')
      await writeFile(join(folder, '.new-00'), 'half')
      const again = await openFileBlobs(folder, keys, systemRandom)
      assert.deepEqual(await readdir(folder), [id])
      assert.equal((await again.put(of(Buffer.from('a')), mebibyte)).id, id)
      assert.equal(await drain(again.open(id)), 1)
    }))
})
