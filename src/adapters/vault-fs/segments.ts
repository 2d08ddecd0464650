import { readdir, rename, rm } from 'node:fs/promises'
import { destroyFile, hashFile, isMissing, replaceDestroying, syncFolder, type Turns, writeDurably } from '#files'
import { type FdpError, isFdpError, type Random, toHex } from '#kernel'
import type { Keys, Vault, VaultBlock, VaultSegment, WrappedKey } from '#ports'
import { vaultError } from './errors.ts'
import { type Folders, missingAsNull } from './folders.ts'
import { encodeKey, readKey } from './key-file.ts'
import { NotAsSealed, SegmentReader } from './segment-reader.ts'
import { writeSegment } from './segment-writer.ts'

/** Segment files and their keys: written, opened block by block, wrapped again, destroyed. */
export class Segments {
  readonly #folders: Folders
  readonly #keys: Keys
  readonly #random: Random
  readonly #turns: Turns

  constructor(folders: Folders, keys: Keys, random: Random, turns: Turns) {
    this.#folders = folders
    this.#keys = keys
    this.#random = random
    this.#turns = turns
  }

  newId(): string {
    return toHex(this.#random.bytes(16))
  }

  /** Puts file and key in place, the key first: a file in place can always be opened. */
  async write(
    id: string,
    { table, controller, columns, blocks }: Parameters<Vault['write']>[0],
  ): Promise<VaultSegment> {
    const dataKey = this.#random.bytes(32)
    const staged = this.#folders.staged(`${id}.segment`)
    try {
      const identity = { tenant: this.#keys.tenant, id, table, controller, columns }
      const written = await writeSegment(staged, identity, dataKey, blocks)
      // In one turn: a rotation in between would leave a key that `rewrap` has already passed by.
      await this.#turns.take(async () => {
        const key = encodeKey(id, this.#keys.wrap('vault', dataKey))
        await writeDurably(this.#folders.key(id), this.#folders.staged(`${id}.key`), key)
      })
      await rename(staged, this.#folders.segment(id))
      await syncFolder(this.#folders.segments)
      return { id, table, columns, controller, ...written }
    } catch (error) {
      await rm(staged, { force: true })
      throw error
    } finally {
      dataKey.fill(0)
    }
  }

  /** The named columns of some segments, block by block, until `closing`; nulls where a segment has no such column. */
  async *blocks(
    segments: readonly VaultSegment[],
    names: readonly string[],
    closing?: AbortSignal,
  ): AsyncGenerator<VaultBlock> {
    const columnsOf = (segment: VaultSegment) =>
      names.map((name) => segment.columns.findIndex((column) => column.name === name))
    for (const segment of segments) {
      if (closing?.aborted) throw vaultError('FDP_VAULT_LEASE_CLOSED')
      const columns = columnsOf(segment)
      await using reader = await this.#open(segment)
      for (const [block, { rows }] of reader.index.blocks.entries()) {
        const read = columns.map((column) => (column < 0 ? nullsText(rows) : reader.column(block, column)))
        const texts = await Promise.all(read).catch((error) => {
          throw asTampered(error, segment.id)
        })
        if (closing?.aborted) throw vaultError('FDP_VAULT_LEASE_CLOSED')
        yield { segment: segment.id, rows, columns: texts }
      }
    }
  }

  /** True if the file has the bytes that were sealed and every block of it opens. */
  async opensWhole(segment: VaultSegment): Promise<boolean> {
    const hash = await hashFile(this.#folders.segment(segment.id)).catch(missingAsNull)
    if (hash !== segment.sha256) return false
    const names = segment.columns.map((column) => column.name)
    try {
      for await (const _ of this.blocks([segment], names));
      return true
    } catch (error) {
      if (isFdpError(error, 'FDP_VAULT_TAMPERED')) return false
      throw error
    }
  }

  /** Wraps the data key under the current wrapping key; false if it already was, or is gone. */
  async rewrap(id: string): Promise<boolean> {
    const old = await readKey(this.#folders.key(id), id).catch(missingAsNull)
    if (old === null) return false
    const dataKey = this.#keys.unwrap('vault', old)
    try {
      const renewed = this.#keys.wrap('vault', dataKey)
      if (renewed.keyVersion === old.keyVersion) return false
      await replaceDestroying(this.#folders.key(id), this.#folders.staged(`${id}.key`), encodeKey(id, renewed))
      return true
    } finally {
      dataKey.fill(0)
    }
  }

  /** The key first: from then on nobody opens the segment, even if the rest does not happen. */
  async destroy(id: string): Promise<void> {
    await destroyFile(this.#folders.key(id)).catch(missingAsNull)
    await rm(this.#folders.segment(id), { force: true })
  }

  /** Ids that have a segment file, a key file or both. */
  async stored(): Promise<Set<string>> {
    const names = [...(await readdir(this.#folders.keys)), ...(await readdir(this.#folders.segments))]
    return new Set(names.map(idOf))
  }

  /** Removes what is left in staging of segments other than these. */
  async sweepStaging(kept: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folders.staging)) {
      if (kept.has(idOf(name))) continue
      const path = this.#folders.staged(name)
      await (name.endsWith('.key') ? destroyFile(path) : rm(path, { recursive: true, force: true }))
    }
  }

  async #open(segment: VaultSegment): Promise<SegmentReader> {
    try {
      // In turn with `rewrap`, which overwrites the key file that it replaces.
      const wrapped = await this.#turns.take(() => this.#wrappedKey(segment.id))
      const dataKey = this.#keys.unwrap('vault', wrapped)
      const identity = { ...segment, tenant: this.#keys.tenant }
      const reader = await SegmentReader.open(this.#folders.segment(segment.id), identity, dataKey)
      if (reader.index.rows === segment.rows) return reader
      await reader[Symbol.asyncDispose]()
      throw new NotAsSealed('rows')
    } catch (error) {
      throw asTampered(error, segment.id)
    }
  }

  async #wrappedKey(id: string): Promise<WrappedKey> {
    try {
      return await readKey(this.#folders.key(id), id)
    } catch {
      throw new NotAsSealed('key')
    }
  }
}

function idOf(fileName: string): string {
  return fileName.replace(/\.(key|segment)$/, '')
}

/** What a damaged or missing file, a wrong key or a wrong place looks like to the caller: one refusal. */
function asTampered(error: unknown, id: string): FdpError {
  const known = error instanceof NotAsSealed || isMissing(error) || isFdpError(error, 'FDP_KEYS_UNWRAP')
  if (!known) throw error
  return vaultError('FDP_VAULT_TAMPERED', { what: 'segment', id })
}

/** A column that a file did not have, as a JSON array of nulls. */
function nullsText(rows: number): string {
  return `[${new Array(rows).fill('null').join(',')}]`
}
