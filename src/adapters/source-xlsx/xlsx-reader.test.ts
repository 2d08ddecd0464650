import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { describe, it } from 'node:test'
import { csvReader } from '#adapters/source-csv'
import { openZip } from '#adapters/source-zip'
import { limits } from '#kernel'
import { readTable, refusalOf } from '../../../test/read-table.ts'
import { sharedPath, skipWithoutShared } from '../../../test/shared-data.ts'
import { type SheetCells, sheetXml, xlsxFile } from '../../../test/xlsx-file.ts'
import { zipFile } from '../../../test/zip-file.ts'
import { kindOfCode } from './number-formats.ts'
import { momentText, numberText } from './number-text.ts'
import { sheetRows } from './sheet-rows.ts'
import { readTexts } from './texts.ts'
import { partEvents, readWorkbook } from './workbook.ts'
import { xlsxReader } from './xlsx-reader.ts'
import type { XmlEvent } from './xml-events.ts'

const reader = xlsxReader(csvReader, openZip)
const canary = 'Canary-Sigma'
const one = (sheet: SheetCells | string, more = {}) => xlsxFile({ sheets: { One: sheet }, ...more })
const xml = (text: string) => ({ xml: text })

async function refused(code: string, file: Buffer, part: string | null = null): Promise<string> {
  const refusal = await refusalOf(reader, file, part)
  assert.equal(refusal.code, code, refusal.said)
  assert.doesNotMatch(refusal.said, /Canary/)
  return refusal.said
}

