import { readdir, rename, rm, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Clock, type EntryIndex, type FdpError, isFdpError, type Random, toHex } from '#kernel'
import type { Keys, Vault, VaultBlock, VaultLease, VaultSegment, VaultVersion, WrappedKey } from '#ports'
import { destroyFile, hashFile, isMissing, replaceDestroying, syncFolder, writeDurably } from './durable.ts'
import { vaultError } from './errors.ts'
import { Folders, missingAsNull } from './folders.ts'
import { Holds } from './holds.ts'
import { encodeKey, readKey } from './key-file.ts'
import { LeaseLog, type LeaseRecord } from './lease-log.ts'
import { checkShape } from './manifest.ts'
import { NotAsSealed, SegmentReader } from './segment-reader.ts'
import { writeSegment } from './segment-writer.ts'
import { Versions } from './versions.ts'

export interface VaultFsOptions {
  readonly root: string
  readonly keys: Keys
  readonly clock: Clock
  /** Data keys and segment ids come from here: `systemRandom` but in tests. */
  readonly random: Random
}

/** Opens (or makes) the vault of a tenant in a folder. Left-overs of earlier runs stay until `sweep`. */
export async function openVaultFs(options: VaultFsOptions): Promise<Vault> {
  const folders = new Folders(resolve(options.root))
  await folders.make()
  return new VaultFs(options, folders, await LeaseLog.open(folders.leases))
}

