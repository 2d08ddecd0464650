import { isFdpError, limits } from '#kernel'
import type { CellRow } from '#ports'
import { ColumnValues } from './column-values.ts'
import { parquetErrors } from './errors.ts'
import { HeldBytes } from './held-bytes.ts'
import { type ParquetFile, parquetFile } from './parquet-file.ts'

/** One value may stand for any number of rows, and so may some bytes. */
const expansionMax = 1_000
const expansionFreeBytes = 256 * 1024 ** 2
const rowCharactersMax = 4 * limits.fieldCharactersMax
const batchRows = 500

/** The columns of a file and its rows, as texts. Throws FDP_PARQUET_*, at once or while rows are read. */
export function parquetRows(bytes: Buffer): {
  readonly header: readonly string[]
  readonly rows: AsyncGenerator<readonly CellRow[]>
} {
  const file = parquetFile(bytes)
  return { header: file.columns.map(({ name }) => name), rows: rowsOf(bytes, file) }
}

async function* rowsOf(bytes: Buffer, { columns, groups }: ParquetFile): AsyncGenerator<readonly CellRow[]> {
  const charactersMax = Math.max(expansionFreeBytes, expansionMax * bytes.length)
  const held = new HeldBytes(limits.archiveBytesMax)
  let characters = 0
  for (const [groupIndex, { rows, chunks }] of groups.entries()) {
    try {
      const values = chunks.map((chunk, i) => new ColumnValues(bytes, chunk, columns[i]!, i + 1, held))
      for (let row = 0; row < rows; ) {
        const batch: CellRow[] = []
        for (; row < rows && batch.length < batchRows; row++) {
          const { cells, length } = rowOf(values)
          batch.push(cells)
          characters += length
          if (characters > charactersMax) throw parquetErrors('FDP_PARQUET_EXPANDS', { max: charactersMax })
        }
        yield batch
      }
      for (const each of values) each.end()
    } catch (error) {
      // What the parts below say has no code, and what a library says may quote the file.
      if (isFdpError(error)) throw error
      throw parquetErrors('FDP_PARQUET_DAMAGED', { place: ` in row group ${groupIndex + 1}` })
    }
  }
}

/** Every column gives its value, even where the row is lost: else the next row would get it. */
function rowOf(values: readonly ColumnValues[]): { readonly cells: CellRow; readonly length: number } {
  const cells: (string | null)[] = []
  let fault: { readonly fault: string; readonly column: number | null } | null = null
  let length = 0
  for (const [i, column] of values.entries()) {
    const text = column.next()
    length += 1
    if (typeof text === 'string') length += text.length
    else if (text !== null) fault ??= { fault: text.fault, column: i + 1 }
    if (length > rowCharactersMax) fault ??= { fault: 'a row that is too long', column: i + 1 }
    if (!fault) cells.push(text as string | null)
  }
  return { cells: fault ?? { cells }, length }
}
