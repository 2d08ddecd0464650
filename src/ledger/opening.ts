import type { FormatSpec, JsonObject } from '#kernel'
import {
  canonicalJson,
  type EntryIndex,
  fromBase64,
  type Instant,
  parseInstant,
  readFormat,
  writeFormat,
} from '#kernel'
import { commitTo, encodeLeaf, noDetail, saltBytes } from './commitment.ts'
import type { LedgerEntry } from './entry.ts'
import { formatTileIndex, parseTileIndex } from './tiles.ts'

/** An opened governance commitment: the entry as everyone may read it, and the hash of its encrypted detail. */
export interface Opening {
  readonly entry: LedgerEntry
  /** SHA-256 of the detail's ciphertext, hexadecimal; null if the entry has no detail. */
  readonly detailSha256: string | null
  /** Canonical JSON that the commitment is to. */
  readonly json: string
  readonly salt: Uint8Array
  /** 32 bytes; null exactly where `detailSha256` is. */
  readonly detailCommitment: Uint8Array | null
}

export interface OpeningParts {
  readonly index: number
  readonly time: string
  readonly type: string
  readonly governanceJson: string
  readonly detailSha256: string | null
}

/** The canonical text of an opening, put together from parts that are canonical already (keys in order). */
export function openingJson({ index, time, type, governanceJson, detailSha256 }: OpeningParts): string {
  const detail = detailSha256 === null ? 'null' : `{"sha256":"${detailSha256}"}`
  return `{"detail":${detail},"governance":${governanceJson},"index":${index},"time":"${time}","type":"${type}"}`
}

/** A stored line: the opening, its salt, and the detail commitment that makes up the rest of the leaf. */
export function openingLine(json: string, salt: Uint8Array, detailCommitment: Uint8Array | null): string {
  const detail = detailCommitment === null ? 'null' : `"${Buffer.from(detailCommitment).toString('base64')}"`
  return `{"detailCommitment":${detail},"opening":${json},"salt":"${Buffer.from(salt).toString('base64')}"}`
}

/** Reads one line; throws RangeError unless it is exactly what `openingLine` writes. */
export function parseOpeningLine(line: string): Opening {
  const value = JSON.parse(line)
  const opening = value?.opening
  if (typeof opening !== 'object' || opening === null || typeof value.salt !== 'string') {
    throw new RangeError('not an opening')
  }
  const json = canonicalJson(opening)
  const salt = fromBase64(value.salt)
  const detailCommitment = value.detailCommitment === null ? null : fromBase64(value.detailCommitment)
  if (salt.length !== saltBytes || openingLine(json, salt, detailCommitment) !== line) {
    throw new RangeError('not a canonical opening')
  }
  const { index, time, type, governance, detail } = opening
  const detailSha256 = detail === null ? null : detail?.sha256
  const isMarked = detailCommitment?.length === 32 && /^[0-9a-f]{64}$/.test(String(detailSha256))
  if (!isMarked && (detailSha256 !== null || detailCommitment !== null)) throw new RangeError('a half-marked detail')
  const known = typeof governance === 'object' && governance !== null && !Array.isArray(governance)
  if (!Number.isSafeInteger(index) || typeof type !== 'string' || !known || parseInstant(String(time)) !== time) {
    throw new RangeError('not an opening')
  }
  if (openingJson({ index, time, type, governanceJson: canonicalJson(governance), detailSha256 }) !== json) {
    throw new RangeError('an opening with unknown parts')
  }
  const entry = { index: index as EntryIndex, time: time as Instant, type, governance: governance as JsonObject }
  return { entry, detailSha256, json, salt, detailCommitment }
}

/** The leaf data that an opening stands for. */
export function leafOf(opening: Pick<Opening, 'json' | 'salt' | 'detailCommitment'>): Buffer {
  return encodeLeaf(commitTo('governance', opening.salt, opening.json), opening.detailCommitment ?? noDetail)
}

interface OpeningsHeader extends JsonObject {
  readonly format: string
  readonly version: number
  readonly first: number
}

export const openingsFormat: FormatSpec<OpeningsHeader> = {
  format: 'openfdp/ledger-openings',
  version: 1,
  migrations: {},
  check: (document) => {
    if (!Number.isSafeInteger(document.first)) throw new RangeError('openings without a first index')
    return document as OpeningsHeader
  },
}

/** `openings/x001/234`: the openings of entry bundle 1234, a header line and a line an entry. */
export function openingsPath(bundle: number): string {
  return `openings/${formatTileIndex(bundle)}`
}

export function parseOpeningsPath(path: string): number | null {
  return path.startsWith('openings/') ? parseTileIndex(path.slice('openings/'.length)) : null
}

export function encodeOpenings(first: number, lines: readonly string[]): Uint8Array {
  const header = canonicalJson(writeFormat(openingsFormat, { first }))
  return Buffer.from(`${[header, ...lines].join('\n')}\n`, 'utf8')
}

/** The lines of a bundle file, unparsed; throws RangeError where its frame is not canonical. */
export function decodeOpenings(first: number, bytes: Uint8Array): string[] {
  const lines = decodeLines(bytes)
  const header = lines.shift()
  if (header === undefined) throw new RangeError('openings without a header')
  if (readFormat(openingsFormat, JSON.parse(header)).first !== first) throw new RangeError('openings of other entries')
  if (canonicalJson(writeFormat(openingsFormat, { first })) !== header) throw new RangeError('a header not canonical')
  return lines
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Lines of a UTF-8 text that ends with a newline; throws on anything else. */
export function decodeLines(bytes: Uint8Array): string[] {
  const lines = utf8.decode(bytes).split('\n')
  if (lines.pop() !== '') throw new RangeError('a text that does not end with a newline')
  return lines
}
