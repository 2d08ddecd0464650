import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'

export interface CopiedFile {
  /** Relative, `/` between parts. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** Every file below a folder, relative paths, in order of name. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** Writes one file, flushes it, and says what it is. */
export async function writeInto(to: string, path: string, bytes: Uint8Array): Promise<CopiedFile> {
  await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 })
  await writeFile(join(to, path), bytes, { mode: 0o600, flush: true })
  return describeFile(to, path)
}

/** Copies one file, flushes it, and hashes the copy. */
export async function copyDurably(from: string, to: string, path: string): Promise<CopiedFile> {
  const target = join(to, path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  await copyFile(join(from, path), target)
  const file = await open(target, 'r+')
  await file.sync().finally(() => file.close())
  return describeFile(to, path)
}

export async function describeFile(folder: string, path: string): Promise<CopiedFile> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(join(folder, path))) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { path, bytes, sha256: hash.digest('hex') }
}
