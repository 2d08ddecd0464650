import { limits } from '#kernel'
import type { ReadCells, TabularReader } from '#ports'
import { parquetErrors } from './errors.ts'
import { parquetRows } from './parquet-rows.ts'

/** Rows of flat columns, by `readCells`. Throws FDP_PARQUET_*, and what that throws. */
export function parquetReader(readCells: ReadCells): TabularReader {
  return {
    async read({ bytes, engine, table }) {
      const whole = await gathered(typeof bytes === 'function' ? bytes() : bytes)
      return await readCells({ ...parquetRows(whole), engine, table })
    },
  }
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > limits.archiveBytesMax) throw parquetErrors('FDP_PARQUET_TOO_LARGE', { max: limits.archiveBytesMax })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
