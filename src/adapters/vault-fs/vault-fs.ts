import { readdir, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Holds, LeaseLog, type LeaseRecord, Turns } from '#files'
import type { Clock, EntryIndex, Random } from '#kernel'
import type { Keys, Vault, VaultLease, VaultSegment, VaultVersion } from '#ports'
import { Folders } from './folders.ts'
import { leaseLogOf } from './leases.ts'
import { checkShape } from './manifest.ts'
import { Segments } from './segments.ts'
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
  return new VaultFs(options, folders, await LeaseLog.open(folders.leases, leaseLogOf))
}

class VaultFs implements Vault {
  readonly #clock: Clock
  readonly #folders: Folders
  readonly #log: LeaseLog
  readonly #versions: Versions
  readonly #segments: Segments
  readonly #holds = new Holds()
  /** Whatever moves, renews or destroys a file, and the look before a lease, takes its turn. */
  readonly #turns = new Turns()
  /** Segments of this run that no manifest names yet. */
  readonly #unsealed = new Set<string>()

  constructor({ keys, clock, random }: VaultFsOptions, folders: Folders, log: LeaseLog) {
    this.#clock = clock
    this.#folders = folders
    this.#log = log
    this.#versions = new Versions(folders, keys)
    this.#segments = new Segments(folders, keys, random, this.#turns)
  }

  async write(input: Parameters<Vault['write']>[0]): Promise<VaultSegment> {
    checkShape(input.table, input.controller, input.columns)
    const id = this.#segments.newId()
    this.#unsealed.add(id)
    try {
      return await this.#segments.write(id, input)
    } catch (error) {
      this.#unsealed.delete(id)
      throw error
    }
  }

  async seal(segments: readonly VaultSegment[]): Promise<VaultVersion> {
    const distinct = new Set(segments.map((segment) => segment.id))
    if (distinct.size !== segments.length) throw new Error('a segment twice in one version')
    return this.#turns.take(async () => {
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
    const release = await this.#turns.take(async () => {
      for (const segment of version.segments) await this.#folders.checkPresent(segment)
      return this.#holds.add(manifestSha256)
    })
    try {
      await this.#log.append({ entry, manifestSha256, time: this.#clock.now() })
    } catch (error) {
      release()
      throw error
    }
    return this.#openLease(version, entry, release)
  }

  leases(): AsyncIterable<LeaseRecord> {
    return this.#log.read()
  }

  async verify(manifestSha256: string): Promise<string[]> {
    const version = await this.#versions.read(manifestSha256)
    const closed: string[] = []
    for (const segment of version.segments) {
      if (!(await this.#segments.opensWhole(segment))) closed.push(segment.id)
    }
    return closed
  }

  async rewrap(live: readonly string[]): Promise<{ segments: number }> {
    const sealed = await this.#segmentsOf([...live, ...this.#holds.manifests()])
    let segments = 0
    for (const id of new Set([...sealed, ...this.#unsealed])) {
      if (await this.#turns.take(() => this.#segments.rewrap(id))) segments++
    }
    return { segments }
  }

  sweep(live: readonly string[]): Promise<{ deleted: number; leased: number }> {
    return this.#turns.take(async () => {
      // A live manifest that cannot be read stops the sweep here, before anything is deleted.
      const wanted = await this.#segmentsOf(live)
      const leased = await this.#segmentsOf(this.#holds.manifests())
      const result = { deleted: 0, leased: 0 }
      for (const id of await this.#segments.stored()) {
        if (wanted.has(id) || this.#unsealed.has(id)) continue
        if (leased.has(id)) result.leased++
        else {
          await this.#segments.destroy(id)
          result.deleted++
        }
      }
      await this.#sweepManifests(live, result)
      await this.#segments.sweepStaging(this.#unsealed)
      return result
    })
  }

  #openLease(version: VaultVersion, entry: EntryIndex, release: () => void): VaultLease {
    const closing = new AbortController()
    return {
      entry,
      version,
      blocks: (table, columns, controller) => {
        const wanted = version.segments.filter(
          (segment) => segment.table === table && (controller === undefined || segment.controller === controller),
        )
        return this.#segments.blocks(wanted, columns, closing.signal)
      },
      [Symbol.asyncDispose]: async () => {
        closing.abort()
        release()
      },
    }
  }

  async #segmentsOf(manifests: readonly string[]): Promise<Set<string>> {
    const versions = await Promise.all(manifests.map((manifest) => this.#versions.get(manifest)))
    return new Set(versions.flatMap((version) => version.segments.map((segment) => segment.id)))
  }

  async #sweepManifests(live: readonly string[], result: { deleted: number; leased: number }): Promise<void> {
    for (const name of await readdir(this.#folders.manifests)) {
      const hash = name.replace(/\.json$/, '')
      if (live.includes(hash)) continue
      if (this.#holds.manifests().includes(hash)) result.leased++
      else {
        await unlink(this.#folders.manifest(hash))
        this.#versions.forget(hash)
        result.deleted++
      }
    }
  }
}
