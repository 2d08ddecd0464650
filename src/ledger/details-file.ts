import {
  canonicalJson,
  type FormatSpec,
  fromBase64,
  type JsonObject,
  readFormat,
  sha256Hex,
  writeFormat,
} from '#kernel'
import type { KeyBlock } from './detail-keys.ts'
import { decodeLines } from './opening.ts'
import { formatTileIndex, parseTileIndex } from './tiles.ts'

/** What is stored of one entry's detail. */
export type StoredDetail = { readonly ciphertext: Uint8Array } | { readonly erasedBy: number }

/** The details of the entries of one bundle, with the keys of those not erased. */
export interface DetailsFile {
  readonly first: number
  readonly keys: KeyBlock | null
  readonly details: ReadonlyMap<number, StoredDetail>
}

interface DetailsHeader extends JsonObject {
  readonly format: string
  readonly version: number
  readonly first: number
  readonly keys: KeyBlock | null
}

export const detailsFormat: FormatSpec<DetailsHeader> = {
  format: 'openfdp/ledger-details',
  version: 1,
  migrations: {},
  check: (document) => {
    if (!Number.isSafeInteger(document.first)) throw new RangeError('details without a first index')
    if (document.keys !== null && !isKeyBlock(document.keys)) throw new RangeError('details with a strange key block')
    return document as DetailsHeader
  },
}

export function isKeyBlock(value: unknown): value is KeyBlock {
  const block = value as KeyBlock | undefined
  return (
    typeof block?.block === 'string' &&
    typeof block.wrapped === 'string' &&
    Number.isSafeInteger(block.keyVersion) &&
    Array.isArray(block.indexes) &&
    block.indexes.every((index) => Number.isSafeInteger(index))
  )
}

export function detailsPath(bundle: number): string {
  return `details/${formatTileIndex(bundle)}`
}

export function parseDetailsPath(path: string): number | null {
  return path.startsWith('details/') ? parseTileIndex(path.slice('details/'.length)) : null
}

/** A header line, a line a detail in order of index, and a line with the SHA-256 of all before it. */
export function encodeDetails({ first, keys, details }: DetailsFile): Uint8Array {
  const lines = [canonicalJson(writeFormat(detailsFormat, { first, keys }))]
  for (const [index, detail] of [...details].toSorted(([a], [b]) => a - b)) lines.push(detailLine(index, detail))
  const text = `${lines.join('\n')}\n`
  return Buffer.from(`${text}{"sha256":"${sha256Hex(text)}"}\n`, 'utf8')
}

/** Throws RangeError (or a format error) unless the bytes are exactly what `encodeDetails` writes. */
export function decodeDetails(first: number, bytes: Uint8Array): DetailsFile {
  const lines = decodeLines(bytes)
  const { keys, first: found } = readFormat(detailsFormat, JSON.parse(lines[0]!))
  if (found !== first) throw new RangeError('details of other entries')
  const details = new Map<number, StoredDetail>()
  for (const line of lines.slice(1, -1)) {
    const value = JSON.parse(line)
    if (!Number.isSafeInteger(value.index)) throw new RangeError('a detail without an index')
    details.set(value.index, parseDetail(value))
  }
  const file = { first, keys, details }
  if (!Buffer.from(encodeDetails(file)).equals(bytes)) throw new RangeError('a file other than its own checksum')
  return file
}

export function parseDetail(value: { ciphertext?: unknown; erasedBy?: unknown }): StoredDetail {
  if (typeof value.ciphertext === 'string') return { ciphertext: fromBase64(value.ciphertext) }
  if (Number.isSafeInteger(value.erasedBy)) return { erasedBy: value.erasedBy as number }
  throw new RangeError('a detail neither present nor erased')
}

export function detailLine(index: number, detail: StoredDetail): string {
  return 'erasedBy' in detail
    ? `{"erasedBy":${detail.erasedBy},"index":${index}}`
    : `{"ciphertext":"${Buffer.from(detail.ciphertext).toString('base64')}","index":${index}}`
}
