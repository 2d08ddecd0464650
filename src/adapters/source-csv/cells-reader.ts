import type { CellRow, ReadCells } from '#ports'
import { csvReader } from './csv-reader.ts'

const rejectsListedMax = 10_000
const pieceCharacters = 256 * 1024

type Faults = Map<number, { readonly reason: string; readonly column: number | null }>

/** Rows of other formats: they become delimited text, so that header, limits and promises are those of every such file. */
export const readCells: ReadCells = async ({ header, rows, engine, table }) => {
  const faults: Faults = new Map()
  const dialect = { encoding: 'utf-8', delimiter: ',' } as const
  const read = await csvReader.read({ bytes: delimitedText(header, rows, faults), dialect, engine, table })
  return { ...read, rejects: read.rejects.map((reject) => ({ ...reject, ...faults.get(reject.row) })) }
}

/** Every field in quotes. A row with a fault becomes a record with a field too many, which is set aside for it. */
async function* delimitedText(
  header: readonly string[],
  rows: AsyncIterable<readonly CellRow[]>,
  faults: Faults,
): AsyncGenerator<Buffer> {
  let text = `${lineOf(header)}\n`
  let number = 0
  for await (const batch of rows) {
    for (const row of batch) {
      number++
      if ('fault' in row) {
        if (faults.size < rejectsListedMax) faults.set(number, { reason: row.fault, column: row.column })
        text += `${','.repeat(header.length)}x\n`
      } else text += `${lineOf(row.cells)}\n`
      if (text.length < pieceCharacters) continue
      yield Buffer.from(text)
      text = ''
    }
  }
  yield Buffer.from(text)
}

/** One empty field alone would be a blank line, which is no row. */
function lineOf(cells: readonly (string | null)[]): string {
  if (cells.length === 1 && !cells[0]) return '""'
  return cells.map((cell) => (cell ? `"${cell.replaceAll('"', '""')}"` : '')).join(',')
}