describe('a workbook is refused', () => {
  it('that is none, that lacks what it names, or that is damaged', async () => {
    await refused('FDP_ZIP_DAMAGED', Buffer.from(`a,b\n${canary},2\n`))
    await refused('FDP_XLSX_NOT_ONE', zipFile([{ name: 'rows.csv', content: canary }]))
    await refused('FDP_XLSX_NOT_ONE', one([[canary]], { parts: { '_rels/.rels': '<Relationships/>' } }))
    const other = xlsxFile({ sheets: {}, parts: { 'xl/worksheets/sheet1.xml': sheetXml([[canary]]) } })
    await refused('FDP_XLSX_SHEETS', other)
    const said = await refused('FDP_XLSX_DAMAGED', one(`<worksheet><sheetData><row><c><v>${canary}</c>`))
    assert.match(said, /the sheet is damaged at character \d+/)
    await refused('FDP_XLSX_DAMAGED', one(sheetXml([['a'], [canary]]).slice(0, -20)))
  })
  it('of several sheets, where none is named that is there', async () => {
    const file = xlsxFile({ sheets: { One: [['a'], ['1']], [canary]: [['a'], ['2']] } })
    assert.match(await refused('FDP_XLSX_SHEETS', file), /has 2 sheets/)
    await refused('FDP_XLSX_SHEETS', file, 'Two')
    assert.deepEqual((await readTable(reader, file, canary)).table, [{ a: '2' }])
  })
  it('for a formula, whatever value lies beside it', async () => {
    const formula = xml(`<c t="str"><f>HYPERLINK("${canary}")</f><v>${canary}</v></c>`)
    assert.match(
      await refused(
        'FDP_XLSX_FORMULA',
        one([
          ['a', 'b'],
          ['1', formula],
        ]),
      ),
      /cell B2 is a formula/,
    )
    await refused('FDP_XLSX_FORMULA', one([['a'], [xml('<c><f t="shared" si="0"/></c>')]]))
  })
  it('for cells that are merged within its rows, not for others', async () => {
    const rows = [
      ['a', 'b'],
      ['1', canary],
      ['2', 'x'],
    ]
    const merged = (cells: string) => one(sheetXml(rows, `<mergeCells><mergeCell ref="${cells}"/></mergeCells>`))
    assert.match(await refused('FDP_XLSX_MERGED', merged('B2:B3')), /B2:B3/)
    await refused('FDP_XLSX_MERGED', merged('A1:B1'))
    await refused('FDP_XLSX_XML', merged(canary))
    assert.equal((await readTable(reader, merged('A9:B9'))).rows, 2)
  })
  it('for a document type: entities that grow, or that name a file', async () => {
    const grows = `<!DOCTYPE x [<!ENTITY a "${canary}"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>`
    for (const type of [grows, '<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE x>']) {
      const sheet = sheetXml([['a'], ['1']]).replace('<worksheet', `${type}<worksheet`)
      await refused('FDP_XLSX_XML', one(sheet.replace('<t xml:space="preserve">1', '<t>&b;')))
    }
    await refused('FDP_XLSX_DAMAGED', one(sheetXml([['a'], ['1']]).replace('>1<', '>&b;<')))
  })
  it('for XML that is nested without end, and for a tag or a text that does not end', async () => {
    await refused('FDP_XLSX_XML', one(`<worksheet>${'<a>'.repeat(200)}`))
    const long = 'x'.repeat(9_000_000)
    await refused('FDP_XLSX_XML', one(`<worksheet><sheetData><row><c t="inlineStr"><is><t>${long}`))
    await refused('FDP_XLSX_XML', one(`<worksheet a="${long}`))
    const pieces = `<![CDATA[${'x'.repeat(100_000)}]]>`.repeat(60)
    await refused('FDP_XLSX_XML', one(`<worksheet><sheetData><row><c t="str"><v>${pieces}`))
    await refused('FDP_XLSX_XML', one([['a']], { parts: { 'xl/sharedStrings.xml': `<sst><si><t>${pieces}` } }))
  })
  it('for lists of texts and formats without end', async () => {
    const styles = `<styleSheet><cellXfs>${'<xf/>'.repeat(100_001)}</cellXfs></styleSheet>`
    await refused('FDP_XLSX_XML', one([['a']], { parts: { 'xl/styles.xml': styles } }))
    const text = 'x'.repeat(4_000_000)
    const element = (name: string, inside: readonly XmlEvent[]): readonly XmlEvent[] => [
      { kind: 'open', name, attributes: {} },
      ...inside,
      { kind: 'close', name },
    ]
    async function* endless() {
      for (;;) yield element('si', element('t', [{ kind: 'text', text }]))
    }
    await assert.rejects(readTexts(endless()), { code: 'FDP_XLSX_TEXTS_TOO_LARGE', status: 422 })
  })
  it('for rows and cells out of order, which would write over each other', async () => {
    await refused('FDP_XLSX_XML', one('<worksheet><sheetData><row r="2"/><row r="2"/></sheetData></worksheet>'))
    const cells = '<c r="B1"><v>1</v></c><c r="A1"><v>2</v></c>'
    await refused('FDP_XLSX_XML', one(`<worksheet><sheetData><row r="1">${cells}</row></sheetData></worksheet>`))
  })
  it('that grows without end when it is unpacked', async () => {
    const said = await refused(
      'FDP_ZIP_EXPANDS',
      one(`<worksheet>${`<a>${'x'.repeat(3_000_000)}</a>`.repeat(8)}</worksheet>`),
    )
    assert.match(said, /after \d+ bytes/)
  })
})

describe('a row is set aside', () => {
  it('for an error value, a number that is none, and a day that no calendar has', async () => {
    const formats = ['yyyy-mm-dd']
    const bad = ['<c t="e"><v>#N/A</v></c>', '<c><v>1,5</v></c>', '<c t="s"><v>9</v></c>', '<c t="b"><v>2</v></c>']
    const days = [60, -1, 0.5, 2_958_466].map((serial) => `<c s="1"><v>${serial}</v></c>`)
    const rows = [...bad, ...days].map((cell) => ['x', xml(cell)])
    const { rejects, table } = await readTable(reader, one([['a', 'b'], ...rows, ['y', 'z']], { formats }))
    assert.deepEqual(
      rejects.map(({ row, column, reason }) => [row, column, reason]),
      rows.map((_, i) => [i + 1, 2, i === 0 ? 'an error value' : 'no number, day or text']),
    )
    assert.deepEqual(table, [{ a: 'y', b: 'z' }])
  })
  it('for numbers and formats that are made to take long', async () => {
    const digits = xml(`<c><v>${'1'.repeat(3_000_000)}x</v></c>`)
    const file = one([['a'], [digits], [xml('<c s="1"><v>7</v></c>')]], { formats: ['['.repeat(3_000_000)] })
    const { rejects, table } = await readTable(reader, file)
    assert.deepEqual(rejects, [{ row: 1, column: 1, reason: 'no number, day or text' }])
    assert.deepEqual(table, [{ a: '7' }])
  })
  it('for a cell beyond the header, and for one long text that many cells share', async () => {
    const shared = xml('<c t="s"><v>0</v></c>')
    const rows = [['a', 'b'], ['1', '2', '3'], Array(26).fill(shared), ['1', shared], ['4', '5']]
    const { rejects, table } = await readTable(
      reader,
      one(rows, { texts: ['x'.repeat(limits.fieldCharactersMax - 2)] }),
    )
    assert.deepEqual(
      rejects.map(({ row, reason }) => [row, reason]),
      [
        [1, 'too many columns'],
        [2, 'a row that is too long'],
      ],
    )
    assert.deepEqual(
      table.map(({ a }) => a),
      ['1', '4'],
    )
    const far = one(
      '<worksheet><sheetData><row><c><v>1</v></c></row><row><c r="XFD2"><v>1</v></c></row></sheetData></worksheet>',
    )
    assert.deepEqual((await readTable(reader, far)).rejects, [{ row: 1, column: 2, reason: 'too many columns' }])
  })
})

