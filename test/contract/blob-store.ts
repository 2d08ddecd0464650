import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom, sha256Hex } from '#kernel'
import type { Blob, BlobStore } from '#ports'

const mebibyte = 1024 * 1024

/** What every BlobStore must keep; see the port. `make` gives an empty store. */
export function blobStoreContract(name: string, make: () => Promise<BlobStore>): void {
  describe(`blob store contract: ${name}`, () => {
    it('refuses more than the limit, and leaves nothing', async () => {
      const store = await make()
      await assert.rejects(store.put(parts(Buffer.alloc(11)), 10), { code: 'FDP_BLOB_TOO_LARGE' })
      assert.deepEqual(await listed(store), [])
      assert.equal((await store.put(parts(Buffer.alloc(10)), 10)).bytes, 10)
    })
    it('leaves nothing when the content fails half-way', async () => {
      const store = await make()
      const failing = async function* () {
        yield seededRandom('half').bytes(2 * mebibyte)
        throw new Error('the line went dead')
      }
      await assert.rejects(store.put(failing(), 10 * mebibyte), /line went dead/)
      assert.deepEqual(await listed(store), [])
    })
    it('refuses to open what is not there', async () => {
      const store = await make()
      await assert.rejects(read(store, 'f'.repeat(64)), { code: 'FDP_BLOB_MISSING' })
      const { id } = await store.put(parts(Buffer.from('x')), 10)
      await store.delete(id)
      await store.delete(id)
      assert.equal(await store.has(id), false)
      await assert.rejects(read(store, id), { code: 'FDP_BLOB_MISSING' })
    })
    it('gives back the same bytes at every size around a chunk, however they arrive', async () => {
      const store = await make()
      for (const size of [0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte]) {
        const content = seededRandom(`size ${size}`).bytes(size)
        const pieces = [
          content.subarray(0, 7),
          content.subarray(7, 7),
          content.subarray(7, 1_500_000),
          content.subarray(1_500_000),
        ]
        const blob = await store.put(parts(...pieces), 4 * mebibyte)
        assert.deepEqual({ bytes: blob.bytes, sha256: blob.sha256 }, { bytes: size, sha256: sha256Hex(content) })
        assert.equal(sha256Hex(await read(store, blob.id)), blob.sha256)
        assert.ok(await store.has(blob.id))
      }
    })
    it('holds the same content once, and lists what it holds', async () => {
      const store = await make()
      const [one, same] = await Promise.all([
        store.put(parts(Buffer.from('one')), 10),
        store.put(parts(Buffer.from('one')), 10),
      ])
      const two = await store.put(parts(Buffer.from('two')), 10)
      assert.deepEqual(one, same)
      const byId = (a: Blob, b: Blob) => (a.id < b.id ? -1 : 1)
      assert.deepEqual((await listed(store)).sort(byId), [one, two].sort(byId))
    })
    it('can be left early and opened again', async () => {
      const store = await make()
      const { id } = await store.put(parts(seededRandom('early').bytes(3 * mebibyte)), 4 * mebibyte)
      for await (const _ of store.open(id)) break
      assert.equal((await read(store, id)).length, 3 * mebibyte)
    })
  })
}

async function* parts(...content: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* content
}

async function read(store: BlobStore, id: string): Promise<Uint8Array> {
  const content: Uint8Array[] = []
  for await (const part of store.open(id)) content.push(part)
  return Buffer.concat(content)
}

async function listed(store: BlobStore): Promise<Blob[]> {
  const blobs: Blob[] = []
  for await (const blob of store.list()) blobs.push(blob)
  return blobs
}
