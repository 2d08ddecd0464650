import type { LedgerStore } from '#ports'

/**
 * How a call fails. `not-stored`: nothing of it happened. `stored`: all of it happened, and the caller is told
 * otherwise. `partly-stored`: the first half of the bytes of an append, the first half of the files of a write or
 * removal; a torn append is what power loss leaves.
 */
export type FaultKind = 'not-stored' | 'stored' | 'partly-stored'

/** What outlives a store: open it again as after a crash. */
export interface MemoryDisk {
  readonly files: Map<string, Uint8Array>
  fence: number
  /** Changing calls so far, over all openings. */
  calls: number
  /** Fails the changing call with this number, counted from 0. */
  fault: { readonly call: number; readonly kind: FaultKind } | null
}

export function memoryDisk(): MemoryDisk {
  return { files: new Map(), fence: 0, calls: 0, fault: null }
}

export function openMemoryLedgerStore(disk: MemoryDisk = memoryDisk()): LedgerStore {
  disk.fence += 1
  const fence = disk.fence

  /** Runs a changing call, or the part of it that its fault leaves. */
  const change = async (whole: () => void, half: () => void): Promise<void> => {
    if (disk.fence !== fence) throw new Error('the store was opened by somebody else')
    const fault = disk.fault?.call === disk.calls ? disk.fault.kind : null
    disk.calls += 1
    await new Promise((resolve) => setImmediate(resolve))
    if (fault === null || fault === 'stored') whole()
    else if (fault === 'partly-stored') half()
    if (fault !== null) throw new Error(`planned fault: ${fault}`)
  }
  const append = (path: string, bytes: Uint8Array) => {
    disk.files.set(path, Buffer.concat([disk.files.get(path) ?? new Uint8Array(0), bytes]))
  }
  const remove = (paths: readonly string[]) => {
    for (const path of paths) disk.files.delete(path)
  }
  const write: LedgerStore['write'] = (files) => {
    const put = (count: number) => {
      for (const file of files.slice(0, count)) disk.files.set(file.path, Buffer.from(file.bytes))
    }
    return change(
      () => put(files.length),
      () => put(Math.floor(files.length / 2)),
    )
  }
  return {
    fence,
    list: async () => [...disk.files.keys()].toSorted(),
    read: async (path) => disk.files.get(path) ?? null,
    append: (path, bytes) =>
      change(
        () => append(path, bytes),
        () => append(path, bytes.subarray(0, Math.floor(bytes.length / 2))),
      ),
    write,
    truncate: (path, length) =>
      change(
        () => disk.files.set(path, disk.files.get(path)!.subarray(0, length)),
        () => {},
      ),
    remove: (paths) =>
      change(
        () => remove(paths),
        () => remove(paths.slice(0, Math.floor(paths.length / 2))),
      ),
    close: async () => {},
  }
}
