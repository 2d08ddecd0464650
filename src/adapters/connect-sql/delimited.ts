import type { Cell } from './rows.ts'

/**
 * One record, RFC 4180. Null is an empty field, the empty text is `""`; a record of one null is `""` too, for an empty line is
 * no record.
 */
export function recordOf(cells: readonly Cell[]): string {
  const record = cells.map(fieldOf).join(',')
  return record === '' ? '""\r\n' : `${record}\r\n`
}

function fieldOf(cell: Cell): string {
  if (cell === null) return ''
  return cell === '' || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** A record as it stood there, with its line break, and taken apart. */
export interface DelimitedRecord {
  readonly bytes: Buffer
  readonly fields: readonly string[]
}

const [lf, cr, quote] = [10, 13, 34]

/** Records of what `recordOf` wrote, those that each piece completes; memory is bounded by a piece and a record. */
export async function* recordsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<DelimitedRecord[]> {
  let rest = Buffer.alloc(0)
  let scanned = 0
  let isQuoted = false
  for await (const piece of pieces) {
    const text = Buffer.concat([rest, piece])
    const records: DelimitedRecord[] = []
    let start = 0
    for (let i = scanned; i < text.length; i++) {
      if (text[i] === quote) isQuoted = !isQuoted
      else if (text[i] === lf && !isQuoted) {
        records.push(recordIn(text.subarray(start, i + 1)))
        start = i + 1
      }
    }
    rest = Buffer.from(text.subarray(start))
    scanned = rest.length
    if (records.length > 0) yield records
  }
  if (rest.length > 0) yield [recordIn(Buffer.concat([rest, Buffer.from('\r\n')]))]
}

function recordIn(bytes: Buffer): DelimitedRecord {
  const end = bytes.length - (bytes[bytes.length - 2] === cr ? 2 : 1)
  return { bytes, fields: fieldsOf(bytes.toString('utf8', 0, end)) }
}

function fieldsOf(record: string): string[] {
  if (!record.includes('"')) return record.split(',')
  const fields: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y
  for (;;) {
    const [, inQuotes, plain = '', end] = field.exec(record) ?? []
    fields.push(inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"'))
    if (end !== ',') return fields
  }
}
