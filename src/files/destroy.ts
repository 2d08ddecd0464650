import { type FileHandle, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder, writeDurably } from './durable.ts'

/**
 * Overwrites a small file with zeros, flushes, and removes it. On disks that write elsewhere (flash, journals that keep
 * data, snapshots) older bytes may outlive this: see spec/vault.md, "What erasing cannot do".
 */
export async function destroyFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await overwrite(handle)
  } finally {
    await handle.close()
  }
  await unlink(path)
  await syncFolder(dirname(path))
}

/** Puts `bytes` in place of the file at `path` as `writeDurably` does, then overwrites what was there before. */
export async function replaceDestroying(path: string, temporary: string, bytes: Uint8Array): Promise<void> {
  const old = await open(path, 'r+')
  try {
    await writeDurably(path, temporary, bytes)
    await overwrite(old)
  } finally {
    await old.close()
  }
}

async function overwrite(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat()
  const { bytesWritten } = await handle.write(Buffer.alloc(size), 0, size, 0)
  if (bytesWritten !== size) throw new Error('a key file was overwritten in part')
  await handle.sync()
}
