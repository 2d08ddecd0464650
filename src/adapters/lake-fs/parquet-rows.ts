import { open } from 'node:fs/promises'
import { lakeError } from './errors.ts'

const magic = Buffer.from('PAR1')
const footerBytesMax = 256 * 1024 ** 2
const nestingMax = 32

/**
 * The number of rows that a Parquet file's footer states, so that a half-written file is never sealed. Reads only
 * field 3 (`num_rows`) of `FileMetaData` in Thrift's compact protocol (Parquet format, "File format").
 */
export async function parquetRows(path: string): Promise<number> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    if (size < 12) throw notParquet()
    const ends = Buffer.alloc(12)
    await handle.read(ends, 0, 4, 0)
    await handle.read(ends, 4, 8, size - 8)
    const length = ends.readUInt32LE(4)
    const marked = ends.subarray(0, 4).equals(magic) && ends.subarray(8).equals(magic)
    if (!marked || length > size - 12 || length > footerBytesMax) throw notParquet()
    const footer = Buffer.alloc(length)
    await handle.read(footer, 0, length, size - 8 - length)
    return rowsOfFooter(footer)
  } finally {
    await handle.close()
  }
}

function rowsOfFooter(footer: Buffer): number {
  const reader = new CompactReader(footer)
  let field = 0
  for (let header = reader.byte(); header !== 0; header = reader.byte()) {
    field = header >> 4 === 0 ? reader.zigzag() : field + (header >> 4)
    if (field === 3) return reader.zigzag()
    reader.skip(header & 15, 0)
  }
  throw notParquet()
}

class CompactReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw notParquet()
    return value
  }

  varint(): number {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(value)
    }
    throw notParquet()
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  skip(type: number, depth: number): void {
    if (depth > nestingMax) throw notParquet()
    if (type === 1 || type === 2) return
    if (type === 3) this.#at += 1
    else if (type >= 4 && type <= 6) this.varint()
    else if (type === 7) this.#at += 8
    else if (type === 8) this.#skipBinary()
    else if (type === 9 || type === 10) this.#skipList(depth)
    else if (type === 12) this.#skipStruct(depth)
    else throw notParquet()
  }

  #skipBinary(): void {
    const length = this.varint()
    this.#at += length
  }

  #skipList(depth: number): void {
    const header = this.byte()
    const count = header >> 4 === 15 ? this.varint() : header >> 4
    const type = header & 15
    // In a list a truth value takes a byte of its own.
    for (let i = 0; i < count; i++) this.skip(type <= 2 ? 3 : type, depth + 1)
  }

  #skipStruct(depth: number): void {
    for (let header = this.byte(); header !== 0; header = this.byte()) {
      if (header >> 4 === 0) this.zigzag()
      this.skip(header & 15, depth + 1)
    }
  }
}

function notParquet() {
  return lakeError('FDP_LAKE_STAGED', { reason: 'a file without a whole Parquet footer' })
}
