import { equalBytes, type FormatSpec, type JsonObject, readFormat, writeFormat } from '#kernel'
import { bounds } from './bounds.ts'
import type { KeyBlock } from './detail-keys.ts'
import { detailLine, isKeyBlock, parseDetail } from './details-file.ts'
import { sha256Once } from './hash.ts'
import { decodeLines } from './opening.ts'

/** One acknowledged batch, as the journal keeps it. */
export interface JournalBatch {
  readonly first: number
  readonly openings: readonly string[]
  readonly details: ReadonlyMap<number, Uint8Array>
  readonly keys: KeyBlock | null
  /** Signed note over the tree after this batch. */
  readonly checkpoint: string
}

/** What reading a journal file found. `damaged` names the first byte of the frame that does not hold. */
export interface JournalReading {
  readonly batches: readonly (JournalBatch & { readonly at: number })[]
  readonly end: { readonly kind: 'whole' | 'torn' | 'damaged'; readonly at: number; readonly what: string }
}

interface BatchHeader extends JsonObject {
  readonly format: string
  readonly version: number
  readonly first: number
  readonly entries: number
  readonly details: number
  readonly keys: KeyBlock | null
}

export const journalFormat: FormatSpec<BatchHeader> = {
  format: 'openfdp/ledger-journal',
  version: 1,
  migrations: {},
  check: (document) => {
    const { first, entries, details, keys } = document
    if (![first, entries, details].every((n) => Number.isSafeInteger(n))) throw new RangeError('a batch without counts')
    if (keys !== null && !isKeyBlock(keys)) throw new RangeError('a batch with a strange key block')
    return document as BatchHeader
  },
}

export function journalPath(first: number): string {
  return `journal/${String(first).padStart(16, '0')}`
}

export function parseJournalPath(path: string): number | null {
  const match = /^journal\/(\d{16})$/.exec(path)
  return match ? Number(match[1]) : null
}

/** `OFJ1` ‖ payload length (4, big-endian) ‖ first index (8) ‖ SHA-256 of payload ‖ first 16 bytes of SHA-256 of those 48. */
export const frameHeaderBytes = 64
const magic = Buffer.from('OFJ1')

/** Texts a line each: header, openings, details; then the checkpoint, last, so that a torn batch is never signed. */
export function encodeBatch(batch: JournalBatch): Uint8Array {
  const { first, openings, details, keys, checkpoint } = batch
  const header = writeFormat(journalFormat, { first, entries: openings.length, details: details.size, keys })
  const lines = [JSON.stringify(header), ...openings]
  for (const [index, ciphertext] of details) lines.push(detailLine(index, { ciphertext }))
  const payload = Buffer.from(`${lines.join('\n')}\n${checkpoint}`, 'utf8')
  return Buffer.concat([encodeFrameHeader(first, payload), payload])
}

function encodeFrameHeader(first: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(frameHeaderBytes)
  magic.copy(header)
  header.writeUInt32BE(payload.length, 4)
  header.writeBigUInt64BE(BigInt(first), 8)
  header.set(sha256Once(payload), 16)
  header.set(sha256Once(header.subarray(0, 48)).subarray(0, 16), 48)
  return header
}

/**
 * Reads a journal file frame by frame. Only what a crash can leave counts as torn: a last frame that stops short, or
 * whose payload has a whole 512-byte sector never written. Anything else that does not hold is damage.
 */
export function readJournal(bytes: Uint8Array): JournalReading {
  const batches: (JournalBatch & { at: number })[] = []
  const stop = (kind: 'whole' | 'torn' | 'damaged', at: number, what = '') => ({ batches, end: { kind, at, what } })
  let at = 0
  while (at < bytes.length) {
    const header = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(frameHeaderBytes, bytes.length - at))
    if (header.length < frameHeaderBytes) {
      return magic.subarray(0, header.length).equals(header.subarray(0, 4)) || isBlank(header)
        ? stop('torn', at)
        : stop('damaged', at, 'a frame does not begin as frames do')
    }
    const check = sha256Once(header.subarray(0, 48)).subarray(0, 16)
    if (!magic.equals(header.subarray(0, 4)) || !equalBytes(check, header.subarray(48))) {
      return isBlank(bytes.subarray(at))
        ? stop('torn', at)
        : stop('damaged', at, 'a frame header does not fit its check')
    }
    const end = at + frameHeaderBytes + header.readUInt32BE(4)
    if (end - at > bounds.journalPayloadBytesMax) return stop('damaged', at, 'a frame is too large')
    if (end > bytes.length) return stop('torn', at)
    const payload = bytes.subarray(at + frameHeaderBytes, end)
    if (!equalBytes(sha256Once(payload), header.subarray(16, 48))) {
      const unwritten = end === bytes.length && hasBlankSector(bytes, at + frameHeaderBytes, end)
      return unwritten ? stop('torn', at) : stop('damaged', at, 'a batch does not fit its hash')
    }
    const batch = decodePayload(payload)
    if (batch === null || BigInt(batch.first) !== header.readBigUInt64BE(8)) {
      return stop('damaged', at, 'a batch cannot be read')
    }
    batches.push({ ...batch, at })
    at = end
  }
  return stop('whole', at)
}

function decodePayload(payload: Uint8Array): JournalBatch | null {
  try {
    const lines = decodeLines(payload)
    const header = readFormat(journalFormat, JSON.parse(lines[0]!))
    const openings = lines.slice(1, 1 + header.entries)
    const details = new Map<number, Uint8Array>()
    for (const line of lines.slice(1 + header.entries, 1 + header.entries + header.details)) {
      const value = JSON.parse(line)
      const detail = parseDetail(value)
      if (!('ciphertext' in detail)) return null
      details.set(value.index, detail.ciphertext)
    }
    const checkpoint = `${lines.slice(1 + header.entries + header.details).join('\n')}\n`
    return { first: header.first, openings, details, keys: header.keys, checkpoint }
  } catch {
    return null
  }
}

const sectorBytes = 512

function hasBlankSector(bytes: Uint8Array, from: number, to: number): boolean {
  const firstSector = Math.ceil(from / sectorBytes) * sectorBytes
  for (let at = firstSector; at + sectorBytes <= to; at += sectorBytes) {
    if (isBlank(bytes.subarray(at, at + sectorBytes))) return true
  }
  return false
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
