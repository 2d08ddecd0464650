import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { canonicalJson, type FdpError, type FormatSpec, type JsonObject, readFormat, writeFormat } from '#kernel'
import { isMissing, writeDurably } from './durable.ts'

export type LeaseRecord = { readonly entry: number; readonly manifestSha256: string; readonly time: string }

export type LogHeader = { readonly format: string; readonly version: number }

/** What differs between the stores that keep such a log: the name of its format and their own errors. */
export interface LeaseLogOf {
  readonly format: FormatSpec<LogHeader>
  /** A lease that could not be recorded, and so was not given. */
  notKept(cause: unknown): FdpError
  /** A line that is not a lease. */
  damaged(line: number): FdpError
}

interface Waiting {
  readonly line: string
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/**
 * The record of every lease: one header line, then one JSON line a lease. Leases that come at the same time share one
 * flush. A line cut short by a crash was never acknowledged and is dropped when the log is opened.
 */
export class LeaseLog {
  readonly #path: string
  readonly #of: LeaseLogOf
  #waiting: Waiting[] = []
  #flushing = false
  /** Where a failed append began. */
  #cutTo: number | null = null

  private constructor(path: string, of: LeaseLogOf) {
    this.#path = path
    this.#of = of
  }

  static async open(path: string, of: LeaseLogOf): Promise<LeaseLog> {
    try {
      await dropTornLine(path)
    } catch (error) {
      if (!isMissing(error)) throw error
      const header = `${canonicalJson(writeFormat(of.format, {}))}\n`
      await writeDurably(path, `${path}.new`, Buffer.from(header))
    }
    return new LeaseLog(path, of)
  }

  /** Returns when the lease is on stable storage; otherwise the error is the store's `notKept`, and it counts as not given. */
  append(record: LeaseRecord): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ line: `${canonicalJson(record)}\n`, done, failed })
      if (!this.#flushing) void this.#flush()
    })
  }

  async #flush(): Promise<void> {
    this.#flushing = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#appendDurably(batch.map((waiting) => waiting.line).join(''))
        for (const waiting of batch) waiting.done()
      } catch (error) {
        for (const waiting of batch) waiting.failed(this.#of.notKept(error))
      }
    }
    this.#flushing = false
  }

  async #appendDurably(text: string): Promise<void> {
    const handle = await open(this.#path, 'r+')
    try {
      // What a failed append left was not acknowledged: it must not be found later, nor glue itself to the next line.
      if (this.#cutTo !== null) await handle.truncate(this.#cutTo)
      const { size } = await handle.stat()
      this.#cutTo = size
      const bytes = Buffer.from(text)
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, size)
      // A disk that fills up takes a part without an error.
      if (bytesWritten !== bytes.length) throw new Error('the record was written in part')
      await handle.datasync()
      this.#cutTo = null
    } finally {
      await handle.close()
    }
  }

  /** Every complete line, oldest first; the store's `damaged` at the first that is not a lease. */
  async *read(): AsyncIterable<LeaseRecord> {
    let rest = ''
    let line = 0
    for await (const piece of createReadStream(this.#path, { encoding: 'utf8' })) {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) {
        line++
        const document = parseLine(text)
        if (document === null) throw this.#of.damaged(line)
        if (line === 1) readFormat(this.#of.format, document)
        else yield this.#record(document, line)
      }
    }
  }

  #record({ entry, manifestSha256, time }: JsonObject, line: number): LeaseRecord {
    if (!Number.isSafeInteger(entry) || typeof manifestSha256 !== 'string' || typeof time !== 'string') {
      throw this.#of.damaged(line)
    }
    return { entry: entry as number, manifestSha256, time }
  }
}

async function dropTornLine(path: string): Promise<void> {
  const { size } = await stat(path)
  const handle = await open(path, 'r+')
  try {
    const tail = Buffer.alloc(Math.min(size, 1 << 20))
    await handle.read(tail, 0, tail.length, size - tail.length)
    const kept = size - tail.length + tail.lastIndexOf('\n') + 1
    if (kept === size) return
    await handle.truncate(kept)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

function parseLine(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    return null
  }
}
