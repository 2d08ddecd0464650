import { BIGINT, type DuckDBDataChunk, DuckDBScalarFunction, type DuckDBVector, UUID } from '@duckdb/node-api'
import type { EngineFunction } from '#ports'
import { uuidsToStored } from './uuid-bytes.ts'
import { isPresent, validityBits, vectorBytes } from './vector-memory.ts'

/** Wraps an engine function for the driver: one call a vector, null rows are neither given to it nor written. */
export function keyFunction(fn: EngineFunction): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: fn.name,
    parameterTypes: [BIGINT],
    returnType: UUID,
    mainFunction: (_info, input, output) => writeTokens(fn, input, output),
  })
}

function writeTokens(fn: EngineFunction, input: DuckDBDataChunk, output: DuckDBVector): void {
  const vector = input.getColumnVector(0)
  const bytes = vectorBytes(vector)
  const keys = new BigInt64Array(bytes.buffer, bytes.byteOffset, vector.itemCount)
  const bits = validityBits(vector)
  const target = vectorBytes(output)
  if (bits === null) {
    target.set(tokensOf(fn, keys))
  } else {
    const rows = presentRows(bits, keys.length)
    const tokens =
      rows.length === 0
        ? new Uint8Array()
        : tokensOf(
            fn,
            BigInt64Array.from(rows, (row) => keys[row]!),
          )
    rows.forEach((row, i) => {
      target.set(tokens.subarray(i * 16, i * 16 + 16), row * 16)
    })
    for (let row = 0; row < keys.length; row++) if (!isPresent(bits, row)) output.setItem(row, null)
  }
  output.flush()
}

function tokensOf(fn: EngineFunction, keys: BigInt64Array): Uint8Array {
  const uuids = fn.run(keys)
  if (uuids.length !== keys.length * 16) throw new Error(`function ${fn.name} gave a result of the wrong length`)
  return uuidsToStored(uuids)
}

function presentRows(bits: Uint8Array, count: number): number[] {
  const rows: number[] = []
  for (let row = 0; row < count; row++) if (isPresent(bits, row)) rows.push(row)
  return rows
}
