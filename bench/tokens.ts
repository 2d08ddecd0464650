/**
 * How fast tokens are made: alone, as an engine function over a whole column, and on their way out as text, each beside
 * the same work without them. Rows a second, one process, two engine threads.
 *
 *   node_modules/.bin/node bench/tokens.ts [rows]
 */
import { hkdfSync } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, parsePurposeId, type Sql, sql } from '#kernel'
import type { Engine, Keys } from '#ports'
import { openTokeniser } from '#privacy'

export interface TokenBenchRow {
  readonly what: string
  readonly rows: number
  readonly seconds: number
  readonly rowsPerSecond: number
}

const rowsDefault = 5_000_000
/** Rows handed to the function in one call, as the engine does. */
const vectorRows = 2_048

export async function benchTokens(rows: number = rowsDefault): Promise<readonly TokenBenchRow[]> {
  const derive = (info: Uint8Array) => new Uint8Array(hkdfSync('sha256', 'bench', '', info, 32))
  const keys = { tenant: 'bench', derive } as Partial<Keys> as Keys
  const token = openTokeniser(keys, parsePurposeId('bench'), 1).engineFunction('person')
  await using engine = await openDuckdbEngine({ memoryLimitMb: 1_024, threads: 2, tempDirectory: null })
  await engine.registerFunction(token)
  const tokenOf = sql`${ident(token.name)}(k)`
  const keyColumn = sql`SELECT (hash(i) >> 1)::BIGINT AS k FROM range(${rows}) t(i)`
  await engine.execute(sql`CREATE TABLE given AS SELECT k, ${tokenOf} AS stored FROM (${keyColumn})`)
  const stream = (column: Sql) => drain(engine, sql`SELECT ${column} AS out FROM given`)
  const fold = async (column: Sql) => void (await engine.rows(sql`SELECT bit_xor(hash(${column})) AS out FROM given`))

  return [
    await timed('the cipher alone, 2,048 keys a call', rows, async () => encryptAlone(token.run, rows)),
    await timed('scan and hash the keys', rows, () => fold(sql`k`)),
    await timed('scan and hash their tokens', rows, () => fold(tokenOf)),
    await timed('stream the keys', rows, () => stream(sql`k`)),
    await timed('stream the same tokens, made before', rows, () => stream(sql`stored`)),
    await timed('stream their tokens', rows, () => stream(tokenOf)),
  ]
}

function encryptAlone(run: (keys: BigInt64Array) => Uint8Array, rows: number): void {
  const vector = BigInt64Array.from({ length: vectorRows }, (_, i) => BigInt(i) * 7_777_777n)
  for (let done = 0; done < rows; done += vectorRows) run(vector)
}

async function drain(engine: Engine, statement: Sql): Promise<void> {
  await using result = await engine.query(statement)
  let rows = 0
  for await (const batch of result.batches()) rows += batch.rowCount
  if (rows === 0) throw new Error('nothing came out')
}

async function timed(what: string, rows: number, work: () => Promise<void>): Promise<TokenBenchRow> {
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1_000
  return { what, rows, seconds, rowsPerSecond: Math.round(rows / seconds) }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const row of await benchTokens(Number(process.argv[2] ?? rowsDefault))) {
    process.stdout.write(
      `${row.what.padEnd(42)} ${row.seconds.toFixed(2).padStart(6)} s ${row.rowsPerSecond.toLocaleString('en-GB').padStart(12)} rows/s\n`,
    )
  }
}
