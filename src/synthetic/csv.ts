import type { Source } from '#ports'

export type CsvRow = Readonly<Record<string, string>>

export interface CsvStyle {
  readonly delimiter: ',' | ';' | '\t' | '|'
  /** latin1 writes the bytes of windows-1252 for the letters used here. */
  readonly encoding: 'utf8' | 'latin1'
  readonly bom?: boolean
}

/** A file in memory, as a trust's system might export it. */
export function csvSource(name: string, rows: readonly CsvRow[], style: CsvStyle): Source {
  const header = Object.keys(rows[0] ?? {})
  const lines = rows.map((row) =>
    header.map((column) => quote(row[column] ?? '', style.delimiter)).join(style.delimiter),
  )
  const text = `${style.bom ? '\ufeff' : ''}${[header.join(style.delimiter), ...lines].join('\r\n')}\r\n`
  const bytes = Buffer.from(text, style.encoding)
  return {
    name,
    bytes: bytes.length,
    async *open() {
      yield bytes
    },
  }
}

function quote(value: string, delimiter: string): string {
  return /["\r\n]/.test(value) || value.includes(delimiter) ? `"${value.replaceAll('"', '""')}"` : value
}
