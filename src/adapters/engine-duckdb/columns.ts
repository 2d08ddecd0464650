import {
  type DuckDBDataChunk,
  DuckDBListType,
  type DuckDBResult,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBVector,
} from '@duckdb/node-api'
import type { Batch, Column, ColumnType } from '#ports'
import { engineErrors } from './errors.ts'
import { dateText, timestampText, uuidTexts } from './texts.ts'
import { isPresent, validityBits, vectorBytes } from './vector-memory.ts'

const T = DuckDBTypeId
const columnTypes: Partial<Record<DuckDBTypeId, ColumnType>> = {
  [T.BOOLEAN]: 'boolean',
  [T.TINYINT]: 'integer',
  [T.SMALLINT]: 'integer',
  [T.INTEGER]: 'integer',
  [T.BIGINT]: 'integer',
  [T.UTINYINT]: 'integer',
  [T.USMALLINT]: 'integer',
  [T.UINTEGER]: 'integer',
  [T.UBIGINT]: 'integer',
  [T.HUGEINT]: 'integer',
  [T.UHUGEINT]: 'integer',
  [T.DECIMAL]: 'decimal',
  [T.FLOAT]: 'double',
  [T.DOUBLE]: 'double',
  [T.VARCHAR]: 'text',
  [T.ENUM]: 'text',
  [T.TIME]: 'text',
  [T.INTERVAL]: 'text',
  [T.SQLNULL]: 'text',
  [T.DATE]: 'date',
  [T.TIMESTAMP]: 'timestamp',
  [T.TIMESTAMP_S]: 'timestamp',
  [T.TIMESTAMP_MS]: 'timestamp',
  [T.TIMESTAMP_NS]: 'timestamp',
  [T.TIMESTAMP_TZ]: 'timestamp',
  [T.UUID]: 'uuid',
  [T.LIST]: 'list',
  [T.BLOB]: 'blob',
}

/** Names and types of a result; throws FDP_ENGINE_COLUMN_TYPE for structs, maps and other types without a form outside. */
export function resultColumns(result: DuckDBResult): Column[] {
  return result.columnNames().map((name, i) => {
    const driverType = result.columnType(i)
    const type = columnTypes[driverType.typeId]
    const element = driverType instanceof DuckDBListType ? columnTypes[driverType.valueType.typeId] : 'text'
    if (!type || !element || element === 'list') throw engineErrors('FDP_ENGINE_COLUMN_TYPE', { column: name })
    return { name, type }
  })
}

export function readBatch(chunk: DuckDBDataChunk): Batch {
  const columns: unknown[][] = []
  for (let i = 0; i < chunk.columnCount; i++) columns.push(readVector(chunk.getColumnVector(i)))
  return { rowCount: chunk.rowCount, columns }
}

/** Values of one vector in the form the Engine port documents. Common fixed-width types skip the driver's item objects. */
function readVector(vector: DuckDBVector): unknown[] {
  const bits = validityBits(vector)
  const n = vector.itemCount
  switch (vector.type.typeId) {
    case T.BIGINT:
      return readInt64(vectorBytes(vector), bits, n)
    case T.VARCHAR:
      return readTexts(vector, bits, n)
    case T.TIMESTAMP:
    case T.TIMESTAMP_TZ: {
      const micros = new BigInt64Array(vectorBytes(vector).buffer, vectorBytes(vector).byteOffset, n)
      return fill(n, bits, (i) => timestampText(micros[i]!))
    }
    case T.DATE: {
      const days = int32View(vectorBytes(vector))
      return fill(n, bits, (i) => dateText(days[i]!))
    }
    case T.UUID: {
      const texts = uuidTexts(vectorBytes(vector))
      return bits === null ? texts : fill(n, bits, (i) => texts[i])
    }
    default: {
      const convert = converters[vector.type.typeId] ?? ((value: unknown) => value)
      return fill(n, bits, (i) => convert(vector.getItem(i), vector.type))
    }
  }
}

function fill(n: number, bits: Uint8Array | null, at: (row: number) => unknown): unknown[] {
  const values = new Array<unknown>(n)
  for (let i = 0; i < n; i++) values[i] = isPresent(bits, i) ? at(i) : null
  return values
}

/** Numbers where they are exact; a bigint is only made beyond 2^53. */
function readInt64(bytes: Uint8Array, bits: Uint8Array | null, n: number): unknown[] {
  const words = int32View(bytes)
  const exact = new BigInt64Array(bytes.buffer, bytes.byteOffset, n)
  return fill(n, bits, (i) => {
    const high = words[2 * i + 1]!
    if (high >= 0x20_0000 || high < -0x20_0000) return exact[i]
    return high * 0x1_0000_0000 + (words[2 * i]! >>> 0)
  })
}

/** Texts of up to 12 bytes lie in the vector itself: a 4-byte length, then the bytes. Longer ones are fetched one by one. */
function readTexts(vector: DuckDBVector, bits: Uint8Array | null, n: number): unknown[] {
  const bytes = vectorBytes(vector)
  const inline = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return fill(n, bits, (i) => {
    const length = inline.readUInt32LE(i * 16)
    return length <= 12 ? inline.toString('utf8', i * 16 + 4, i * 16 + 4 + length) : vector.getItem(i)
  })
}

function int32View(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
}

type Convert = (value: unknown, type: DuckDBType) => unknown

const numberIfExact: Convert = (value) => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
const asText: Convert = (value) => String(value)
const timestamp =
  (field: string, microsPerUnit: bigint): Convert =>
  (value) =>
    timestampText((value as Record<string, bigint>)[field]! * microsPerUnit)

const converters: Partial<Record<DuckDBTypeId, Convert>> = {
  [T.BIGINT]: numberIfExact,
  [T.UBIGINT]: numberIfExact,
  [T.HUGEINT]: numberIfExact,
  [T.UHUGEINT]: numberIfExact,
  [T.DECIMAL]: asText,
  [T.TIME]: asText,
  [T.INTERVAL]: asText,
  [T.UUID]: asText,
  [T.DATE]: (value) => dateText((value as { days: number }).days),
  [T.TIMESTAMP]: timestamp('micros', 1n),
  [T.TIMESTAMP_TZ]: timestamp('micros', 1n),
  [T.TIMESTAMP_S]: timestamp('seconds', 1_000_000n),
  [T.TIMESTAMP_MS]: timestamp('millis', 1_000n),
  // Nanoseconds are cut: no clock of a health record has them.
  [T.TIMESTAMP_NS]: (value) => timestampText((value as { nanos: bigint }).nanos / 1_000n),
  [T.BLOB]: (value) => Uint8Array.from((value as { bytes: Uint8Array }).bytes),
  [T.LIST]: (value, type) => {
    const element = (type as DuckDBListType).valueType
    const convert = converters[element.typeId] ?? ((item: unknown) => item)
    return (value as { items: readonly unknown[] }).items.map((item) => (item === null ? null : convert(item, element)))
  },
}
