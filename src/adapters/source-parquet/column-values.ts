import { brotliDecompressSync, crc32, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type PageHeader, snappyUncompress } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { parquetErrors } from './errors.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { ColumnChunk, ParquetColumn } from './parquet-file.ts'
import { rawValues } from './raw-values.ts'
import { Runs } from './runs.ts'
import { thriftEnd } from './thrift-walk.ts'
import type { ValueText } from './value-text.ts'

const headerValuesMax = 1_000
const dictionaryEntriesMax = 4_000_000

/** Levels and values of one page, unpacked. */
interface Page {
  readonly levels: Runs | null
  readonly next: () => ValueText
}

/**
 * The values of a column in one group of rows, as texts, null where there is none. Holds one page and the dictionary.
 * What a file does wrong throws any error, FDP_PARQUET_* where it has a name.
 */
export class ColumnValues {
  readonly #bytes: Buffer
  readonly #column: ParquetColumn
  readonly #position: number
  readonly #codec: string
  readonly #end: number
  readonly #held: HeldBytes
  #at: number
  #left = 0
  #page: Page | null = null
  #pageBytes = 0
  #dictionaryBytes = 0
  #dictionary: readonly ValueText[] | null = null

  constructor(bytes: Buffer, chunk: ColumnChunk, column: ParquetColumn, position: number, held: HeldBytes) {
    this.#bytes = bytes
    this.#column = column
    this.#position = position
    this.#codec = chunk.codec
    this.#at = chunk.start
    this.#end = chunk.end
    this.#held = held
  }

  next(): ValueText | null {
    while (this.#left === 0) this.#nextPage()
    this.#left--
    const level = this.#page!.levels?.next() ?? 1
    if (level > 1) throw new Error('a level that a flat column does not have')
    return level === 0 ? null : this.#page!.next()
  }

  /** What is left of it would be values of no row. */
  end(): void {
    if (this.#left > 0) throw new Error('more values than rows')
    this.#held.give(this.#pageBytes + this.#dictionaryBytes)
  }

  #nextPage(): void {
    const start = thriftEnd(this.#bytes.subarray(0, this.#end), this.#at, headerValuesMax)
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#end)
    const header = parquetHeader({ view, offset: this.#at })
    const [packed, whole] = [header.compressed_page_size, header.uncompressed_page_size]
    if (!(packed >= 0 && packed <= this.#end - start && whole >= 0)) throw new Error('cut off')
    const body = this.#bytes.subarray(start, start + packed)
    if (header.crc !== undefined && crc32(body) !== header.crc >>> 0) throw new Error('another checksum')
    this.#at = start + packed
    if (header.type === 'DICTIONARY_PAGE') this.#takeDictionary(header, body)
    else if (header.type === 'DATA_PAGE') this.#takePage(header, body)
    else if (header.type === 'DATA_PAGE_V2') this.#takeSecondKind(header, body)
  }

  #takeDictionary(header: PageHeader, body: Buffer): void {
    const entries = header.dictionary_page_header?.num_values ?? -1
    if (this.#dictionary || entries < 0) throw new Error('no dictionary')
    if (entries > dictionaryEntriesMax) throw this.#unreadable('a dictionary of so many entries')
    this.#dictionaryBytes = header.uncompressed_page_size
    this.#held.take(this.#dictionaryBytes)
    const next = rawValues('PLAIN', this.#column.physical, this.#unpacked(body, header.uncompressed_page_size))!
    const { text } = this.#column
    this.#dictionary = Array.from({ length: entries }, () => text(next()))
  }

  #takePage(header: PageHeader, body: Buffer): void {
    const page = header.data_page_header
    if (!page) throw new Error('no page')
    this.#hold(header.uncompressed_page_size)
    const bytes = this.#unpacked(body, header.uncompressed_page_size)
    if (!this.#column.optional) {
      this.#start(page.num_values, null, page.encoding, bytes)
      return
    }
    if (page.definition_level_encoding !== 'RLE') throw this.#unreadable('the encoding of its levels')
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true)
    if (length > bytes.length - 4) throw new Error('cut off')
    const levels = new Runs(bytes.subarray(4, 4 + length), 1)
    this.#start(page.num_values, levels, page.encoding, bytes.subarray(4 + length))
  }

  /** Its levels stand before what is packed. */
  #takeSecondKind(header: PageHeader, body: Buffer): void {
    const page = header.data_page_header_v2
    if (!page) throw new Error('no page')
    const levelBytes = page.definition_levels_byte_length
    const whole = header.uncompressed_page_size - levelBytes
    if (page.repetition_levels_byte_length !== 0 || levelBytes < 0 || levelBytes > body.length || whole < 0)
      throw new Error('cut off')
    this.#hold(header.uncompressed_page_size)
    const rest = body.subarray(levelBytes)
    const bytes = page.is_compressed === false ? rest : this.#unpacked(rest, whole)
    const levels = this.#column.optional ? new Runs(body.subarray(0, levelBytes), 1) : null
    this.#start(page.num_values, levels, page.encoding, bytes)
  }

  #start(values: number, levels: Runs | null, encoding: string | undefined, bytes: Uint8Array): void {
    if (!(values >= 0)) throw new Error('no number of values')
    this.#left = values
    this.#page = { levels, next: this.#valuesOf(encoding, bytes) }
  }

  #valuesOf(encoding: string | undefined, bytes: Uint8Array): () => ValueText {
    const { physical, text } = this.#column
    const dictionary = this.#dictionary
    if (encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
      if (bytes.length === 0) return () => noEntry()
      const indices = new Runs(bytes.subarray(1), bytes[0]!)
      return () => dictionary?.[indices.next()] ?? noEntry()
    }
    // A page without a value may lack what comes before its values.
    const next = bytes.length === 0 ? noEntry : rawValues(encoding, physical, bytes)
    if (next === null) throw this.#unreadable('an encoding that is not known')
    return () => text(next())
  }

  #unpacked(body: Uint8Array, whole: number): Uint8Array {
    if (this.#codec === 'UNCOMPRESSED') {
      if (body.length !== whole) throw new Error('another length')
      return body
    }
    if (whole === 0) return new Uint8Array()
    if (this.#codec === 'SNAPPY') {
      const bytes = new Uint8Array(whole)
      snappyUncompress(body, bytes)
      return bytes
    }
    const unpack = { GZIP: gunzipSync, ZSTD: zstdDecompressSync, BROTLI: brotliDecompressSync }[this.#codec]
    if (!unpack) throw this.#unreadable(`packed by ${this.#codec}`)
    const bytes = unpack(body, { maxOutputLength: whole })
    if (bytes.length !== whole) throw new Error('another length')
    return bytes
  }

  #hold(bytes: number): void {
    this.#held.give(this.#pageBytes)
    this.#pageBytes = bytes
    this.#held.take(bytes)
  }

  #unreadable(way: string): Error {
    return parquetErrors('FDP_PARQUET_PACKING', { column: this.#position, way })
  }
}

function noEntry(): never {
  throw new Error('no such value')
}
