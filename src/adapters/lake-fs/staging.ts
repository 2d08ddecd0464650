import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hashFile, syncFile } from '#files'
import type { LakeFile, StagedFolder } from '#ports'
import { lakeError } from './errors.ts'
import { checkNames, filePath } from './manifest.ts'
import { parquetRows } from './parquet-rows.ts'

const stagedFilesMax = 10_000

export interface StagedFile extends LakeFile {
  readonly stagedPath: string
}

/** Folders that are being written into, or sealed; what an earlier run left is swept. */
export class Staging {
  readonly #folder: string
  /** Folders of this run that are neither sealed nor given up. */
  readonly #open = new Set<string>()
  readonly #sealing = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  async stage(object: string, controller: string): Promise<StagedFolder> {
    checkNames(object, controller)
    const folder = await mkdtemp(join(this.#folder, `${object}-`))
    this.#open.add(folder)
    const giveUp = async () => {
      // A caller may leave its block while `seal` still works on the folder; that removes it itself.
      if (!this.#sealing.has(folder)) await this.#drop(folder)
    }
    return { folder, [Symbol.asyncDispose]: giveUp }
  }

  /** Keeps a folder while `work` seals it, then gives it up whatever happened. */
  async whileSealing<T>(folder: string | null, work: () => Promise<T>): Promise<T> {
    if (folder === null) return work()
    this.#sealing.add(folder)
    try {
      return await work()
    } finally {
      this.#sealing.delete(folder)
      await this.#drop(folder)
    }
  }

  async sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name)
      if (!this.#open.has(path)) await rm(path, { recursive: true, force: true })
    }
  }

  async #drop(folder: string): Promise<void> {
    if (!this.#open.delete(folder)) return
    await rm(folder, { recursive: true, force: true })
  }
}

/** Counts, flushes, write-protects and hashes the files of a staging folder; FDP_LAKE_STAGED for anything else in it. */
export async function prepareStaged(
  of: Pick<LakeFile, 'controller' | 'asAt' | 'from' | 'dataSet'> & { readonly object: string },
  folder: string,
): Promise<StagedFile[]> {
  const { object, ...about } = of
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
    const path = filePath(object, about.controller, sha256)
    if (files.has(path) && rows > 0) throw lakeError('FDP_LAKE_STAGED', { reason: 'the same file twice' })
    files.set(path, { path, rows, bytes: (await stat(stagedPath)).size, sha256, ...about, stagedPath })
  }
  return [...files.values()]
}
