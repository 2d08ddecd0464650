import { type Random, toHex } from '#kernel'
import type { Keys, LedgerFile, LedgerStore } from '#ports'
import { type Archive, damaged } from './archive.ts'
import type { TailEntry } from './batch.ts'
import { type DetailOpening, openDetail } from './detail.ts'
import { openKeys, sealKeys } from './detail-keys.ts'
import { detailsPath, encodeDetails, parseDetailsPath, type StoredDetail } from './details-file.ts'
import { sha256Once } from './hash.ts'
import { tileWidth } from './tiles.ts'

export interface DetailSecrets {
  readonly origin: string
  readonly keys: Keys
  readonly random: Random
}

/** A sealed detail with what its entry says about it. */
export interface DetailMarks {
  readonly index: number
  readonly detailSha256: string | null
  readonly detailCommitment: Uint8Array | null
}

/** Opens a stored detail and compares it with its entry; FDP_LEDGER_DAMAGED names the file. */
export function openStoredDetail(
  secrets: DetailSecrets,
  marks: DetailMarks,
  stored: { ciphertext: Uint8Array; key: Uint8Array },
): DetailOpening {
  const file = detailsPath(Math.floor(marks.index / tileWidth))
  if (toHex(sha256Once(stored.ciphertext)) !== marks.detailSha256 || marks.detailCommitment === null) {
    throw damaged(file, `the detail of entry ${marks.index} does not fit its hash`)
  }
  try {
    return openDetail(
      { origin: secrets.origin, index: marks.index },
      stored.ciphertext,
      stored.key,
      marks.detailCommitment,
    )
  } catch {
    throw damaged(file, `the detail of entry ${marks.index} does not open`)
  }
}

/**
 * The details files to write when the entries of `fresh` are stored and those in `erased` (target → erasure entry) are
 * forgotten. Each file is written whole under a new key block, so a key left out is gone with the file it replaces.
 */
export async function detailFiles(
  secrets: DetailSecrets,
  archive: Archive,
  fresh: readonly TailEntry[],
  erased: ReadonlyMap<number, number>,
): Promise<LedgerFile[]> {
  const bundles = new Map<number, TailEntry[]>()
  const touch = (index: number) => {
    const bundle = Math.floor(index / tileWidth)
    if (!bundles.has(bundle)) bundles.set(bundle, [])
    return bundles.get(bundle)!
  }
  for (const entry of fresh) if (entry.detail) touch(entry.index).push(entry)
  for (const target of erased.keys()) touch(target)
  const files: LedgerFile[] = []
  for (const [bundle, added] of bundles) files.push(await detailsFile(secrets, archive, bundle, added, erased))
  return files
}

async function detailsFile(
  secrets: DetailSecrets,
  archive: Archive,
  bundle: number,
  added: readonly TailEntry[],
  erased: ReadonlyMap<number, number>,
): Promise<LedgerFile> {
  const { origin, keys, random } = secrets
  const before = await archive.details(bundle)
  const dataKeys = openKeys(origin, before.keys, keys)
  const details = new Map<number, StoredDetail>(before.details)
  for (const { index, detail } of added) {
    details.set(index, { ciphertext: detail!.ciphertext })
    dataKeys.set(index, detail!.key)
  }
  for (const [target, erasedBy] of erased) {
    if (Math.floor(target / tileWidth) !== bundle) continue
    details.set(target, { erasedBy })
    dataKeys.delete(target)
  }
  const file = { first: before.first, keys: sealKeys(origin, dataKeys, keys, random), details }
  return { path: detailsPath(bundle), bytes: encodeDetails(file) }
}

/** Seals the keys of every details file anew under the current wrapping key; returns how many files there are. */
export async function rewrapDetailFiles(secrets: DetailSecrets, archive: Archive, store: LedgerStore): Promise<number> {
  const bundles = (await store.list()).flatMap((path) => parseDetailsPath(path) ?? [])
  for (const bundle of bundles) {
    const file = await archive.details(bundle)
    const dataKeys = openKeys(secrets.origin, file.keys, secrets.keys)
    const keys = sealKeys(secrets.origin, dataKeys, secrets.keys, secrets.random)
    await store.write([{ path: detailsPath(bundle), bytes: encodeDetails({ ...file, keys }) }])
  }
  return bundles.length
}