class VaultFs implements Vault {
  readonly #keys: Keys
  readonly #clock: Clock
  readonly #random: Random
  readonly #folders: Folders
  readonly #log: LeaseLog
  readonly #versions: Versions
  readonly #holds = new Holds()
  /** Segments of this run that no manifest names yet. */
  readonly #unsealed = new Set<string>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ keys, clock, random }: VaultFsOptions, folders: Folders, log: LeaseLog) {
    this.#keys = keys
    this.#clock = clock
    this.#random = random
    this.#folders = folders
    this.#log = log
    this.#versions = new Versions(folders, keys)
  }

  async write({ table, controller, columns, blocks }: Parameters<Vault['write']>[0]): Promise<VaultSegment> {
    checkShape(table, controller, columns)
    const id = toHex(this.#random.bytes(16))
    const dataKey = this.#random.bytes(32)
    const staged = this.#folders.staged(`${id}.segment`)
    this.#unsealed.add(id)
    try {
      const identity = { tenant: this.#keys.tenant, id, table, controller, columns }
      const written = await writeSegment(staged, identity, dataKey, blocks)
      const key = encodeKey(id, this.#keys.wrap('vault', dataKey))
      await writeDurably(this.#folders.key(id), this.#folders.staged(`${id}.key`), key)
      await rename(staged, this.#folders.segment(id))
      await syncFolder(this.#folders.segments)
      return { id, table, columns, controller, ...written }
    } catch (error) {
      await rm(staged, { force: true })
      this.#unsealed.delete(id)
      throw error
    } finally {
      dataKey.fill(0)
    }
  }

  async seal(segments: readonly VaultSegment[]): Promise<VaultVersion> {
    const distinct = new Set(segments.map((segment) => segment.id))
    if (distinct.size !== segments.length) throw new Error('a segment twice in one version')
    return this.#exclusive(async () => {
      for (const segment of segments) await this.#folders.checkPresent(segment)
      const version = await this.#versions.write(segments)
      for (const id of distinct) this.#unsealed.delete(id)
      return version
    })
  }

  version(manifestSha256: string): Promise<VaultVersion> {
    return this.#versions.get(manifestSha256)
  }

  async lease(manifestSha256: string, entry: EntryIndex): Promise<VaultLease> {
    if (!Number.isSafeInteger(entry) || entry < 0) throw new RangeError('a lease needs the index of its ledger entry')
    const version = await this.#versions.get(manifestSha256)
    const release = await this.#exclusive(async () => {
      for (const segment of version.segments) await this.#folders.checkPresent(segment)
      return this.#holds.add(manifestSha256)
    })
    try {
      await this.#log.append({ entry, manifestSha256, time: this.#clock.now() })
    } catch (error) {
      release()
      throw error
    }
    const closing = new AbortController()
    return {
      entry,
      version,
      blocks: (table, columns, controller) => {
        const wanted = version.segments.filter(
          (segment) => segment.table === table && (controller === undefined || segment.controller === controller),
        )
        return this.#blocks(wanted, columns, closing.signal)
      },
      [Symbol.asyncDispose]: async () => {
        closing.abort()
        release()
      },
    }
  }

  leases(): AsyncIterable<LeaseRecord> {
    return this.#log.read()
  }

  async verify(manifestSha256: string): Promise<string[]> {
    const version = await this.#versions.read(manifestSha256)
    const closed: string[] = []
    for (const segment of version.segments) {
      if (!(await this.#opensWhole(segment))) closed.push(segment.id)
    }
    return closed
  }

  async rewrap(live: readonly string[]): Promise<{ segments: number }> {
    const manifests = [...live, ...this.#holds.manifests()]
    const ids = new Set([...(await this.#segmentsOf(manifests)), ...this.#unsealed])
    let segments = 0
    for (const id of ids) if (await this.#exclusive(() => this.#rewrapOne(id))) segments++
    return { segments }
  }

  async sweep(live: readonly string[]): Promise<{ deleted: number; leased: number }> {
    return this.#exclusive(async () => {
      // A live manifest that cannot be read stops the sweep here, before anything is deleted.
      const wanted = await this.#segmentsOf(live)
      const leased = await this.#segmentsOf(this.#holds.manifests())
      const result = { deleted: 0, leased: 0 }
      const dispose = async (isWanted: boolean, isLeased: boolean, remove: () => Promise<void>) => {
        if (isWanted) return
        if (isLeased) result.leased++
        else {
          await remove()
          result.deleted++
        }
      }
      for (const id of await this.#storedSegments()) {
        const isWanted = wanted.has(id) || this.#unsealed.has(id)
        await dispose(isWanted, leased.has(id), () => this.#destroy(id))
      }
      for (const name of await readdir(this.#folders.manifests)) {
        const hash = name.replace(/\.json$/, '')
        await dispose(live.includes(hash), this.#holds.manifests().includes(hash), async () => {
          await unlink(this.#folders.manifest(hash))
          this.#versions.forget(hash)
        })
      }
      await this.#sweepStaging()
      return result
    })
  }

  /** One at a time: whatever moves, renews or destroys a file, and looking before a lease. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  async *#blocks(
    segments: readonly VaultSegment[],
    names: readonly string[],
    closing: AbortSignal,
  ): AsyncGenerator<VaultBlock> {
    const columnsOf = (segment: VaultSegment) =>
      names.map((name) => segment.columns.findIndex((column) => column.name === name))
    const unknown = segments.find((segment) => columnsOf(segment).includes(-1))
    if (unknown) throw vaultError('FDP_VAULT_COLUMN_UNKNOWN', { table: unknown.table })
    for (const segment of segments) {
      if (closing.aborted) throw vaultError('FDP_VAULT_LEASE_CLOSED')
      const columns = columnsOf(segment)
      await using reader = await this.#open(segment)
      for (const [block, { rows }] of reader.index.blocks.entries()) {
        const texts = await Promise.all(columns.map((column) => reader.column(block, column))).catch((error) => {
          throw asTampered(error, segment.id)
        })
        if (closing.aborted) throw vaultError('FDP_VAULT_LEASE_CLOSED')
        yield { segment: segment.id, rows, columns: texts }
      }
    }
  }

  async #open(segment: VaultSegment): Promise<SegmentReader> {
    const identity = { ...segment, tenant: this.#keys.tenant }
    const dataKey = await this.#dataKey(segment.id)
    try {
      const reader = await SegmentReader.open(this.#folders.segment(segment.id), identity, dataKey)
      if (reader.index.rows !== segment.rows) throw new NotAsSealed('rows')
      return reader
    } catch (error) {
      throw asTampered(error, segment.id)
    }
  }

  /** In turn with `rewrap`, which overwrites the key file that it replaces. */
  #dataKey(id: string): Promise<Uint8Array> {
    return this.#exclusive(async () => this.#keys.unwrap('vault', await this.#wrappedKey(id))).catch((error) => {
      throw asTampered(error, id)
    })
  }

  async #wrappedKey(id: string): Promise<WrappedKey> {
    try {
      return await readKey(this.#folders.key(id), id)
    } catch {
      throw new NotAsSealed('key')
    }
  }

  async #opensWhole(segment: VaultSegment): Promise<boolean> {
    const hash = await hashFile(this.#folders.segment(segment.id)).catch(missingAsNull)
    if (hash !== segment.sha256) return false
    const names = segment.columns.map((column) => column.name)
    try {
      for await (const _ of this.#blocks([segment], names, new AbortController().signal));
      return true
    } catch (error) {
      if (isFdpError(error, 'FDP_VAULT_TAMPERED')) return false
      throw error
    }
  }

  async #rewrapOne(id: string): Promise<boolean> {
    const old = await readKey(this.#folders.key(id), id).catch(missingAsNull)
    if (old === null) return false
    const dataKey = this.#keys.unwrap('vault', old)
    try {
      const renewed = this.#keys.wrap('vault', dataKey)
      if (renewed.keyVersion === old.keyVersion) return false
      const temporary = this.#folders.staged(`${id}.key`)
      await replaceDestroying(this.#folders.key(id), temporary, encodeKey(id, renewed))
      return true
    } finally {
      dataKey.fill(0)
    }
  }

  /** The key first: from then on nobody opens the segment, even if the rest does not happen. */
  async #destroy(id: string): Promise<void> {
    await destroyFile(this.#folders.key(id)).catch(missingAsNull)
    await rm(this.#folders.segment(id), { force: true })
  }

  async #segmentsOf(manifests: readonly string[]): Promise<Set<string>> {
    const versions = await Promise.all(manifests.map((manifest) => this.#versions.get(manifest)))
    return new Set(versions.flatMap((version) => version.segments.map((segment) => segment.id)))
  }

  /** Ids that have a segment file, a key file or both. */
  async #storedSegments(): Promise<Set<string>> {
    const names = [...(await readdir(this.#folders.keys)), ...(await readdir(this.#folders.segments))]
    return new Set(names.map((name) => name.replace(/\.(key|segment)$/, '')))
  }

  async #sweepStaging(): Promise<void> {
    for (const name of await readdir(this.#folders.staging)) {
      if (this.#unsealed.has(name.replace(/\.(key|segment)$/, ''))) continue
      const path = this.#folders.staged(name)
      await (name.endsWith('.key') ? destroyFile(path) : rm(path, { recursive: true, force: true }))
    }
  }
}

/** What a damaged or missing file, a wrong key or a wrong place looks like to the caller: one refusal. */
function asTampered(error: unknown, id: string): FdpError {
  const known = error instanceof NotAsSealed || isMissing(error) || isFdpError(error, 'FDP_KEYS_UNWRAP')
  if (!known) throw error
  return vaultError('FDP_VAULT_TAMPERED', { what: 'segment', id })
}
