import { ident, isFdpError, joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import type { Engine, TabularReader, TabularResult } from '#ports'
import { csvErrors } from './errors.ts'
import { type Header, takeHeader } from './header.ts'
import { pipeToEngine } from './pipe-to-engine.ts'
import { RecordScanner, recordBytesMax } from './record-scanner.ts'
import { type DecodedText, decodeText } from './text-decoding.ts'
import { takingTurns } from './turns.ts'

type ReadInput = Parameters<TabularReader['read']>[0]

const inTurn = takingTurns(2)

/**
 * The reader of delimited text. With no encoding named and no byte order mark, bytes that turn out not to be UTF-8 are
 * read once more from the start as windows-1252. Throws FDP_CSV_*, and what the bytes or the engine throw; the table
 * exists only if it is whole.
 */
export const csvReader: TabularReader = { read: (input) => inTurn(() => readWithFallback(input)) }

async function readWithFallback(input: ReadInput): Promise<TabularResult> {
  const { bytes, dialect } = input
  const open = typeof bytes === 'function' ? bytes : () => bytes
  const text = await decodeText(open(), dialect.encoding)
  try {
    return await readOnce(input, text)
  } catch (error) {
    const guessed = dialect.encoding === null && text.encoding === 'utf-8' && !text.bom
    if (!guessed || typeof bytes !== 'function' || !isFdpError(error, 'FDP_CSV_ENCODING')) throw error
    return await readOnce(input, await decodeText(open(), 'windows-1252'))
  }
}

async function readOnce({ dialect, engine, table, layout }: ReadInput, text: DecodedText): Promise<TabularResult> {
  const chunks = text.chunks()
  try {
    const { header, rest } = await takeHeader(chunks, dialect.delimiter, layout ?? null)
    const scanner = new RecordScanner(header.delimiter, header.names.length)
    try {
      await pipeToEngine(engine, scanned(scanner, rest, chunks), (path) => readStatement(table, path, header))
      await refuseUnaccounted(engine, table, scanner.rows)
    } catch (error) {
      await engine.execute(sql`DROP TABLE IF EXISTS ${ident(table)}`).catch(() => {})
      throw error
    }
    return {
      header: header.names,
      rows: scanner.rows,
      dialect: { encoding: text.encoding, delimiter: header.delimiter, bom: text.bom },
      rejects: scanner.rejects,
      rejectedRows: scanner.rejectedRows,
    }
  } finally {
    void chunks.return(undefined)
  }
}

async function* scanned(scanner: RecordScanner, rest: Buffer, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield* scanner.push(rest)
  for await (const chunk of chunks) yield* scanner.push(chunk)
  yield scanner.end()
}

/** The engine gets whole records only, so it reads strictly: what it cannot take apart fails the statement. */
function readStatement(table: string, path: string, header: Header): Sql {
  const fields = header.names.map((_, i) => sql`${literal(`c${i}`)}: 'VARCHAR'`)
  const names = header.names.map((name, i) => sql`${ident(`c${i}`)} AS ${ident(name)}`)
  const columns = joinSql([rawSql("'_row': 'BIGINT'"), ...fields], ', ')
  return sql`CREATE OR REPLACE TABLE ${ident(table)} AS SELECT ${joinSql([ident('_row'), ...names], ', ')}
    FROM read_csv(${literal(path)}, columns = {${columns}}, auto_detect = false, header = false,
      delim = ${literal(header.delimiter)}, quote = '"', escape = '"', new_line = '\\n', compression = 'none',
      null_padding = false, ignore_errors = false, hive_partitioning = false, filename = false,
      max_line_size = ${rawSql(String(2 * recordBytesMax))}, buffer_size = ${rawSql(String(4 * recordBytesMax))})`
}

async function refuseUnaccounted(engine: Engine, table: string, expected: number): Promise<void> {
  const [row] = await engine.rows(sql`SELECT count(*) AS read FROM ${ident(table)}`)
  const read = Number(row?.read)
  if (read !== expected) throw csvErrors('FDP_CSV_UNACCOUNTED', { read, expected })
}
