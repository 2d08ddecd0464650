import type { Archive, OpenArchive, TableLayout, TabularReader, TabularResult } from '#ports'
import type { CellFault } from './cell-text.ts'
import { xlsxErrors } from './errors.ts'
import { readNumberKinds } from './number-formats.ts'
import { type SheetRow, sheetRows } from './sheet-rows.ts'
import { readTexts } from './texts.ts'
import { partEvents, readWorkbook, type Workbook } from './workbook.ts'

const rejectsListedMax = 10_000
const pieceCharacters = 256 * 1024

type Faults = Map<number, { readonly reason: CellFault; readonly column: number }>

/**
 * One sheet of a workbook: the only one there is, or the one that is named. Its first row in which something stands is
 * the header. `delimited` reads CSV, `openArchive` the zip that a workbook is. Throws FDP_XLSX_*, and what those throw.
 */
export function xlsxReader(delimited: TabularReader, openArchive: OpenArchive): TabularReader {
  return {
    hasParts: true,
    async read({ bytes, part, engine, table, layout = null }): Promise<TabularResult> {
      const archive = await openArchive(typeof bytes === 'function' ? bytes() : bytes)
      const workbook = await readWorkbook(archive)
      const rows = await rowsOf(archive, workbook, part ?? null)
      const faults: Faults = new Map()
      const dialect = { encoding: 'utf-8', delimiter: ',' } as const
      const lines = delimitedText(rows, faults, layout)
      const read = await delimited.read({ bytes: lines, dialect, engine, table, layout })
      const rejects = read.rejects.map((reject) => ({ ...reject, ...faults.get(reject.row) }))
      return { ...read, rejects }
    },
  }
}

async function rowsOf(
  archive: Archive,
  workbook: Workbook,
  part: ((name: string) => boolean) | null,
): Promise<AsyncGenerator<SheetRow>> {
  const { sheets, from1904 } = workbook
  const meant = part ? sheets.filter(({ name }) => part(name)) : sheets
  const [sheet] = meant
  if (!sheet || meant.length > 1) throw xlsxErrors('FDP_XLSX_SHEETS', { sheets: sheets.length })
  const texts = workbook.texts === null ? [] : await readTexts(partEvents(archive, workbook.texts, 'the list of texts'))
  const kinds =
    workbook.styles === null ? [] : await readNumberKinds(partEvents(archive, workbook.styles, 'the list of formats'))
  return sheetRows(partEvents(archive, sheet.path, 'the sheet'), { texts, kinds, from1904 })
}

/** Every field in quotes. A row with a fault becomes a record with a field too many, which is set aside for it. */
async function* delimitedText(
  rows: AsyncGenerator<SheetRow>,
  faults: Faults,
  layout: TableLayout | null,
): AsyncGenerator<Buffer> {
  const { header } = layout ?? { header: 'first' }
  let width = 0
  let row = 0
  let pieces: string[] = []
  let characters = 0
  for await (const { cells, fault } of rows) {
    if (width === 0) {
      if (typeof header === 'object' && !header.has.every((name) => cells.some((cell) => cell.trim() === name)))
        continue
      width = cells.length
      if (header === 'none') row++
    } else row++
    if (fault && faults.size < rejectsListedMax) faults.set(row, fault)
    const line = fault ? `${','.repeat(width)}x` : lineOf(cells, width)
    pieces.push(line, '\n')
    characters += line.length + 1
    if (characters < pieceCharacters) continue
    yield Buffer.from(pieces.join(''))
    pieces = []
    characters = 0
  }
  yield Buffer.from(pieces.join(''))
}

/** Empty cells to the width of the header; beyond it only what is not empty counts. */
function lineOf(cells: readonly string[], width: number): string {
  let end = cells.length
  while (end > width && cells[end - 1] === '') end--
  const fields: string[] = []
  for (let i = 0; i < Math.max(end, width); i++) {
    const text = cells[i] ?? ''
    fields.push(text === '' ? '' : `"${text.replaceAll('"', '""')}"`)
  }
  return width === 1 && fields.length === 1 && fields[0] === '' ? '""' : fields.join(',')
}
