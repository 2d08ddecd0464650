import { zipFile } from './zip-file.ts'

/** A sheet as its XML, or rows of cells: a text, a number, or the XML of a cell. */
export type SheetCells = readonly (readonly (string | number | { readonly xml: string } | null)[])[]

export interface XlsxParts {
  readonly sheets?: Readonly<Record<string, SheetCells | string>>
  /** Beside the sheets; replaces a part of that path. */
  readonly parts?: Readonly<Record<string, string>>
  readonly texts?: readonly string[]
  /** Codes of the formats of cells, `s="1"` the first; 0 is General. */
  readonly formats?: readonly string[]
  readonly from1904?: boolean
}

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const relation = (id: string, type: string, target: string) =>
  `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`
const relations = (...all: readonly string[]) =>
  `${head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join('')}</Relationships>`

export const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The cells of a sheet, texts inline. */
export function sheetXml(rows: SheetCells, after = ''): string {
  const cell = (value: SheetCells[number][number], place: string) => {
    if (value === null) return ''
    if (typeof value === 'object') return value.xml.replace('<c', `<c r="${place}"`)
    if (typeof value === 'number') return `<c r="${place}"><v>${value}</v></c>`
    return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`
  }
  const lines = rows.map((cells, i) => {
    const inside = cells.map((value, column) => cell(value, `${String.fromCharCode(65 + column)}${i + 1}`)).join('')
    return `<row r="${i + 1}">${inside}</row>`
  })
  return `${head}<worksheet ${main}><sheetData>${lines.join('')}</sheetData>${after}</worksheet>`
}

/** A workbook as a spreadsheet program writes it, as far as a reader looks. */
export function xlsxFile({ sheets = {}, parts = {}, texts = [], formats = [], from1904 = false }: XlsxParts): Buffer {
  const names = Object.keys(sheets)
  const all: Record<string, string> = {
    '_rels/.rels': relations(relation('r1', 'officeDocument', 'xl/workbook.xml')),
    'xl/workbook.xml': `${head}<workbook ${main} xmlns:r="${office}"><workbookPr date1904="${from1904}"/><sheets>${names
      .map((name, i) => `<sheet name="${escaped(name)}" sheetId="${i + 1}" r:id="s${i + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      ...names.map((_, i) => relation(`s${i + 1}`, 'worksheet', `worksheets/sheet${i + 1}.xml`)),
      relation('t', 'sharedStrings', '/xl/sharedStrings.xml'),
      relation('f', 'styles', 'styles.xml'),
    ),
    'xl/sharedStrings.xml': `${head}<sst ${main}>${texts.map((text) => `<si><t xml:space="preserve">${escaped(text)}</t></si>`).join('')}</sst>`,
    'xl/styles.xml': `${head}<styleSheet ${main}><numFmts>${formats
      .map((code, i) => `<numFmt numFmtId="${164 + i}" formatCode="${escaped(code)}"/>`)
      .join(
        '',
      )}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats.map((_, i) => `<xf numFmtId="${164 + i}"/>`).join('')}</cellXfs></styleSheet>`,
  }
  names.forEach((name, i) => {
    const sheet = sheets[name]!
    all[`xl/worksheets/sheet${i + 1}.xml`] = typeof sheet === 'string' ? sheet : sheetXml(sheet)
  })
  return zipFile(Object.entries({ ...all, ...parts }).map(([name, content]) => ({ name, content })))
}
