import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Clock, type EntryIndex, type JsonObject, readFormat, sha256Hex } from '#kernel'
import type { Lake, LakeFile, LakeLease, LakeVersion, StagedFolder } from '#ports'
import { hashFile, isMissing, makeFolder, syncFile, syncFolder, writeDurably } from './durable.ts'
import { lakeError } from './errors.ts'
import { LeaseLog, type LeaseRecord } from './lease-log.ts'
import { checkNames, encodeManifest, filePath, manifestFormat, toVersion } from './manifest.ts'
import { parquetRows } from './parquet-rows.ts'

const cachedVersionsMax = 1_024
const stagedFilesMax = 10_000

/** Opens (or makes) the lake in a folder. Left-overs of earlier runs stay until `sweep`. */
export async function openLakeFs(options: { readonly root: string; readonly clock: Clock }): Promise<Lake> {
  const root = resolve(options.root)
  await makeFolder(join(root, '.staging'))
  return new LakeFs(root, options.clock, await LeaseLog.open(join(root, 'leases.jsonl')))
}

class LakeFs implements Lake {
  readonly #root: string
  readonly #clock: Clock
  readonly #log: LeaseLog
  readonly #versions = new Map<string, LakeVersion>()
  /** Open leases by manifest. */
  readonly #held = new Map<string, number>()
  /** Staging folders of this run that are neither sealed nor given up. */
  readonly #staged = new Set<string>()
  readonly #sealing = new Set<string>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(root: string, clock: Clock, log: LeaseLog) {
    this.#root = root
    this.#clock = clock
    this.#log = log
  }

  async stage(object: string, controller: string): Promise<StagedFolder> {
    checkNames(object, controller)
    const folder = await mkdtemp(join(this.#root, '.staging', `${object}-`))
    this.#staged.add(folder)
    const giveUp = async () => {
      // A caller may leave its block while `seal` still works on the folder; `seal` removes it itself.
      if (!this.#sealing.has(folder)) await this.#dropStaged(folder)
    }
    return { folder, [Symbol.asyncDispose]: giveUp }
  }

  async seal(input: Parameters<Lake['seal']>[0]): Promise<LakeVersion> {
    if (input.staged === null) return this.#sealStaged(input)
    const { folder } = input.staged
    this.#sealing.add(folder)
    try {
      return await this.#sealStaged(input)
    } finally {
      this.#sealing.delete(folder)
      await this.#dropStaged(folder)
    }
  }

  async #sealStaged({ object, controller, staged, rows, keep }: Parameters<Lake['seal']>[0]): Promise<LakeVersion> {
    checkNames(object, controller)
    const fresh = staged ? await prepareStaged(object, controller, staged.folder) : []
    const found = fresh.reduce((sum, file) => sum + file.rows, 0)
    if (found !== rows) throw lakeError('FDP_LAKE_ROWS', { found, expected: rows })
    return this.#exclusive(async () => {
      for (const file of keep) await this.#checkPresent(file)
      for (const file of fresh) await this.#moveIntoPlace(file)
      return this.#writeManifest(object, [...keep, ...fresh])
    })
  }

  async version(manifestSha256: string): Promise<LakeVersion> {
    const cached = this.#versions.get(manifestSha256)
    if (cached) return cached
    const version = await this.#readVersion(manifestSha256)
    this.#remember(version)
    return version
  }

  async lease(manifestSha256: string, entry: EntryIndex): Promise<LakeLease> {
    if (!Number.isSafeInteger(entry) || entry < 0) throw new RangeError('a lease needs the index of its ledger entry')
    const version = await this.version(manifestSha256)
    const release = await this.#exclusive(async () => {
      for (const file of version.files) await this.#checkPresent(file)
      return this.#hold(manifestSha256)
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
    const version = await this.#readVersion(manifestSha256)
    const differing: string[] = []
    for (const file of version.files) {
      const hash = await hashFile(join(this.#root, file.path)).catch(missingAsNull)
      if (hash !== file.sha256) differing.push(file.path)
    }
    return differing
  }

  async sweep(live: readonly string[]): Promise<{ deleted: number; leased: number }> {
    return this.#exclusive(async () => {
      // A live manifest that cannot be read stops the sweep here, before anything is deleted.
      const wanted = await this.#pathsOf(live)
      const leased = await this.#pathsOf([...this.#held.keys()])
      const result = { deleted: 0, leased: 0 }
      for (const path of await this.#sealedPaths()) {
        if (wanted.has(path)) continue
        if (leased.has(path)) result.leased++
        else {
          await unlink(join(this.#root, path))
          result.deleted++
        }
      }
      for (const known of this.#versions.keys()) {
        if (!live.includes(known) && !this.#held.has(known)) this.#versions.delete(known)
      }
      await this.#sweepStaging()
      return result
    })
  }

  /** One at a time: moving files in, sweeping, and looking before a lease. Hashing and flushing happen outside. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #hold(manifestSha256: string): () => void {
    this.#held.set(manifestSha256, (this.#held.get(manifestSha256) ?? 0) + 1)
    let open = true
    return () => {
      if (!open) return
      open = false
      const left = (this.#held.get(manifestSha256) ?? 1) - 1
      if (left === 0) this.#held.delete(manifestSha256)
      else this.#held.set(manifestSha256, left)
    }
  }

  #remember(version: LakeVersion): void {
    this.#versions.set(version.manifestSha256, version)
    const oldest = this.#versions.keys().next().value
    if (this.#versions.size > cachedVersionsMax && oldest !== undefined) this.#versions.delete(oldest)
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

  async #writeManifest(object: string, files: readonly LakeFile[]): Promise<LakeVersion> {
    const { bytes, sha256 } = encodeManifest(object, files)
    const path = join(this.#root, manifestPath(object, sha256))
    await makeFolder(dirname(path))
    await writeDurably(path, join(this.#root, '.staging', `${sha256}.json`), bytes)
    // A crash may have left folders of an earlier run whose names were not flushed.
    await syncFolder(join(this.#root, object))
    await syncFolder(this.#root)
    const version = await this.#readVersion(sha256)
    this.#remember(version)
    return version
  }

  async #readVersion(manifestSha256: string): Promise<LakeVersion> {
    if (!/^[0-9a-f]{64}$/.test(manifestSha256)) throw lakeError('FDP_LAKE_VERSION_UNKNOWN')
    for (const object of await this.#objects()) {
      const path = manifestPath(object, manifestSha256)
      const bytes = await readFile(join(this.#root, path)).catch(missingAsNull)
      if (bytes === null) continue
      if (sha256Hex(bytes) !== manifestSha256) throw lakeError('FDP_LAKE_TAMPERED', { what: 'manifest', path })
      const manifest = readFormat(manifestFormat, JSON.parse(bytes.toString('utf8')) as JsonObject)
      return toVersion(manifest, manifestSha256)
    }
    throw lakeError('FDP_LAKE_VERSION_UNKNOWN')
  }

  async #objects(): Promise<string[]> {
    return (await foldersIn(this.#root)).filter((name) => !name.startsWith('.'))
  }

  async #pathsOf(manifests: readonly string[]): Promise<Set<string>> {
    const paths = new Set<string>()
    for (const manifest of manifests) {
      const version = await this.version(manifest)
      paths.add(manifestPath(version.object, manifest))
      for (const file of version.files) paths.add(file.path)
    }
    return paths
  }

  /** Every manifest and file in place, manifests first: a sweep cut short leaves no manifest without its files. */
  async #sealedPaths(): Promise<string[]> {
    const paths: string[] = []
    for (const object of await this.#objects()) {
      for (const folder of (await foldersIn(join(this.#root, object))).sort().reverse()) {
        for (const name of await readdir(join(this.#root, object, folder))) paths.push(`${object}/${folder}/${name}`)
      }
    }
    return paths
  }

  async #sweepStaging(): Promise<void> {
    for (const name of await readdir(join(this.#root, '.staging'))) {
      const path = join(this.#root, '.staging', name)
      if (!this.#staged.has(path)) await rm(path, { recursive: true, force: true })
    }
  }

  async #dropStaged(folder: string): Promise<void> {
    if (!this.#staged.delete(folder)) return
    await rm(folder, { recursive: true, force: true })
  }
}

interface StagedFile extends LakeFile {
  readonly stagedPath: string
}

async function prepareStaged(object: string, controller: string, folder: string): Promise<StagedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  if (entries.length > stagedFilesMax)
    throw lakeError('FDP_LAKE_STAGED', { reason: 'more files than one version holds' })
  const files = new Map<string, StagedFile>()
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isFile() || !entry.name.endsWith('.parquet')) {
      throw lakeError('FDP_LAKE_STAGED', { reason: 'an entry that is no `.parquet` file' })
    }
    const stagedPath = join(folder, entry.name)
    const rows = await parquetRows(stagedPath)
    await syncFile(stagedPath)
    await chmod(stagedPath, 0o400)
    const sha256 = await hashFile(stagedPath)
    const path = filePath(object, controller, sha256)
    if (files.has(path) && rows > 0) throw lakeError('FDP_LAKE_STAGED', { reason: 'the same file twice' })
    files.set(path, { path, rows, bytes: (await stat(stagedPath)).size, sha256, controller, stagedPath })
  }
  return [...files.values()]
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

function manifestPath(object: string, sha256: string): string {
  return `${object}/manifests/${sha256}.json`
}

function missingAsNull(error: unknown): null {
  if (isMissing(error)) return null
  throw error
}
