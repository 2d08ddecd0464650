import type { DuckDBVector } from '@duckdb/node-api'

/** The fields of the driver's vectors that bulk reading needs; private in its types, fixed by the exact version we pin. */
interface VectorFields {
  readonly items?: ArrayBufferView
  readonly dataView?: DataView
  readonly validity: { readonly data: BigUint64Array | null; readonly offset: number }
}

/** The bytes of a fixed-width vector, without copying. */
export function vectorBytes(vector: DuckDBVector): Uint8Array {
  const { items, dataView } = vector as unknown as VectorFields
  const view = items ?? dataView
  if (!view) throw new Error('a vector without fixed-width memory')
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

/** One bit a row, 1 = present; null when no row is null. */
export function validityBits(vector: DuckDBVector): Uint8Array | null {
  const { data, offset } = (vector as unknown as VectorFields).validity
  if (data === null) return null
  if (offset !== 0) throw new Error('a sliced vector')
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

export function isPresent(bits: Uint8Array | null, row: number): boolean {
  return bits === null || (bits[row >> 3]! & (1 << (row & 7))) !== 0
}
