import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Instant } from '#kernel'
import type { DroppedFile, OpenFileDrop, Source } from '#ports'
import { dropErrors } from './errors.ts'

/** Folders as drops; `openFile` makes a Source of a path. */
export function folderDrop(openFile: (path: string) => Promise<Source>): OpenFileDrop {
  return (place) => ({
    async list() {
      try {
        const found = await Promise.all((await readdir(place)).map((name) => look(place, name)))
        return found.filter((file) => file !== null).sort((a, b) => (a.name < b.name ? -1 : 1))
      } catch {
        throw dropErrors('FDP_DROP_UNREACHABLE')
      }
    },
    async open(name) {
      if (name !== basename(name) || (await look(place, name)) === null) throw dropErrors('FDP_DROP_NAME')
      return await openFile(join(place, name))
    },
  })
}

/** Null for what is no plain file, or is gone. */
async function look(place: string, name: string): Promise<DroppedFile | null> {
  const found = await lstat(join(place, name)).catch(() => null)
  if (!found?.isFile()) return null
  return { name, bytes: found.size, modifiedAt: found.mtime.toISOString() as Instant }
}