describe('a sheet is read', () => {
  it('from the first row in which something stands; blank rows are none, missing cells are null', async () => {
    const rows = [
      [],
      [null, null],
      ['a', 'b', 'c'],
      ['1'],
      [null, '', null],
      [null, '2', null],
      [' 3 ', null, 'say "ah", \n'],
    ]
    const { header, table } = await readTable(reader, one(rows))
    assert.deepEqual(header, ['a', 'b', 'c'])
    assert.deepEqual(table, [
      { a: '1', b: null, c: null },
      { a: null, b: '2', c: null },
      { a: ' 3 ', b: null, c: 'say "ah", \n' },
    ])
    assert.deepEqual((await readTable(reader, one([['a'], ['1'], [''], ['2']]))).table, [{ a: '1' }, { a: '2' }])
  })
  it('with texts of every kind', async () => {
    const rich = '<c t="inlineStr"><is><r><t>Si</t></r><r><rPr/><t>ân</t></r><rPh><t>no</t></rPh></is></c>'
    const cells = [
      rich,
      '<c t="s"><v>1</v></c>',
      '<c t="b"><v>1</v></c>',
      '<c t="d"><v>2026-01-31</v></c>',
      '<c t="str"><v>x_x000A_y</v></c>',
      '<c t="str"><v>_xD83D__xDE00_</v></c>',
      '<c t="str"><v>_xD83D_</v></c>',
    ]
    const { table } = await readTable(
      reader,
      one([['a', 'b', 'c', 'd', 'e', 'f', 'g'], cells.map(xml)], { texts: ['', 'ö &<>'] }),
    )
    const first = { a: 'Siân', b: 'ö &<>', c: 'true', d: '2026-01-31', e: 'x\ny' }
    assert.deepEqual(table, [{ ...first, f: '😀', g: '_xD83D_' }])
  })
  it('under any prefix of its names', async () => {
    const prefixed = sheetXml([['a'], ['1']])
      .replace(/<(\/?)(?=[a-z])/g, '<$1x:')
      .replace('xmlns=', 'xmlns:x=')
    assert.deepEqual((await readTable(reader, one(prefixed))).table, [{ a: '1' }])
  })
  it('with the digits of its numbers, and its days as days', async () => {
    const formats = ['0000000000', 'dd/mm/yyyy', '#,##0', '000\\ 000\\ 0000', '0%']
    const number = (style: number, value: string) => xml(`<c s="${style}"><v>${value}</v></c>`)
    const rows = [number(1, '420'), number(2, '46053'), number(3, '1234567'), number(4, '34765919'), number(5, '0.45')]
    const names = ['a', 'b', 'c', 'd', 'e']
    const { table } = await readTable(reader, one([names, rows], { formats }))
    assert.deepEqual(table, [{ a: '0000000420', b: '2026-01-31', c: '1234567', d: '0034765919', e: '0.45' }])
    const early = await readTable(reader, one([['a'], [number(2, '44591')]], { formats, from1904: true }))
    assert.deepEqual(early.table, [{ a: '2026-01-31' }])
  })
})

