import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { makeFolder, syncFolder } from '#files'
import { type Random, sha256Hex } from '#kernel'
import type { Keys, MessageLog, SegmentMark } from '#ports'
import { messageLogErrors } from './errors.ts'
import { openRecord, sealRecord } from './record-cipher.ts'
import { decodeHeader, encodeHeader } from './segment-header.ts'

/** A segment is read whole; it ends with the flush that makes it longer than this. */
const segmentBytesMax = 16 * 1024 * 1024
const namePattern = /^\d{8}\.log$/

/** Opens (and makes, mode 0700) the folder of one log. */
export async function openFolderMessageLog(folder: string, keys: Keys, random: Random): Promise<MessageLog> {
  await makeFolder(folder)
  const segments = (await readdir(folder)).filter((name) => namePattern.test(name)).sort()
  return new FolderMessageLog(folder, keys, random, segments)
}

interface Open {
  readonly name: string
  readonly file: FileHandle
  readonly dataKey: Uint8Array
  readonly hash: Hash
  readonly start: number
  records: number
  bytes: number
}

interface Waiting {
  readonly record: Uint8Array
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

class FolderMessageLog implements MessageLog {
  readonly #folder: string
  readonly #keys: Keys
  readonly #random: Random
  readonly #earlier: readonly string[]
  readonly #marks = new Map<string, SegmentMark>()
  #next: number
  #open: Open | null = null
  #waiting: Waiting[] = []
  #flushing: Promise<void> | null = null
  #isClosed = false

  constructor(folder: string, keys: Keys, random: Random, segments: readonly string[]) {
    this.#folder = folder
    this.#keys = keys
    this.#random = random
    this.#earlier = segments
    this.#next = Number.parseInt(segments.at(-1) ?? '0', 10) + 1
  }

  append(record: Uint8Array): Promise<void> {
    if (this.#isClosed) return Promise.reject(messageLogErrors('FDP_MESSAGELOG_CLOSED'))
    return new Promise((done, failed) => {
      this.#waiting.push({ record, done, failed })
      this.#flushing ??= this.#flush().finally(() => {
        this.#flushing = null
      })
    })
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#write(batch.map(({ record }) => record))
        for (const { done } of batch) done()
      } catch (error) {
        // What is in the file now is not known: nothing is written behind it.
        await this.#end()
        for (const { failed } of batch) failed(error)
      }
    }
  }

  async #write(records: readonly Uint8Array[]): Promise<void> {
    if (this.#open && this.#open.bytes > segmentBytesMax) await this.#end()
    this.#open ??= await this.#begin()
    const at = this.#open
    const place = { tenant: this.#keys.tenant, log: basename(this.#folder), segment: at.name }
    const sealed = Buffer.concat(
      records.map((record, i) => sealRecord(at.dataKey, { ...place, at: at.records + i }, record)),
    )
    const { bytesWritten } = await at.file.write(sealed, 0, sealed.length, at.start + at.bytes)
    // A disk that fills up takes a part without an error.
    if (bytesWritten !== sealed.length) throw new Error('the records were written in part')
    await at.file.datasync()
    at.records += records.length
    at.bytes += sealed.length
    const sha256 = at.hash.update(sealed).copy().digest('hex')
    this.#marks.set(at.name, { segment: at.name, records: at.records, bytes: at.bytes, sha256 })
  }

  async #begin(): Promise<Open> {
    const name = `${String(this.#next++).padStart(8, '0')}.log`
    const file = await open(join(this.#folder, name), 'wx', 0o600)
    try {
      const dataKey = this.#random.bytes(32)
      const header = encodeHeader(this.#keys, dataKey)
      await file.write(header)
      await file.sync()
      await syncFolder(this.#folder)
      return { name, file, dataKey, hash: createHash('sha256'), start: header.length, records: 0, bytes: 0 }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async #end(): Promise<void> {
    await this.#open?.file.close().catch(() => {})
    this.#open = null
  }

  async *read(known: readonly SegmentMark[]): AsyncGenerator<Uint8Array> {
    const names = [...new Set([...this.#earlier, ...this.#marks.keys()])].sort()
    const missing = known.find(({ segment }) => !names.includes(segment))
    if (missing) throw messageLogErrors('FDP_MESSAGELOG_DAMAGED', { segment: missing.segment })
    for (const name of names) {
      const { records, mark } = await this.#segment(name, known.find(({ segment }) => segment === name) ?? null)
      // What this process writes it has marked itself, and further by now.
      if (this.#earlier.includes(name)) this.#marks.set(name, mark)
      yield* records
    }
  }

  /** All of a segment that is whole, and no less than was known of it. */
  async #segment(segment: string, known: SegmentMark | null) {
    const damaged = () => messageLogErrors('FDP_MESSAGELOG_DAMAGED', { segment })
    const file = await readFile(join(this.#folder, segment))
    const header = decodeHeader(this.#keys, file)
    // Cut short while it was begun, there is not even a whole header.
    if (!header && (known || file.length > 4 + (file.length < 4 ? 0 : file.readUInt32BE()))) throw damaged()
    const body = header ? file.subarray(header.end) : Buffer.alloc(0)
    const place = { tenant: this.#keys.tenant, log: basename(this.#folder), segment }
    const records: Uint8Array[] = []
    let bytes = 0
    for (;;) {
      const opened = header && openRecord(header.dataKey, { ...place, at: records.length }, body.subarray(bytes))
      if (!opened) break
      records.push(opened.plain)
      bytes += opened.bytes
    }
    if (known && (records.length < known.records || sha256Hex(body.subarray(0, known.bytes)) !== known.sha256)) {
      throw damaged()
    }
    return { records, mark: { segment, records: records.length, bytes, sha256: sha256Hex(body.subarray(0, bytes)) } }
  }

  marks(): readonly SegmentMark[] {
    return [...this.#marks.values()].sort((a, b) => (a.segment < b.segment ? -1 : 1))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#flushing
    await this.#end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
