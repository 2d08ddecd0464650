import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LedgerFile, LedgerStore } from '#ports'
import { replaceDurably, syncFolder, writeAll } from './durable-files.ts'
import { folderReader, ownName, resolveInside } from './folder-reader.ts'
import { takeLock } from './lock.ts'

/** Files written at once: enough to keep a disk busy, few enough for the descriptor limit. */
const parallelWritesMax = 16

/** Opens a folder (made if absent) for writing. FDP_LEDGER_LOCKED, FDP_LEDGER_LOCKED_ELSEWHERE. */
export async function openFolderLedgerStore(folder: string): Promise<LedgerStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await takeLock(folder)
  await sweepUnfinished(folder)
  return new FolderLedgerStore(folder, lock)
}

class FolderLedgerStore implements LedgerStore {
  readonly fence: number
  readonly list: LedgerStore['list']
  readonly read: LedgerStore['read']
  readonly #folder: string
  readonly #lock: Awaited<ReturnType<typeof takeLock>>
  #growing: { readonly path: string; readonly file: FileHandle } | null = null

  constructor(folder: string, lock: Awaited<ReturnType<typeof takeLock>>) {
    const reader = folderReader(folder)
    this.list = reader.list
    this.read = reader.read
    this.fence = lock.fence
    this.#folder = folder
    this.#lock = lock
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    if (this.#growing?.path !== path) await this.#turnTo(path)
    const { file } = this.#growing!
    await writeAll(file, bytes)
    await file.datasync()
  }

  async write(files: readonly LedgerFile[]): Promise<void> {
    const folders = new Set<string>()
    for (const file of files) for (const made of await this.#makeFolder(file.path)) folders.add(made)
    for (let at = 0; at < files.length; at += parallelWritesMax) {
      await Promise.all(
        files
          .slice(at, at + parallelWritesMax)
          .map(({ path, bytes }) => replaceDurably(resolveInside(this.#folder, path), bytes)),
      )
    }
    for (const file of files) folders.add(dirname(resolveInside(this.#folder, file.path)))
    await syncFolders(folders)
  }

  async truncate(path: string, length: number): Promise<void> {
    const file = await open(resolveInside(this.#folder, path), 'r+')
    try {
      await file.truncate(length)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async remove(paths: readonly string[]): Promise<void> {
    const folders = new Set<string>()
    for (const path of paths) {
      const absolute = resolveInside(this.#folder, path)
      if (this.#growing?.path === path) await this.#closeGrowing()
      await rm(absolute, { force: true })
      folders.add(dirname(absolute))
    }
    await syncFolders(folders)
  }

  async close(): Promise<void> {
    await this.#closeGrowing()
    await this.#lock.release()
  }

  async #turnTo(path: string): Promise<void> {
    await this.#closeGrowing()
    const made = await this.#makeFolder(path)
    const absolute = resolveInside(this.#folder, path)
    const file = await open(absolute, 'a', 0o600)
    this.#growing = { path, file }
    await syncFolders(new Set([...made, dirname(absolute)]))
  }

  async #closeGrowing(): Promise<void> {
    const growing = this.#growing
    this.#growing = null
    await growing?.file.close()
  }

  /** Makes the folders above a file; returns those whose entries changed. */
  async #makeFolder(path: string): Promise<string[]> {
    const wanted = dirname(resolveInside(this.#folder, path))
    const first = await mkdir(wanted, { recursive: true, mode: 0o700 })
    if (first === undefined) return []
    const changed = [dirname(first)]
    for (let folder = wanted; folder.length >= first.length; folder = dirname(folder)) changed.push(folder)
    return changed
  }
}

async function syncFolders(folders: ReadonlySet<string>): Promise<void> {
  for (const folder of folders) await syncFolder(folder)
}

/** Removes what an interrupted `write` left. */
async function sweepUnfinished(folder: string): Promise<void> {
  for (const item of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (item.isFile() && ownName.test(item.name) && item.name.endsWith('.tmp')) {
      await rm(join(item.parentPath, item.name), { force: true })
    }
  }
}
