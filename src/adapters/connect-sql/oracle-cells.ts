import { single } from './float-text.ts'
import type { Cell } from './rows.ts'

/** What the driver says of a column. */
export interface OracleColumn {
  readonly name: string
  readonly dbTypeName?: string | undefined
}

/** Dates as texts, made by the server: the driver's own are of the node's time zone, and of milliseconds. */
const formats: Readonly<Record<string, string>> = {
  DATE: 'YYYY-MM-DD HH24:MI:SS',
  TIMESTAMP: 'YYYY-MM-DD HH24:MI:SS.FF',
  'TIMESTAMP WITH TIME ZONE': 'YYYY-MM-DD HH24:MI:SS.FFTZH:TZM',
  'TIMESTAMP WITH LOCAL TIME ZONE': 'YYYY-MM-DD HH24:MI:SS.FFTZH:TZM',
}

const readable = [
  ...['VARCHAR2', 'NVARCHAR2', 'CHAR', 'NCHAR', 'CLOB', 'NCLOB', 'LONG', 'ROWID', 'UROWID'],
  ...['NUMBER', 'BINARY_INTEGER', 'BINARY_FLOAT', 'BINARY_DOUBLE', ...Object.keys(formats)],
]
const unreadable = [
  ...['BLOB', 'BFILE', 'RAW', 'LONG RAW', 'INTERVAL DAY TO SECOND', 'INTERVAL YEAR TO MONTH', 'CURSOR', 'OBJECT'],
  ...['JSON', 'VECTOR', 'XMLTYPE', 'BOOLEAN'],
]

export function unreadableType({ dbTypeName = '' }: OracleColumn): string | null {
  if (readable.includes(dbTypeName)) return null
  return unreadable.includes(dbTypeName) ? dbTypeName : 'one that is not known here'
}

/** The statement with dates made texts around it; names were checked before and hold no quote. */
export function oracleQuery(text: string, columns: readonly OracleColumn[]): string {
  if (!columns.some(({ dbTypeName }) => formats[dbTypeName ?? ''])) return text
  const selected = columns.map(({ name, dbTypeName }) => {
    const format = formats[dbTypeName ?? '']
    return format === undefined ? `fdp."${name}"` : `TO_CHAR(fdp."${name}", '${format}') AS "${name}"`
  })
  return `SELECT ${selected.join(', ')} FROM (\n${text}\n) fdp`
}

/** A value of the driver as text: it gives numbers as their digits, without the nought before a point. */
export function oracleCell(value: unknown, { dbTypeName }: OracleColumn): Cell {
  if (value === null || value === undefined) return null
  if (dbTypeName === 'BINARY_FLOAT' && typeof value === 'number') return single(value)
  const text = String(value)
  return dbTypeName === 'NUMBER' ? text.replace(/^(-?)[.]/, '$10.') : text
}
