import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type FlowDeps, flowLog } from '#flows'
import { type JsonObject, sha256Hex } from '#kernel'
import { keptFold } from '#ledger'
import type { BackupKeys, Destroyed } from './backup-keys.ts'

/** What a backup holds as it is: nothing of a person's is in it. Everything else is sealed. */
const plain =
  /^(ledger\/|lake\/leases|lake\/[^/]+\/manifests\/|vault\/(leases|manifests\/)|(profiles|witness|docks)\/|messages\/[^/]+\.[a-z]+$|[^/]+\.(json|yaml)$)/

export function isSealed(path: string): boolean {
  return !plain.test(path)
}

/** A segment of a log of messages that was written anew has another header, and with it another key. */
const growing = /^messages\/[^/]+\/.*\.log$/
const headerBytes = 128

/**
 * What the key of a file is called. A file that grows is the same source; one of the same name that begins in another way
 * is not. Throws ENOENT.
 */
export async function sourceOf(folder: string, path: string): Promise<string> {
  if (!growing.test(path)) return path
  const file = await open(join(folder, path), 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    return `${path}#${sha256Hex(buffer.subarray(0, bytesRead)).slice(0, 16)}`
  } finally {
    await file.close()
  }
}

/** The file of a source. */
export function pathOf(source: string): string {
  return source.split('#')[0]!
}

/**
 * Whether an entry of the ledger still names what a source holds, or, of what no entry names, whether it is there. A file
 * that was lost, and not destroyed, is still named: backups are for it.
 */
export async function namedSources(
  { lake, vault, ledger, governance }: Pick<FlowDeps, 'lake' | 'vault' | 'ledger' | 'governance'>,
  folder: string,
): Promise<(source: string) => Promise<boolean>> {
  const named = governance.catalogue().namedManifests()
  const lakes = await Promise.all(named.lake.map((manifest) => lake.version(manifest)))
  const vaults = await Promise.all(named.vault.map((manifest) => vault.version(manifest)))
  const files = new Set(lakes.flatMap((version) => version.files.map(({ path }) => `lake/${path}`)))
  const segments = new Set(vaults.flatMap((version) => version.segments.map(({ id }) => id)))
  const { blobs } = await flowLog(ledger)
  return async (source) => {
    const path = pathOf(source)
    if (path.startsWith('lake/')) return files.has(path)
    if (path.startsWith('vault/')) return segments.has(idOf(path))
    if (path.startsWith('blobs/')) return blobs.has(idOf(path))
    return existsSync(join(folder, path)) && (await sourceOf(folder, path)) === source
  }
}

/** Segments, their keys and blobs are called by their ids. */
export function idOf(path: string): string {
  return basename(path).split('.')[0]!
}

/** The last entry by which something was let go. */
const lastPurge = keptFold(
  (): { found: Destroyed | null } => ({ found: null }),
  (state, { type, index, governance }) => {
    if (type !== 'data.purged') return
    const [[what, which] = []] = Object.entries(governance.because as JsonObject)
    state.found = { entry: index, because: `${what} ${which}` }
  },
)

/** Destroys the keys of what no entry names any more, so that no backup opens it. Durable when it resolves. */
export async function destroyUnnamed(
  flows: Parameters<typeof namedSources>[0],
  folder: string,
  keys: BackupKeys,
): Promise<void> {
  if (keys.isEmpty) return
  const unnamed = async () => ({ entry: flows.ledger.size - 1, because: 'no entry names it' })
  await keys.keepNamed(
    await namedSources(flows, folder),
    async () => (await lastPurge(flows.ledger)).found ?? (await unnamed()),
  )
}
