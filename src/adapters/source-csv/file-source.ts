import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Source } from '#ports'
import { csvErrors } from './errors.ts'

const readBytes = 1024 * 1024

interface Seen {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ino: bigint
}

/**
 * A file as a Source. What its size, time of change and inode were at this call must hold before and after every
 * reading, or FDP_SOURCE_CHANGED is thrown; content is compared by the caller's hash of what it landed.
 */
export async function fileSource(path: string): Promise<Source> {
  const name = basename(path)
  const handle = await openFile(path, name)
  const first = await look(handle)
  await handle.close()
  return { name, bytes: Number(first.size), open: () => read(path, name, first) }
}

async function* read(path: string, name: string, first: Seen): AsyncGenerator<Uint8Array> {
  const handle = await openFile(path, name)
  try {
    await refuseChanged(handle, name, first)
    for (;;) {
      const buffer = Buffer.allocUnsafe(readBytes)
      const { bytesRead } = await handle.read(buffer, 0, readBytes, null)
      if (bytesRead === 0) break
      yield buffer.subarray(0, bytesRead)
    }
    await refuseChanged(handle, name, first)
  } finally {
    await handle.close()
  }
}

async function openFile(path: string, name: string): Promise<FileHandle> {
  const handle = await open(path, 'r').catch(() => {
    throw csvErrors('FDP_SOURCE_MISSING', { name })
  })
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw csvErrors('FDP_SOURCE_MISSING', { name })
}

async function refuseChanged(handle: FileHandle, name: string, first: Seen): Promise<void> {
  const now = await look(handle)
  if (now.size !== first.size || now.mtimeNs !== first.mtimeNs || now.ino !== first.ino) {
    throw csvErrors('FDP_SOURCE_CHANGED', { name })
  }
}

async function look(handle: FileHandle): Promise<Seen> {
  const { size, mtimeNs, ino } = await handle.stat({ bigint: true })
  return { size, mtimeNs, ino }
}
