import { isFdpError, limits } from '#kernel'
import type { CsvDialect, TableLayout } from '#ports'
import { csvErrors } from './errors.ts'

export type Delimiter = NonNullable<CsvDialect['delimiter']>

const delimiters: readonly Delimiter[] = [',', ';', '\t', '|']
const headerBytesMax = 1024 * 1024
const titleLinesMax = 100
const [lf, cr, quote] = [10, 13, 34]

/**
 * The header by a layout, and the bytes of the first records. Errors: those of `takeHeaderLine` and `parseHeader`,
 * FDP_CSV_NO_SUCH_HEADER.
 */
export async function takeHeader(
  chunks: AsyncGenerator<Buffer>,
  named: Delimiter | null,
  layout: TableLayout | null,
): Promise<{ readonly header: Header; readonly rest: Buffer }> {
  const { header } = layout ?? { header: 'first' }
  if (typeof header === 'object') return await takeHeaderThatHas(chunks, named, header.has)
  const { line, rest } = await takeHeaderLine(chunks)
  if (layout === null) return { header: parseHeader(line, named), rest }
  const found = looseHeader(line, named)
  if (header === 'none') {
    const { names, delimiter } = found
    return {
      header: { names: names.map((_, i) => `column ${i + 1}`), delimiter },
      rest: Buffer.concat([line, rest]),
    }
  }
  return { header: found, rest }
}

async function takeHeaderThatHas(chunks: AsyncGenerator<Buffer>, named: Delimiter | null, names: readonly string[]) {
  let text: AsyncIterator<Buffer> = chunks
  for (let lines = 0; lines < titleLinesMax; lines++) {
    const next = await takeHeaderLine(text).catch((error) => {
      if (isFdpError(error, 'FDP_CSV_EMPTY')) return null
      throw error
    })
    if (next === null) break
    const header = looseHeader(next.line, named)
    if (names.every((name) => header.names.includes(name))) return { header, rest: next.rest }
    text = behind(next.rest, text)
  }
  throw csvErrors('FDP_CSV_NO_SUCH_HEADER', { max: titleLinesMax })
}

/** What was read already, then the chunks after it; ending it does not end them. */
async function* behind(rest: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield rest
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}

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
  return checkedHeader(fieldsOf(line, named))
}

/** Names that are missing or come again are made up, as a layout says. */
function looseHeader(line: Buffer, named: Delimiter | null): Header {
  const { names, delimiter } = fieldsOf(line, named)
  const seen = new Map<string, number>()
  const told = names.map((name, i) => {
    const full = name === '' ? `column ${i + 1}` : name
    const times = (seen.get(full.toLowerCase()) ?? 0) + 1
    seen.set(full.toLowerCase(), times)
    return times === 1 ? full : `${full} (${times})`
  })
  return checkedHeader({ names: told, delimiter })
}

function fieldsOf(line: Buffer, named: Delimiter | null): Header {
  const text = line.toString('utf8')
  const delimiter = named ?? mostFrequent(text)
  return { names: splitFields(text, delimiter).map((name) => name.trim()), delimiter }
}

function checkedHeader({ names, delimiter }: Header): Header {
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
