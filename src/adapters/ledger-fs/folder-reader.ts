import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { LedgerReader } from '#ports'
import { readOrNull } from './durable-files.ts'

/** Names that are the store's own: locks and unfinished files. */
export const ownName = /^(lock(\.\d+)?|.*\.tmp)$/

/** Reads a ledger's folder without locking it, for verifying a copy. The folder may be read-only. */
export function folderReader(folder: string): LedgerReader {
  return {
    async list() {
      const paths: string[] = []
      for (const item of await readdir(folder, { withFileTypes: true, recursive: true })) {
        if (!item.isFile() || ownName.test(item.name)) continue
        paths.push(relative(folder, join(item.parentPath, item.name)).split(sep).join('/'))
      }
      return paths.toSorted()
    },
    read: (path) => readOrNull(resolveInside(folder, path)),
  }
}

/** The absolute path of a ledger file; a path of any other form is a bug. */
export function resolveInside(folder: string, path: string): string {
  if (!/^[a-z0-9.]+(\/[a-z0-9.]+)*$/.test(path) || path.split('/').includes('..')) {
    throw new TypeError('not the path of a ledger file')
  }
  return join(folder, ...path.split('/'))
}
