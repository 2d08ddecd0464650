import { limits } from '#kernel'
import { columnOf, lettersOf } from './cell-place.ts'
import { type Cell, type CellFault, type CellReading, cellText } from './cell-text.ts'
import { xlsxErrors } from './errors.ts'
import { longer, TextRuns } from './texts.ts'
import type { XmlEvent } from './xml-events.ts'

export interface SheetRow {
  /** By column from 0; '' where a cell is empty or not there. */
  readonly cells: readonly string[]
  readonly fault: { readonly reason: CellFault; readonly column: number } | null
}

const columnsMax = 16_384
const rowCharactersMax = 4 * limits.fieldCharactersMax

/**
 * The rows of a sheet in which something stands, in order. Merged cells stand after the rows in the file, so that they
 * show at the end: nothing may be kept before. Throws FDP_XLSX_FORMULA, FDP_XLSX_MERGED, FDP_XLSX_XML.
 */
export async function* sheetRows(
  events: AsyncIterable<readonly XmlEvent[]>,
  reading: CellReading,
): AsyncGenerator<SheetRow> {
  const sheet = new Sheet(reading)
  for await (const batch of events) {
    for (const event of batch) {
      const row = sheet.take(event)
      if (row) yield row
    }
  }
}

class Sheet {
  readonly #reading: CellReading
  #rowNumber = 0
  #firstUsed = 0
  #lastUsed = 0
  #row: string[] = []
  #rowCharacters = 0
  #fault: SheetRow['fault'] = null
  #column = -1
  #cell: Cell | null = null
  #inValue = false

  constructor(reading: CellReading) {
    this.#reading = reading
  }

  take(event: XmlEvent): SheetRow | null {
    if (event.kind === 'text') {
      if (this.#cell && this.#inValue) this.#cell.value = longer(this.#cell.value, event.text)
      this.#cell?.runs.take(event)
      return null
    }
    if (event.kind === 'open') this.#open(event.name, event.attributes)
    else if (event.name === 'c') this.#endCell()
    else if (event.name === 'v') this.#inValue = false
    else if (event.name === 'row') return this.#endRow()
    this.#cell?.runs.take(event)
    return null
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'row') {
      const number = Number(attributes.r ?? this.#rowNumber + 1)
      if (!Number.isSafeInteger(number) || number <= this.#rowNumber) throw broken('rows out of order')
      this.#rowNumber = number
      this.#row = []
      this.#rowCharacters = 0
      this.#fault = null
      this.#column = -1
    } else if (name === 'c') this.#startCell(attributes)
    else if (name === 'v' && this.#cell) {
      this.#inValue = true
      this.#cell.filled = true
    } else if (name === 'is' && this.#cell) this.#cell.filled = true
    else if (name === 'f' && this.#cell) throw xlsxErrors('FDP_XLSX_FORMULA', { cell: this.#place(this.#cell.column) })
    else if (name === 'mergeCell') this.#refuseMerged(attributes.ref ?? '')
  }

  #startCell(attributes: Readonly<Record<string, string>>): void {
    const column = attributes.r === undefined ? this.#column + 1 : columnOf(attributes.r)
    if (column <= this.#column || column >= columnsMax) throw broken('cells out of order')
    this.#column = column
    const kind = this.#reading.kinds[Number(attributes.s ?? 0)] ?? 'plain'
    this.#cell = { type: attributes.t ?? 'n', kind, column, runs: new TextRuns(), value: '', filled: false }
  }

  #endCell(): void {
    const cell = this.#cell
    this.#cell = null
    this.#inValue = false
    if (!cell?.filled) return
    const found = cellText(cell, this.#reading)
    const text = typeof found === 'string' ? found : ''
    this.#rowCharacters += text.length
    if (typeof found !== 'string') this.#refuse(cell, found.fault)
    else if (text.length > limits.fieldCharactersMax) this.#refuse(cell, 'a field that is too long')
    else if (this.#rowCharacters > rowCharactersMax) this.#refuse(cell, 'a row that is too long')
    if (this.#fault || text === '') return
    // What stands further out than a header may be is one field too many, wherever it stands.
    const column = Math.min(cell.column, limits.submissionColumnsMax)
    while (this.#row.length < column) this.#row.push('')
    this.#row[column] = text
  }

  /** Many cells may share one long text: of a row that is set aside nothing is kept. */
  #refuse({ column }: Cell, reason: CellFault): void {
    this.#fault ??= { reason, column: column + 1 }
    this.#row = []
  }

  #endRow(): SheetRow | null {
    const [cells, fault] = [this.#row, this.#fault]
    if (fault === null && cells.every((text) => text === '')) return null
    if (this.#firstUsed === 0) this.#firstUsed = this.#rowNumber
    this.#lastUsed = this.#rowNumber
    return { cells, fault }
  }

  #refuseMerged(cells: string): void {
    const rows = /^[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})$/.exec(cells)
    if (!rows) throw broken('merged cells without a place')
    const [first, last] = [Number(rows[1]), Number(rows[2])]
    const inUse = this.#firstUsed > 0 && first <= this.#lastUsed && last >= this.#firstUsed
    if (inUse) throw xlsxErrors('FDP_XLSX_MERGED', { cells })
  }

  #place(column: number): string {
    return `${lettersOf(column)}${this.#rowNumber}`
  }
}

function broken(problem: string): Error {
  return xlsxErrors('FDP_XLSX_XML', { part: 'the sheet', problem })
}
