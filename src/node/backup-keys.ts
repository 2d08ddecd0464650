import { createCipheriv, createDecipheriv } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceDestroying, Turns, writeDurably } from '#files'
import {
  type FormatSpec,
  fromBase64,
  type Instant,
  isFdpError,
  type JsonObject,
  lengthPrefixed,
  type Random,
  readFormat,
  toBase64,
  writeFormat,
} from '#kernel'
import type { Keys } from '#ports'
import { nodeErrors } from './errors.ts'

/** In the folder of the tenant's keys, and so never in a backup. */
export const backupKeysFile = 'backup.keys'
const keyBytes = 32
const tagBytes = 16
/** Each writing has a key of its own. */
const nonce = Buffer.alloc(12)

/** Why nobody opens a file in a backup any more: the entry of the ledger that let it go. */
export interface Destroyed {
  readonly entry: number
  /** `erasure case-17`, `rule versions`, or what else the entry says. */
  readonly because: string
}

/** The last backup, and the sources of what was current in it. */
export interface LastBackup {
  readonly at: Instant
  readonly entries: number
  readonly needs: readonly string[]
}

interface Held {
  readonly keys: ReadonlyMap<string, Uint8Array>
  readonly destroyed: ReadonlyMap<string, Destroyed>
  readonly last: LastBackup | null
}

interface Stored extends JsonObject {
  readonly tenant: string
  readonly keyVersion: number
  readonly wrapped: string
  /** AES-256-GCM over the JSON of what is held, base64. */
  readonly sealed: string
}

const format: FormatSpec<Stored> = {
  format: 'openfdp/backup-keys',
  version: 1,
  migrations: {},
  check: (document) => {
    const { tenant, keyVersion, wrapped, sealed } = document
    const texts = [tenant, wrapped, sealed].every((text) => typeof text === 'string')
    if (!texts || !Number.isSafeInteger(keyVersion)) throw new Error('not the keys of backups')
    return document as Stored
  },
}

/**
 * One random key for each source of which a backup holds a copy. With its key, every copy of a source in every backup is
 * destroyed. The file is written whole under a new key each time, and what it replaces is overwritten: a key that is left
 * out is gone with it.
 */
export class BackupKeys {
  readonly #path: string
  readonly #keys: Keys
  readonly #random: Random
  readonly #turns = new Turns()
  #held: Held
  /** Made since, and not written yet. */
  readonly #fresh = new Map<string, Uint8Array>()

  private constructor(path: string, keys: Keys, random: Random, held: Held) {
    this.#path = path
    this.#keys = keys
    this.#random = random
    this.#held = held
  }

  /** Those in a folder of keys; none where no backup was made yet. FDP_NODE_BACKUP_KEYS_DAMAGED, FDP_KEYS_UNWRAP. */
  static async open(folder: string, keys: Keys, random: Random): Promise<BackupKeys> {
    const path = join(folder, backupKeysFile)
    const held = existsSync(path) ? openHeld(await readFile(path, 'utf8'), keys) : empty
    return new BackupKeys(path, keys, random, held)
  }

  /** Null: never made, or destroyed. */
  keyOf(source: string): Uint8Array | null {
    return this.#held.keys.get(source) ?? null
  }

  /** For a backup that is being made; `keep` writes it. */
  keyFor(source: string): Uint8Array {
    const known = this.keyOf(source) ?? this.#fresh.get(source)
    if (known) return known
    const made = this.#random.bytes(keyBytes)
    this.#fresh.set(source, made)
    return made
  }

  get isEmpty(): boolean {
    return this.#held.keys.size === 0
  }

  destroyed(source: string): Destroyed | null {
    return this.#held.destroyed.get(source) ?? null
  }

  get last(): LastBackup | null {
    return this.#held.last
  }

  /** Whether the last backup still opens to all that was current in it; true where there is none. */
  get isLastWhole(): boolean {
    return this.#held.last?.needs.every((source) => this.#held.keys.has(source)) ?? true
  }

  /** Puts what was made since on stable storage, before a backup counts. */
  keep(last: LastBackup): Promise<void> {
    return this.#turns.take(async () => {
      const keys = new Map([...this.#held.keys, ...this.#fresh])
      const destroyed = new Map([...this.#held.destroyed].filter(([source]) => !keys.has(source)))
      await this.#write({ keys, destroyed, last })
      this.#fresh.clear()
    })
  }

  /** Destroys the keys of sources that `isNamed` does not know; durable when it returns. */
  keepNamed(isNamed: (source: string) => Promise<boolean>, why: () => Promise<Destroyed>): Promise<void> {
    return this.#turns.take(async () => {
      const gone: string[] = []
      for (const source of this.#held.keys.keys()) if (!(await isNamed(source))) gone.push(source)
      if (gone.length === 0) return
      const destroyed = await why()
      const keys = new Map(this.#held.keys)
      for (const source of gone) keys.delete(source)
      const all = new Map([...this.#held.destroyed, ...gone.map((source) => [source, destroyed] as const)])
      await this.#write({ keys, destroyed: all, last: this.#held.last })
    })
  }

  async #write(held: Held): Promise<void> {
    const document = `${JSON.stringify(sealHeld(held, this.#keys, this.#random))}\n`
    const write = existsSync(this.#path) ? replaceDestroying : writeDurably
    await write(this.#path, `${this.#path}.new`, Buffer.from(document))
    this.#held = held
  }
}

const empty: Held = { keys: new Map(), destroyed: new Map(), last: null }

function sealHeld({ keys, destroyed, last }: Held, tenantKeys: Keys, random: Random): Stored {
  const key = random.bytes(keyBytes)
  const { keyVersion, wrapped } = tenantKeys.wrap('backup', key)
  const texts = [...keys].map(([source, each]) => [source, toBase64(each)] as const)
  const plain = JSON.stringify({
    ...{ keys: Object.fromEntries(texts), destroyed: Object.fromEntries(destroyed), last },
  })
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(tenantKeys))
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
  key.fill(0)
  return writeFormat(format, { tenant: tenantKeys.tenant, keyVersion, wrapped, sealed: toBase64(sealed) })
}

function openHeld(text: string, tenantKeys: Keys): Held {
  try {
    const stored = readFormat(format, JSON.parse(text) as JsonObject)
    const key = tenantKeys.unwrap('backup', stored)
    const sealed = fromBase64(stored.sealed)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(associatedData(tenantKeys)).setAuthTag(sealed.subarray(-tagBytes))
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]).toString('utf8')
    const { keys, destroyed, last } = JSON.parse(plain) as {
      keys: Record<string, string>
      destroyed: Record<string, Destroyed>
      last: LastBackup | null
    }
    const opened = Object.entries(keys).map(([source, each]) => [source, fromBase64(each)] as const)
    return { keys: new Map(opened), destroyed: new Map(Object.entries(destroyed)), last }
  } catch (error) {
    if (isFdpError(error)) throw error
    throw nodeErrors('FDP_NODE_BACKUP_KEYS_DAMAGED')
  }
}

function associatedData({ tenant }: Keys): Uint8Array {
  return lengthPrefixed('openfdp/backup-keys/v1', tenant)
}
