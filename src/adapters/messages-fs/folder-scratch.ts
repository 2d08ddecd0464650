import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '#files'
import type { Random } from '#kernel'
import type { Scratch } from '#ports'
import { openRecord, type RecordPlace, sealRecord } from './record-cipher.ts'

const memoryBytesDefault = 32 * 1024 * 1024
/** What a record takes beyond its bytes. */
const recordBytes = 100
const lengthBytes = 4

/** One that has no name any more once it is open: whatever becomes of the process, nobody finds it. */
export async function openFolderScratch(
  folder: string,
  random: Random,
  memoryBytesMax: number = memoryBytesDefault,
): Promise<Scratch> {
  await makeFolder(folder)
  const path = join(folder, `${Buffer.from(random.bytes(16)).toString('hex')}.scratch`)
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return new FolderScratch(file, random.bytes(32), memoryBytesMax)
}

interface Chunk {
  readonly at: number
  readonly start: number
  readonly length: number
}

class FolderScratch implements Scratch {
  readonly #file: FileHandle
  readonly #dataKey: Uint8Array
  readonly #memoryBytesMax: number
  readonly #chunks = new Map<number, Chunk[]>()
  #held = new Map<number, Uint8Array[]>()
  #heldBytes = 0
  #written = 0
  #count = 0
  #spilling: Promise<void> = Promise.resolve()

  constructor(file: FileHandle, dataKey: Uint8Array, memoryBytesMax: number) {
    this.#file = file
    this.#dataKey = dataKey
    this.#memoryBytesMax = memoryBytesMax
  }

  async add(partition: number, record: Uint8Array): Promise<void> {
    const held = this.#held.get(partition)
    if (held) held.push(record)
    else this.#held.set(partition, [record])
    this.#heldBytes += record.length + recordBytes
    if (this.#heldBytes <= this.#memoryBytesMax) return
    this.#spilling = this.#spilling.then(() => this.#spill())
    await this.#spilling
  }

  /** All that is held goes to the file in one write, a sealed chunk each partition. */
  async #spill(): Promise<void> {
    if (this.#heldBytes <= this.#memoryBytesMax) return
    const held = this.#held
    this.#held = new Map()
    this.#heldBytes = 0
    const sealed: Buffer[] = []
    const chunks: [number, Chunk][] = []
    let start = this.#written
    for (const [partition, records] of held) {
      const at = this.#count++
      const chunk = sealRecord(this.#dataKey, placeOf(at), framed(records))
      sealed.push(chunk)
      chunks.push([partition, { at, start, length: chunk.length }])
      start += chunk.length
    }
    const bytes = Buffer.concat(sealed)
    const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, this.#written)
    if (bytesWritten !== bytes.length) throw new Error('the scratch was written in part')
    this.#written = start
    for (const [partition, chunk] of chunks) {
      const known = this.#chunks.get(partition)
      if (known) known.push(chunk)
      else this.#chunks.set(partition, [chunk])
    }
  }

  async read(partition: number): Promise<readonly Uint8Array[]> {
    await this.#spilling
    const chunks = [...(this.#chunks.get(partition) ?? [])]
    const held = [...(this.#held.get(partition) ?? [])]
    const found: Uint8Array[] = []
    for (const { at, start, length } of chunks) {
      const sealed = Buffer.alloc(length)
      const { bytesRead } = await this.#file.read(sealed, 0, length, start)
      const opened = bytesRead === length ? openRecord(this.#dataKey, placeOf(at), sealed) : null
      if (!opened) throw new Error('the scratch is not as it was written')
      for (const record of unframed(opened.plain)) found.push(record)
    }
    for (const record of held) found.push(record)
    return found
  }

  async close(): Promise<void> {
    await this.#spilling.catch(() => {})
    this.#held = new Map()
    await this.#file.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function placeOf(at: number): RecordPlace {
  return { tenant: '', log: 'scratch', segment: '', at }
}

function framed(records: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    records.flatMap((record) => {
      const length = Buffer.alloc(lengthBytes)
      length.writeUInt32BE(record.length)
      return [length, record]
    }),
  )
}

function* unframed(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const start = at + lengthBytes
    at = start + bytes.readUInt32BE(at)
    yield bytes.subarray(start, at)
  }
}
