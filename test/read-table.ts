import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { isFdpError, sql } from '#kernel'
import type { TableLayout, TabularReader, TabularResult } from '#ports'
import { chunked } from './contract/any-tabular-reader.ts'

const found = { encoding: null, delimiter: null }

/** A file through a reader: what it says, and the table. */
export async function readTable(
  reader: TabularReader,
  content: Buffer | string | (() => AsyncIterable<Uint8Array>),
  part: string | null = null,
  layout: TableLayout | null = null,
): Promise<TabularResult & { readonly table: Record<string, unknown>[] }> {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })
  const bytes = typeof content === 'function' ? content : () => chunked(Buffer.from(content as string), 65_536)
  const isPart = part === null ? null : (name: string) => name === part
  const result = await reader.read({ bytes, dialect: found, part: isPart, layout, engine, table: 't' })
  return { ...result, table: await engine.rows(sql`SELECT * EXCLUDE (_row) FROM t ORDER BY _row`) }
}

/** Code and place of the refusal, and everything that it says, for looking through. */
export async function refusalOf(
  reader: TabularReader,
  content: Parameters<typeof readTable>[1],
  part: string | null = null,
): Promise<{ readonly code: string; readonly said: string }> {
  try {
    await readTable(reader, content, part)
  } catch (error) {
    if (!isFdpError(error) || error.status !== 422) throw error
    return { code: error.code, said: `${error.message} ${error.help} ${JSON.stringify(error.params)}` }
  }
  return { code: 'it was read', said: '' }
}
