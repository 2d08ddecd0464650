import { rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Holds, hashFile, LeaseLog, type LeaseRecord, makeFolder, syncFolder, Turns } from '#files'
import type { Clock, EntryIndex } from '#kernel'
import type { Lake, LakeFile, LakeLease, LakeVersion, StagedFolder } from '#ports'
import { lakeError } from './errors.ts'
import { leaseLogOf } from './leases.ts'
import { checkNames } from './manifest.ts'
import { prepareStaged, type StagedFile, Staging } from './staging.ts'
import { missingAsNull, Versions } from './versions.ts'

/** Opens (or makes) the lake in a folder. Left-overs of earlier runs stay until `sweep`. */
export async function openLakeFs(options: { readonly root: string; readonly clock: Clock }): Promise<Lake> {
  const root = resolve(options.root)
  await makeFolder(join(root, '.staging'))
  return new LakeFs(root, options.clock, await LeaseLog.open(join(root, 'leases.jsonl'), leaseLogOf))
}

class LakeFs implements Lake {
  readonly #root: string
  readonly #clock: Clock
  readonly #log: LeaseLog
  readonly #versions: Versions
  readonly #staging: Staging
  readonly #holds = new Holds()
  /** Making and moving files, sweeping and the look before a lease take turns; hashing happens outside. */
  readonly #turns = new Turns()

  constructor(root: string, clock: Clock, log: LeaseLog) {
    this.#root = root
    this.#clock = clock
    this.#log = log
    this.#versions = new Versions(root)
    this.#staging = new Staging(join(root, '.staging'))
  }

  stage(object: string, controller: string): Promise<StagedFolder> {
    return this.#turns.take(() => this.#staging.stage(object, controller))
  }

  seal({
    object,
    controller,
    asAt,
    from,
    dataSet,
    staged,
    rows,
    keep,
  }: Parameters<Lake['seal']>[0]): Promise<LakeVersion> {
    return this.#staging.whileSealing(staged?.folder ?? null, async () => {
      checkNames(object, controller)
      const more = { ...(from === undefined ? {} : { from }), ...(dataSet === undefined ? {} : { dataSet }) }
      const about = { object, controller, asAt, ...more }
      const kept = new Set(keep.map(({ path }) => path))
      // Files without rows are the same bytes, whatever they would have been about.
      const fresh = (staged ? await prepareStaged(about, staged.folder) : []).filter(
        (file) => file.rows > 0 || !kept.has(file.path),
      )
      const found = fresh.reduce((sum, file) => sum + file.rows, 0)
      if (found !== rows) throw lakeError('FDP_LAKE_ROWS', { found, expected: rows })
      return this.#turns.take(async () => {
        for (const file of keep) await this.#checkPresent(file)
        for (const file of fresh) await this.#moveIntoPlace(file)
        return this.#versions.write(object, [...keep, ...fresh])
      })
    })
  }

  version(manifestSha256: string): Promise<LakeVersion> {
    return this.#versions.get(manifestSha256)
  }

  async lease(manifestSha256: string, entry: EntryIndex): Promise<LakeLease> {
    if (!Number.isSafeInteger(entry) || entry < 0) throw new RangeError('a lease needs the index of its ledger entry')
    const version = await this.#versions.get(manifestSha256)
    const release = await this.#turns.take(async () => {
      for (const file of version.files) await this.#checkPresent(file)
      return this.#holds.add(manifestSha256)
    })
    try {
      await this.#log.append({ entry, manifestSha256, time: this.#clock.now() })
    } catch (error) {
      release()
      throw error
    }
    const files = version.files.map((file) => join(this.#root, file.path))
    return { entry, files, [Symbol.asyncDispose]: async () => release() }
  }

  leases(): AsyncIterable<LeaseRecord> {
    return this.#log.read()
  }

  async verify(manifestSha256: string): Promise<string[]> {
    const version = await this.#versions.read(manifestSha256)
    const differing: string[] = []
    for (const file of version.files) {
      const hash = await hashFile(join(this.#root, file.path)).catch(missingAsNull)
      if (hash !== file.sha256) differing.push(file.path)
    }
    return differing
  }

  sweep(live: readonly string[]): Promise<{ deleted: number; leased: number }> {
    return this.#turns.take(async () => {
      // A live manifest that cannot be read stops the sweep here, before anything is deleted.
      const wanted = await this.#versions.pathsOf(live)
      const leased = await this.#versions.pathsOf(this.#holds.manifests())
      const result = { deleted: 0, leased: 0 }
      for (const path of await this.#versions.sealedPaths()) {
        if (wanted.has(path)) continue
        if (leased.has(path)) result.leased++
        else {
          await unlink(join(this.#root, path))
          result.deleted++
        }
      }
      this.#versions.forgetAll()
      await this.#staging.sweep()
      return result
    })
  }

  async #checkPresent(file: LakeFile): Promise<void> {
    const found = await stat(join(this.#root, file.path)).catch(missingAsNull)
    if (found?.size !== file.bytes) throw lakeError('FDP_LAKE_TAMPERED', { what: 'file', path: file.path })
  }

  async #moveIntoPlace(file: StagedFile): Promise<void> {
    const target = join(this.#root, file.path)
    await makeFolder(dirname(target))
    await rename(file.stagedPath, target)
    await syncFolder(dirname(target))
  }
}
