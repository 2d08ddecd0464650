import { parseDate } from '#kernel'
import { metricErrors, type ReferenceTable } from '#metrics'

/** Reads a small CSV that ships with a product: a header, commas, double quotes, no line breaks inside a field. */
export function parseReferenceTable(
  file: string,
  text: string,
  columns: readonly (readonly [name: string, type: 'text' | 'date'])[],
): ReferenceTable {
  const refuse = (line: number, problem: string, help: string) =>
    metricErrors('FDP_METRICS_DECLARATION', { file, line, problem, help })
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  const names = columns.map(([name]) => name)
  if (lines[0] !== names.join(','))
    throw refuse(1, 'the header differs from the declared columns', `write: ${names.join(',')}`)
  const rows = lines.slice(1).map((line, i) => {
    const fields = splitLine(line)
    if (fields?.length !== names.length)
      throw refuse(i + 2, `this row has not ${names.length} fields`, 'check commas and quotes')
    fields.forEach((field, c) => {
      if (columns[c]?.[1] === 'date' && field !== null && !isDate(field))
        throw refuse(i + 2, 'a date is expected', 'write YYYY-MM-DD')
    })
    return fields
  })
  return {
    columns: columns.map(([name, type], c) => ({
      name,
      type: type === 'date' ? 'DATE' : 'VARCHAR',
      values: rows.map((row) => row[c] ?? null),
    })),
  }
}

/** An empty field is null. Returns null if a quote is left open. */
function splitLine(line: string): (string | null)[] | null {
  const fields: (string | null)[] = []
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  for (;;) {
    const match = pattern.exec(line)
    if (!match) return null
    fields.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : match[2] || null)
    if (match[3] === '') return fields
  }
}

function isDate(text: string): boolean {
  try {
    parseDate(text)
    return true
  } catch {
    return false
  }
}
