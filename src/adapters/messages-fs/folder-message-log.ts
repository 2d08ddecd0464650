import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isMissing, makeFolder, syncFolder } from '#files'
import { type Random, sha256Hex } from '#kernel'
import type { Keys, MessageLog, Rewritten, SegmentMark } from '#ports'
import { messageLogErrors } from './errors.ts'
import { openRecord, sealRecord } from './record-cipher.ts'
import { decodeHeader, encodeHeader, headerBytesMax } from './segment-header.ts'

/** A segment is read whole; it ends with the flush that makes it longer than this. */
const segmentBytesMax = 16 * 1024 * 1024
const namePattern = /^\d{8}\.log$/
/** Written anew, and not yet in its place. */
const newSuffix = '.new'

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
  #earlier: readonly string[]
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
      this.#flushing ??= this.#flush()
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
    // In the same turn as the last look: what is appended by whoever was just told begins a flush of its own.
    this.#flushing = null
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
    const name = this.#nextName()
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

  #nextName(): string {
    return `${String(this.#next++).padStart(8, '0')}.log`
  }

  async #end(): Promise<void> {
    const ended = this.#open
    this.#open = null
    await ended?.file.close().catch(() => {})
  }

  async rewrite(keep: (record: Uint8Array) => boolean): Promise<readonly Rewritten[]> {
    while (this.#flushing) await this.#flushing
    await this.#end()
    const found: Rewritten[] = []
    for (const mark of this.marks()) {
      // One that was cut short while it was begun has nothing in it.
      if (mark.records === 0) continue
      const { records } = await this.#segment(mark.segment, mark)
      const kept = records.filter(keep)
      if (kept.length === records.length) continue
      const by = kept.length === 0 ? null : await this.#writeAnew(kept)
      found.push({ segment: mark.segment, by, dropped: records.length - kept.length })
    }
    if (found.length > 0) await syncFolder(this.#folder)
    return found
  }

  async #writeAnew(records: readonly Uint8Array[]): Promise<SegmentMark> {
    const segment = this.#nextName()
    const dataKey = this.#random.bytes(32)
    const place = { tenant: this.#keys.tenant, log: basename(this.#folder), segment }
    const sealed = Buffer.concat(records.map((record, at) => sealRecord(dataKey, { ...place, at }, record)))
    const file = await open(join(this.#folder, `${segment}${newSuffix}`), 'wx', 0o600)
    try {
      await file.writeFile(Buffer.concat([encodeHeader(this.#keys, dataKey), sealed]))
      await file.sync()
    } finally {
      await file.close()
    }
    return { segment, records: records.length, bytes: sealed.length, sha256: sha256Hex(sealed) }
  }

  async settle(rewritten: readonly Rewritten[]): Promise<void> {
    const names = await readdir(this.#folder)
    for (const { segment, by } of rewritten) {
      // A name is used once, also after the segment has gone.
      for (const name of [segment, by?.segment ?? segment])
        this.#next = Math.max(this.#next, Number.parseInt(name, 10) + 1)
      if (!by || !names.includes(`${by.segment}${newSuffix}`)) continue
      await rename(join(this.#folder, `${by.segment}${newSuffix}`), join(this.#folder, by.segment))
      this.#marks.set(by.segment, by)
    }
    await syncFolder(this.#folder)
    for (const { segment } of rewritten) {
      await destroy(join(this.#folder, segment))
      this.#marks.delete(segment)
    }
    const gone = new Set(rewritten.map(({ segment }) => segment))
    const stray = names.filter((name) => name.endsWith(newSuffix))
    const named = new Set(rewritten.map(({ by }) => `${by?.segment}${newSuffix}`))
    for (const name of stray) if (!named.has(name)) await destroy(join(this.#folder, name))
    await syncFolder(this.#folder)
    const moved = rewritten.flatMap(({ by }) => (by && names.includes(`${by.segment}${newSuffix}`) ? [by.segment] : []))
    this.#earlier = [...new Set([...this.#earlier, ...moved])].filter((name) => !gone.has(name)).sort()
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

/** Its header with the wrapped key first: what is left of a file that was let go opens no more. */
async function destroy(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+')
    try {
      await file.write(Buffer.alloc(headerBytesMax), 0, headerBytesMax, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  await rm(path, { force: true })
}
