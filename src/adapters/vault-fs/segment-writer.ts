import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { toHex } from '#kernel'
import { vaultError } from './errors.ts'
import {
  blockRowsMax,
  blocksMax,
  chunkPlace,
  columnBytesMax,
  encodeIndex,
  endMagic,
  framingBytes,
  headerBytes,
  indexPlace,
  type SegmentIdentity,
  type SegmentIndex,
  sealAt,
  startMagic,
} from './segment-format.ts'

export interface PlainBlock {
  readonly rows: number
  readonly columns: readonly string[]
}

interface PackedBlock {
  readonly rows: number
  readonly packed: readonly Uint8Array[]
}

const compress = promisify(zstdCompress)
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/**
 * Writes a whole segment file and flushes it. Holds two compressed blocks at a time, because a block is sealed only
 * when it is known whether another follows.
 */
export async function writeSegment(
  path: string,
  identity: SegmentIdentity,
  dataKey: Uint8Array,
  blocks: AsyncIterable<PlainBlock>,
): Promise<{ rows: number; bytes: number; sha256: string }> {
  const handle = await open(path, 'wx', 0o600)
  try {
    const out = new HashedFile(handle)
    const header = headerBytes(identity)
    await out.append(startMagic, uint32(header.length), header)
    const index = await writeBlocks(out, identity, dataKey, blocks)
    const sealedIndex = sealAt(dataKey, indexPlace(identity, header), encodeIndex(index))
    await out.append(sealedIndex, uint32(sealedIndex.length), endMagic)
    await handle.sync()
    return { rows: index.rows, bytes: out.bytes, sha256: out.digest() }
  } finally {
    await handle.close()
  }
}

async function writeBlocks(
  out: HashedFile,
  identity: SegmentIdentity,
  dataKey: Uint8Array,
  blocks: AsyncIterable<PlainBlock>,
): Promise<Pick<SegmentIndex, 'rows' | 'blocks'>> {
  const written: SegmentIndex['blocks'][number][] = []
  let rows = 0
  async function put(block: PackedBlock, isLast: boolean): Promise<void> {
    const chunks: [number, number][] = []
    for (const [column, packed] of block.packed.entries()) {
      const sealed = sealAt(dataKey, chunkPlace(identity, written.length, column, block.rows, isLast), packed)
      chunks.push([out.bytes, sealed.length])
      await out.append(sealed)
    }
    written.push({ rows: block.rows, chunks })
    rows += block.rows
  }
  let held: PackedBlock | null = null
  let count = 0
  for await (const block of blocks) {
    const packed = await packBlock(block, identity.columns.length, count++)
    if (held) await put(held, false)
    held = packed
  }
  if (held) await put(held, true)
  return { rows, blocks: written }
}

async function packBlock(block: PlainBlock, columnCount: number, number: number): Promise<PackedBlock> {
  const refuse = (reason: string) => vaultError('FDP_VAULT_BLOCK', { block: number, reason })
  if (number >= blocksMax) throw refuse('the segment has as many blocks as it may have')
  if (!Number.isInteger(block.rows) || block.rows < 1 || block.rows > blockRowsMax) throw refuse('its number of rows')
  if (block.columns.length !== columnCount) throw refuse('its number of columns')
  const packed = block.columns.map(async (text) => {
    if (text.length > columnBytesMax || Buffer.byteLength(text) > columnBytesMax) throw refuse('a column is too long')
    if (!holdsTexts(text, block.rows)) throw refuse('a column is no array of as many texts as there are rows')
    return compress(Buffer.from(text, 'utf8'), compression)
  })
  return { rows: block.rows, packed: await Promise.all(packed) }
}

/** Columns of different length would put one person's name beside another's number. */
function holdsTexts(text: string, rows: number): boolean {
  if (!text.isWellFormed()) return false
  try {
    const values: unknown = JSON.parse(text)
    if (!Array.isArray(values) || values.length !== rows) return false
    return values.every((value) => typeof value === 'string' || value === null)
  } catch {
    return false
  }
}

class HashedFile {
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  bytes = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async append(...parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      this.#hash.update(part)
      await this.#handle.writeFile(part)
      this.bytes += part.length
    }
  }

  digest(): string {
    return toHex(this.#hash.digest())
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(framingBytes - startMagic.length)
  bytes.writeUInt32BE(value)
  return bytes
}