it('numbers are written without what a spreadsheet adds to them', () => {
  for (const [stored, text] of [
    ['0.30000000000000004', '0.3'],
    ['1.1000000000000001', '1.1'],
    ['9007199254740993', '9007199254740993'],
    ['1E-7', '0.0000001'],
    ['1.5E-10', '0.00000000015'],
    ['1.2345678901234567E+19', '12345678901234600000'],
    ['-0', '-0'],
    ['-12.50', '-12.5'],
    ['007', '7'],
    ['NaN', null],
    ['', null],
    ['1e999', null],
  ] as const)
    assert.equal(numberText(stored, 'plain', false), text, stored)
})

it('days and times are those of the calendar', () => {
  for (const [stored, text] of [
    ['1', '1900-01-01'],
    ['59', '1900-02-28'],
    ['60', null],
    ['61', '1900-03-01'],
    ['46053.395833333336', '2026-01-31 09:30:00'],
    ['46053.999999999', '2026-02-01 00:00:00'],
    ['2958465', '9999-12-31'],
  ] as const)
    assert.equal(numberText(stored, 'date', false), text, stored)
  for (const [stored, text] of [
    ['2026-01-31', '2026-01-31'],
    ['2026-01-31T00:00:00.000Z', '2026-01-31'],
    ['2026-01-31T09:30:00', '2026-01-31 09:30:00'],
    ['2026-01-31T09:30:00.500', '2026-01-31 09:30:00.500'],
    ['2026-01-31T09:30:00+01:00', '2026-01-31T09:30:00+01:00'],
  ] as const)
    assert.equal(momentText(stored), text)
  assert.equal(numberText('0.39583333333333331', 'time', false), '09:30:00')
  assert.equal(numberText('0', 'date', true), '1904-01-01')
})

it('a format is a date, a time, digits or neither, by what it shows', () => {
  for (const [code, kind] of [
    ['General', 'plain'],
    ['[$-809]d mmmm yyyy;@', 'date'],
    ['[Red]0.00', 'plain'],
    ['mmm', 'date'],
    ['mm:ss', 'time'],
    ['[h]:mm', 'time'],
    ['"day" 0', 'plain'],
    ['0_);[Red](0)', 'plain'],
    ['\\d0', 'plain'],
  ] as const)
    assert.equal(kindOfCode(code), kind, code)
  assert.deepEqual(kindOfCode('000-000-0000'), { digitsMin: 10 })
})

it('a table begins below titles, at the row that has the names of its header', async () => {
  const file = one([['A title'], ['a', null, 'b', 'a'], ['1', '2'], [null, null, null, '3']])
  const { header, table } = await readTable(reader, file, null, { header: { has: ['b', 'a'] } })
  assert.deepEqual(header, ['a', 'column 2', 'b', 'a (2)'])
  assert.deepEqual(table.map(Object.values), [
    ['1', '2', null, null],
    [null, null, null, '3'],
  ])
  const absent = readTable(reader, file, null, { header: { has: ['c'] } })
  await assert.rejects(absent, { code: 'FDP_CSV_NO_SUCH_HEADER' })
})

it('a published workbook gives the sums that are known of it', async (t) => {
  if (skipWithoutShared(t)) return
  const file = sharedPath('data/cancer/AUGUST-2025-CWT-CRS-PROVIDER-WORKBOOK-FINAL.xlsx')
  const archive = await openZip(createReadStream(file))
  const workbook = await readWorkbook(archive)
  assert.equal(workbook.sheets.length, 11)
  const texts = await readTexts(partEvents(archive, workbook.texts!, 'texts'))
  const sheet = workbook.sheets.find(({ name }) => name === '62-DAY (ALL CANCER)')!
  const rows: (readonly string[])[] = []
  for await (const { cells, fault } of sheetRows(partEvents(archive, sheet.path, 'sheet'), {
    texts,
    kinds: [],
    from1904: false,
  })) {
    assert.equal(fault, null)
    rows.push(cells)
  }
  const heading = rows.findIndex((cells) => cells[5] === 'TOTAL')
  const all = rows.slice(heading + 1).filter((cells) => cells[3] === 'ALL ROUTES' && cells[4] === 'ALL CANCERS')
  const sum = (column: number) => all.reduce((total, cells) => total + Number(cells[column]), 0)
  // A row for England stands beside the providers.
  assert.deepEqual([sum(5), sum(6)], [2 * 27_533, 2 * 19_090])
  assert.equal(sum(6) + sum(7), sum(5))
})
