import { fromBase64, type JsonObject, lengthPrefixed, type Random, toBase64 } from '#kernel'
import type { Keys } from '#ports'
import { decryptBytes, detailKeyBytes, encrypt } from './detail.ts'

/**
 * The keys of several details, sealed together: one random block key, wrapped by the tenant, over the concatenated
 * data keys. Erasing a detail seals the rest under a new block key; the old block, with the erased key, is destroyed.
 * One wrapping for a batch instead of one an entry is what lets the log keep up with its readers.
 */
export interface KeyBlock extends JsonObject {
  /** AES-256-GCM over the keys in the order of `indexes`, base64. */
  readonly block: string
  readonly indexes: readonly number[]
  readonly keyVersion: number
  readonly wrapped: string
}

export function sealKeys(
  origin: string,
  byIndex: ReadonlyMap<number, Uint8Array>,
  keys: Keys,
  random: Random,
): KeyBlock | null {
  if (byIndex.size === 0) return null
  const indexes = [...byIndex.keys()].toSorted((a, b) => a - b)
  const blockKey = random.bytes(detailKeyBytes)
  const plain = Buffer.concat(indexes.map((index) => byIndex.get(index)!))
  const block = toBase64(encrypt(blockKey, blockContext(origin, indexes), plain))
  const { keyVersion, wrapped } = keys.wrap('ledger-detail', blockKey)
  plain.fill(0)
  return { block, indexes, keyVersion, wrapped }
}

/** The data keys by entry index; fails as Keys.unwrap does, or with RangeError on a changed block. */
export function openKeys(origin: string, sealed: KeyBlock | null, keys: Keys): Map<number, Uint8Array> {
  if (sealed === null) return new Map()
  const blockKey = keys.unwrap('ledger-detail', sealed)
  const plain = decryptBytes(blockKey, blockContext(origin, sealed.indexes), fromBase64(sealed.block))
  if (plain.length !== sealed.indexes.length * detailKeyBytes) throw new RangeError('a key block of another length')
  return new Map(
    sealed.indexes.map((index, i) => [index, plain.subarray(i * detailKeyBytes, (i + 1) * detailKeyBytes)]),
  )
}

function blockContext(origin: string, indexes: readonly number[]): Uint8Array {
  return lengthPrefixed('openfdp/ledger/detail-keys/v1', origin, indexes.join(','))
}
