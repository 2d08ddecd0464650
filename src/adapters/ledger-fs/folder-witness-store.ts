import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, type FormatSpec, type JsonObject, readFormat, sha256Hex, writeFormat } from '#kernel'
import type { WitnessStore } from '#ports'
import { readOrNull, replaceDurably, syncFolder } from './durable-files.ts'

interface Memory extends JsonObject {
  readonly format: string
  readonly version: number
  readonly origin: string
  readonly vkey: string
  readonly size: number
  readonly root: string
}

const memoryFormat: FormatSpec<Memory> = {
  format: 'openfdp/witness-memory',
  version: 1,
  migrations: {},
  check: (document) => {
    const { origin, vkey, size, root } = document as Memory
    const isSound =
      typeof origin === 'string' &&
      typeof vkey === 'string' &&
      Number.isSafeInteger(size) &&
      /^[0-9a-f]{64}$/.test(String(root))
    if (!isSound) throw new RangeError('not a witness memory')
    return document as Memory
  },
}

/** One small file a log, named by the hash of its origin. */
export function folderWitnessStore(folder: string): WitnessStore {
  const pathOf = (origin: string) => join(folder, sha256Hex(origin))
  return {
    async read(origin) {
      const bytes = await readOrNull(pathOf(origin))
      if (bytes === null) return null
      const memory = readFormat(memoryFormat, JSON.parse(Buffer.from(bytes).toString('utf8')))
      if (memory.origin !== origin) throw new Error('a witness memory under the name of another log')
      return { vkey: memory.vkey, size: memory.size, root: memory.root }
    },
    async write(origin, { vkey, size, root }) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const document = writeFormat(memoryFormat, { origin, vkey, size, root })
      await replaceDurably(pathOf(origin), Buffer.from(`${canonicalJson(document)}\n`, 'utf8'))
      await syncFolder(folder)
    },
  }
}
