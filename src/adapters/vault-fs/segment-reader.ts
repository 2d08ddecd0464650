import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { equalBytes, type JsonObject, readFormat } from '#kernel'
import {
  blockRowsMax,
  chunkPlace,
  columnBytesMax,
  endMagic,
  framingBytes,
  headerBytes,
  indexBytesMax,
  indexFormat,
  indexPlace,
  openAt,
  type SegmentIdentity,
  type SegmentIndex,
  startMagic,
  tagBytes,
} from './segment-format.ts'

const decompress = promisify(zstdDecompress)

/** Thrown for anything in a segment that is not as it was written; becomes FDP_VAULT_TAMPERED with the segment's id. */
export class NotAsSealed extends Error {}

/**
 * An open segment file; it owns the data key and wipes it when it is closed. `open` checks header and index, `block` one column of one block; what is not asked for is
 * neither read nor decrypted.
 */
export class SegmentReader implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly #identity: SegmentIdentity
  readonly #dataKey: Uint8Array
  readonly index: SegmentIndex

  private constructor(handle: FileHandle, identity: SegmentIdentity, dataKey: Uint8Array, index: SegmentIndex) {
    this.#handle = handle
    this.#identity = identity
    this.#dataKey = dataKey
    this.index = index
  }

  static async open(path: string, identity: SegmentIdentity, dataKey: Uint8Array): Promise<SegmentReader> {
    const handle = await open(path, 'r')
    try {
      const index = await readIndex(handle, identity, dataKey)
      return new SegmentReader(handle, identity, dataKey, index)
    } catch (error) {
      dataKey.fill(0)
      await handle.close()
      throw error
    }
  }

  /** The JSON text of one column of one block. */
  async column(block: number, column: number): Promise<string> {
    const { rows, chunks } = this.index.blocks[block]!
    const [offset, bytes] = chunks[column]!
    const sealed = await readExactly(this.#handle, offset, bytes)
    const place = chunkPlace(this.#identity, block, column, rows, block === this.index.blocks.length - 1)
    const packed = openOrRefuse(() => openAt(this.#dataKey, place, sealed))
    const plain = await decompress(packed, { maxOutputLength: columnBytesMax })
    return plain.toString('utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#dataKey.fill(0)
    await this.#handle.close()
  }
}

async function readIndex(handle: FileHandle, identity: SegmentIdentity, dataKey: Uint8Array): Promise<SegmentIndex> {
  const { size } = await handle.stat()
  const header = Buffer.from(headerBytes(identity))
  const start = await readExactly(handle, 0, framingBytes + header.length)
  const end = await readExactly(handle, size - framingBytes, framingBytes)
  const expected = Buffer.concat([startMagic, start.subarray(startMagic.length, framingBytes), header])
  const framed = start.readUInt32BE(startMagic.length) === header.length && equalBytes(end.subarray(4), endMagic)
  if (!framed || !equalBytes(start, expected)) throw new NotAsSealed('header')
  const length = end.readUInt32BE(0)
  const offset = size - framingBytes - length
  if (length < tagBytes || length > indexBytesMax || offset < start.length) throw new NotAsSealed('index')
  const sealed = await readExactly(handle, offset, length)
  const plain = openOrRefuse(() => openAt(dataKey, indexPlace(identity, header), sealed))
  const index = readFormat(indexFormat, JSON.parse(plain.toString('utf8')) as JsonObject)
  checkIndex(index, identity.columns.length, start.length, offset)
  return index
}

/** The chunks fill the file from header to index without a gap: what lies between would be nobody's. */
function checkIndex(index: SegmentIndex, columns: number, start: number, end: number): void {
  let at = start
  let rows = 0
  for (const block of index.blocks) {
    if (block.rows < 1 || block.rows > blockRowsMax || block.chunks.length !== columns) throw new NotAsSealed('index')
    for (const [offset, bytes] of block.chunks) {
      if (offset !== at || bytes < tagBytes) throw new NotAsSealed('index')
      at += bytes
    }
    rows += block.rows
  }
  if (at !== end || rows !== index.rows) throw new NotAsSealed('index')
}

async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  if (offset < 0) throw new NotAsSealed('length')
  const bytes = Buffer.allocUnsafeSlow(length)
  const { bytesRead } = await handle.read(bytes, 0, length, offset)
  if (bytesRead !== length) throw new NotAsSealed('length')
  return bytes
}

function openOrRefuse(work: () => Buffer): Buffer {
  try {
    return work()
  } catch {
    throw new NotAsSealed('tag')
  }
}
