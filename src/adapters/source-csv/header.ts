import { limits } from '#kernel'
import type { CsvDialect } from '#ports'
import { csvErrors } from './errors.ts'

export type Delimiter = NonNullable<CsvDialect['delimiter']>

const delimiters: readonly Delimiter[] = [',', ';', '\t', '|']
const headerBytesMax = 1024 * 1024
const [lf, cr, quote] = [10, 13, 34]

export interface Header {
  readonly names: readonly string[]
  readonly delimiter: Delimiter
}

/** Reads chunks up to the end of the first line that is not blank; `rest` is what follows it, with its chunk. */
export async function takeHeaderLine(
  chunks: AsyncIterator<Buffer>,
): Promise<{ readonly line: Buffer; readonly rest: Buffer }> {
  let text = Buffer.alloc(0)
  for (;;) {
    const { done, value } = await chunks.next()
    if (!done) text = Buffer.concat([text, value])
    const start = blankBytes(text)
    const end = lineEnd(text, start)
    if (end >= 0) return { line: text.subarray(start, end), rest: text.subarray(end) }
    if (done && start < text.length) return { line: text.subarray(start), rest: Buffer.alloc(0) }
    if (done) throw csvErrors('FDP_CSV_EMPTY')
    if (text.length > headerBytesMax) throw csvErrors('FDP_CSV_HEADER_TOO_LONG', { max: headerBytesMax })
  }
}

/**
 * Names of the columns, without padding. The delimiter, if not named, is the one of `,` `;` tab `|` that stands most
 * often outside quotes. Errors name positions only: a file without a header shows a patient's row here.
 */
export function parseHeader(line: Buffer, named: Delimiter | null): Header {
  const text = line.toString('utf8')
  const delimiter = named ?? mostFrequent(text)
  const names = splitFields(text, delimiter).map((name) => name.trim())
  if (names.length > limits.submissionColumnsMax) {
    throw csvErrors('FDP_CSV_COLUMNS_TOO_MANY', { columns: names.length, max: limits.submissionColumnsMax })
  }
  const seen = new Map<string, number>()
  names.forEach((name, i) => {
    const column = i + 1
    const key = name.toLowerCase()
    if (name === '') throw csvErrors('FDP_CSV_HEADER_NAME_EMPTY', { column })
    if (key === '_row' || name.includes('\0')) throw csvErrors('FDP_CSV_HEADER_NAME_RESERVED', { column })
    const first = seen.get(key)
    if (first !== undefined) throw csvErrors('FDP_CSV_HEADER_NAME_TWICE', { first, second: column })
    seen.set(key, column)
  })
  return { names, delimiter }
}

function blankBytes(text: Buffer): number {
  let start = 0
  while (text[start] === lf || text[start] === cr) start++
  return start
}

/** Position of the line break that is not inside quotes, or -1. */
function lineEnd(text: Buffer, start: number): number {
  let quoted = false
  for (let i = start; i < text.length; i++) {
    if (text[i] === quote) quoted = !quoted
    else if (!quoted && (text[i] === lf || text[i] === cr)) return i
  }
  return -1
}

function mostFrequent(text: string): Delimiter {
  const outside = text.replace(/"[^"]*"/g, '')
  const counts = delimiters.map((delimiter) => outside.split(delimiter).length - 1)
  return delimiters[counts.indexOf(Math.max(...counts))]!
}

function splitFields(text: string, delimiter: Delimiter): string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === '"' && quoted && text[i + 1] === '"') field += text[i++]
    else if (char === '"') quoted = !quoted
    else if (char === delimiter && !quoted) {
      fields.push(field)
      field = ''
    } else field += char
  }
  return [...fields, field]
}
