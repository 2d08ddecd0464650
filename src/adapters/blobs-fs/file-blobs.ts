import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '#files'
import { fromHex, hmacSha256, lengthPrefixed, type Random, toHex } from '#kernel'
import type { Blob, BlobStore, Keys } from '#ports'
import { encodeHeader, headerBytesMax } from './blob-header.ts'
import { openBlob, readHeader } from './blob-reader.ts'
import { writeBlob } from './blob-writer.ts'
import { blobErrors } from './errors.ts'

const idPattern = /^[0-9a-f]{64}$/
const unfinished = '.new-'

/**
 * Opens (and makes, mode 0700) the blob folder of the tenant whose `keys` are given, and removes what an interrupted
 * `put` left. For the one process that writes the tenant.
 */
export async function openFileBlobs(folder: string, keys: Keys, random: Random): Promise<BlobStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const file of await readdir(folder)) if (file.startsWith(unfinished)) await rm(join(folder, file))
  return new FileBlobs(folder, keys, random)
}

/** The header holds the wrapped data key: without it nobody opens the chunks, wherever the disk still has them. */
async function destroyKey(path: string): Promise<void> {
  const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!file) return
  try {
    const { size } = await file.stat()
    await file.write(Buffer.alloc(Math.min(size, headerBytesMax)), 0, Math.min(size, headerBytesMax), 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

class FileBlobs implements BlobStore {
  readonly #folder: string
  readonly #keys: Keys
  readonly #random: Random
  readonly #nameKey: Uint8Array

  constructor(folder: string, keys: Keys, random: Random) {
    this.#folder = folder
    this.#keys = keys
    this.#random = random
    this.#nameKey = keys.derive(lengthPrefixed('openfdp/blob-name/v1'))
  }

  async put(content: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Blob> {
    return await this.#replace(async (file) => {
      const written = await writeBlob(file, content, bytesMax, this.#keys, this.#random)
      // Over an existing file of the same content: equal in meaning, and it heals one that was damaged.
      return { id: this.#idOf(fromHex(written.sha256)), ...written }
    })
  }

  async rewrap(): Promise<{ blobs: number }> {
    let blobs = 0
    for (const id of await this.#ids()) if (await this.#rewrapOne(id)) blobs++
    return { blobs }
  }

  async *open(id: string): AsyncGenerator<Uint8Array> {
    const file = await this.#file(id)
    try {
      const blob = await this.#opened(file, id)
      yield* blob.chunks()
    } finally {
      await file.close()
    }
  }

  async has(id: string): Promise<boolean> {
    if (!idPattern.test(id)) return false
    return await stat(join(this.#folder, id)).then(
      () => true,
      () => false,
    )
  }

  async delete(id: string): Promise<void> {
    if (!idPattern.test(id)) return
    const path = join(this.#folder, id)
    await destroyKey(path)
    await rm(path, { force: true })
    await syncFolder(this.#folder)
  }

  async *list(): AsyncGenerator<Blob> {
    for (const id of await this.#ids()) {
      const file = await this.#file(id)
      try {
        const { bytes, sha256 } = await this.#opened(file, id)
        yield { id, bytes, sha256 }
      } finally {
        await file.close()
      }
    }
  }

  /** A new header before the same chunks, which the data key alone protects. */
  async #rewrapOne(id: string): Promise<boolean> {
    const old = await this.#file(id)
    try {
      const tampered = () => blobErrors('FDP_BLOB_TAMPERED', { id })
      const header = await readHeader(old, (await old.stat()).size, this.#keys, tampered)
      const wrapped = this.#keys.wrap('blob', header.dataKey)
      if (wrapped.keyVersion === header.keyVersion) return false
      await this.#replace(async (file) => {
        await file.appendFile(encodeHeader(wrapped))
        await file.appendFile(old.createReadStream({ start: header.end, autoClose: false }))
        return { id }
      })
      return true
    } finally {
      await old.close()
    }
  }

  /** Writes a new file to the end, makes it durable, and only then gives it the name of its blob. */
  async #replace<T extends { readonly id: string }>(write: (file: FileHandle) => Promise<T>): Promise<T> {
    const making = join(this.#folder, `${unfinished}${toHex(this.#random.bytes(16))}`)
    try {
      const file = await open(making, 'wx', 0o600)
      let written: T
      try {
        written = await write(file)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(making, join(this.#folder, written.id))
      await syncFolder(this.#folder)
      return written
    } catch (error) {
      await rm(making, { force: true })
      throw error
    }
  }

  async #ids(): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => idPattern.test(name)).sort()
  }

  #opened(file: FileHandle, id: string) {
    return openBlob(file, id, this.#keys, (sha256) => this.#idOf(sha256))
  }

  async #file(id: string): Promise<FileHandle> {
    if (!idPattern.test(id)) throw blobErrors('FDP_BLOB_MISSING', { id: 'of that name' })
    return await open(join(this.#folder, id), 'r').catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? blobErrors('FDP_BLOB_MISSING', { id }) : error
    })
  }

  #idOf(sha256: Uint8Array): string {
    return toHex(hmacSha256(this.#nameKey, sha256))
  }
}
