import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { canonicalJson, type FormatSpec, type JsonObject, readFormat, writeFormat } from '#kernel'
import { isMissing, writeDurably } from './durable.ts'
import { vaultError } from './errors.ts'

export type LeaseRecord = { readonly entry: number; readonly manifestSha256: string; readonly time: string }

type LogHeader = { readonly format: string; readonly version: number }

const headerFormat: FormatSpec<LogHeader> = {
  format: 'openfdp/vault-leases',
  version: 1,
  migrations: {},
  check: (document) => document as LogHeader,
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
  #waiting: Waiting[] = []
  #flushing = false
  /** Where a failed append began. */
  #cutTo: number | null = null

  private constructor(path: string) {
    this.#path = path
  }

  static async open(path: string): Promise<LeaseLog> {
    try {
      await dropTornLine(path)
    } catch (error) {
      if (!isMissing(error)) throw error
      const header = `${canonicalJson(writeFormat(headerFormat, {}))}\n`
      await writeDurably(path, `${path}.new`, Buffer.from(header))
    }
    return new LeaseLog(path)
  }

  /** Returns when the lease is on stable storage; otherwise FDP_VAULT_LEASE_LOG, and it counts as not given. */
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
        for (const waiting of batch) waiting.failed(vaultError('FDP_VAULT_LEASE_LOG', {}, { cause: error }))
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

  /** Every complete line, oldest first; FDP_VAULT_LEASES_DAMAGED at the first that is not a lease. */
  async *read(): AsyncIterable<LeaseRecord> {
    let rest = ''
    let line = 0
    for await (const piece of createReadStream(this.#path, { encoding: 'utf8' })) {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) {
        line++
        const document = parseLine(text, line)
        if (line === 1) readFormat(headerFormat, document)
        else yield checkRecord(document, line)
      }
    }
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

function parseLine(text: string, line: number): JsonObject {
  try {
    return JSON.parse(text) as JsonObject
  } catch {
    throw vaultError('FDP_VAULT_LEASES_DAMAGED', { line })
  }
}

function checkRecord(document: JsonObject, line: number): LeaseRecord {
  const { entry, manifestSha256, time } = document
  if (!Number.isSafeInteger(entry) || typeof manifestSha256 !== 'string' || typeof time !== 'string') {
    throw vaultError('FDP_VAULT_LEASES_DAMAGED', { line })
  }
  return { entry: entry as number, manifestSha256, time }
}
