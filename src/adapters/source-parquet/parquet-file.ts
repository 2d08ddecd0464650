import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet'
import { isFdpError, limits } from '#kernel'
import { parquetErrors } from './errors.ts'
import type { Physical, PhysicalType, Raw } from './raw-values.ts'
import { thriftEnd } from './thrift-walk.ts'
import { textOf, type ValueText } from './value-text.ts'

export interface ParquetColumn {
  readonly name: string
  readonly physical: Physical
  readonly optional: boolean
  readonly text: (raw: Raw) => ValueText
}

/** Where the values of a column in a group of rows stand. */
export interface ColumnChunk {
  readonly codec: string
  readonly start: number
  readonly end: number
}

export interface ParquetFile {
  readonly columns: readonly ParquetColumn[]
  readonly groups: readonly { readonly rows: number; readonly chunks: readonly ColumnChunk[] }[]
}

const magicBytes = 4
const tailBytes = 8
const footerBytesMax = 32 * 1024 ** 2
const footerValuesMax = 4_000_000

/** What a file says of itself at its end, checked against its bytes. Throws FDP_PARQUET_*. */
export function parquetFile(bytes: Buffer): ParquetFile {
  const footer = footerOf(bytes)
  const end = bytes.length - tailBytes - footer.length
  try {
    thriftEnd(footer, 0, footerValuesMax)
    const metadata = parquetMetadata(bytes.subarray(end), { geoparquet: false })
    const columns = columnsOf(metadata.schema)
    return { columns, groups: groupsOf(metadata, columns, end) }
  } catch (error) {
    throw isFdpError(error) ? error : parquetErrors('FDP_PARQUET_DAMAGED', { place: ' in its last part' })
  }
}

function footerOf(bytes: Buffer): Buffer {
  const damaged = () => parquetErrors('FDP_PARQUET_DAMAGED', { place: '' })
  if (bytes.length < magicBytes + tailBytes) throw damaged()
  if (bytes.toString('latin1', bytes.length - magicBytes) === 'PARE') throw parquetErrors('FDP_PARQUET_ENCRYPTED')
  const marks = [bytes.toString('latin1', 0, magicBytes), bytes.toString('latin1', bytes.length - magicBytes)]
  const length = bytes.readUInt32LE(bytes.length - tailBytes)
  const room = bytes.length - magicBytes - tailBytes
  if (marks.some((mark) => mark !== 'PAR1') || length > room || length > footerBytesMax) throw damaged()
  return bytes.subarray(bytes.length - tailBytes - length, bytes.length - tailBytes)
}

/** Flat ones only: the root, and all others right under it. */
function columnsOf([root, ...elements]: readonly SchemaElement[]): ParquetColumn[] {
  if (root === undefined) throw new Error('no schema')
  if (elements.length > limits.submissionColumnsMax)
    throw parquetErrors('FDP_PARQUET_COLUMN', { column: elements.length, kind: 'more than there may be' })
  elements.forEach((element, i) => {
    const isNested = element.num_children || element.repetition_type === 'REPEATED' || element.type === undefined
    if (isNested) throw parquetErrors('FDP_PARQUET_COLUMN', { column: i + 1, kind: 'values within values' })
  })
  if (root.num_children !== elements.length || elements.length === 0) throw new Error('no columns')
  return elements.map((element, i) => {
    const text = textOf(element)
    if (typeof text === 'string') throw parquetErrors('FDP_PARQUET_COLUMN', { column: i + 1, kind: text })
    const length = element.type_length ?? 0
    if (element.type === 'FIXED_LEN_BYTE_ARRAY' && length < 1) throw new Error('values of no size')
    return {
      name: element.name,
      physical: { type: element.type as PhysicalType, length },
      optional: element.repetition_type !== 'REQUIRED',
      text,
    }
  })
}

function groupsOf(metadata: FileMetaData, columns: readonly ParquetColumn[], end: number): ParquetFile['groups'] {
  const groups = metadata.row_groups.map((group) => {
    if (group.columns.length !== columns.length) throw new Error('columns missing')
    const chunks = group.columns.map((chunk, i) => {
      const meta = chunk.meta_data
      if (chunk.crypto_metadata) throw parquetErrors('FDP_PARQUET_ENCRYPTED')
      const { name, physical } = columns[i]!
      const isMeant = meta?.path_in_schema.length === 1 && meta.path_in_schema[0] === name
      if (!isMeant || meta.type !== physical.type || chunk.file_path) throw new Error('another column')
      const first = Number(meta.data_page_offset)
      const dictionary = Number(meta.dictionary_page_offset ?? 0n)
      const start = dictionary > 0 && dictionary < first ? dictionary : first
      const stop = start + Number(meta.total_compressed_size)
      if (!(start >= magicBytes && start <= stop && stop <= end)) throw new Error('out of the file')
      return { codec: meta.codec, start, end: stop }
    })
    return { rows: count(group.num_rows), chunks }
  })
  const rows = groups.reduce((sum, group) => sum + group.rows, 0)
  if (rows !== count(metadata.num_rows)) throw new Error('rows missing')
  return groups
}

function count(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error('no number of rows')
  return number
}
