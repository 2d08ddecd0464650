import { setTimeout } from 'node:timers/promises'
import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement } from '@duckdb/node-api'
import { isFdpError, type Sql, type Statement, toStatement } from '#kernel'
import type { Engine, EngineFunction, EngineOptions, EphemeralTable, OpenEngine, Result } from '#ports'
import { boundValues } from './bound-values.ts'
import { ConnectionPool } from './connection-pool.ts'
import { StreamedResult } from './duckdb-result.ts'
import { ephemeralLoad } from './ephemeral.ts'
import { EngineMisuse, engineErrors, fromDriver } from './errors.ts'
import { keyFunction } from './key-function.ts'

const smallResultRowsMax = 10_000
/** Five seconds of 10 ms turns; a statement that heeds no interrupt is left behind. */
const closingTurnsMax = 500
const identifierPattern = /^[a-z_][a-z0-9_]*$/

/** Set on every connection's instance before the configuration is locked. */
const settings = [
  "SET GLOBAL TimeZone = 'UTC'",
  'SET GLOBAL errors_as_json = true',
  // Files of the lake never change.
  'SET GLOBAL parquet_metadata_cache = true',
  'SET GLOBAL lock_configuration = true',
]

/**
 * Opens an in-memory engine of `memoryLimitMb` and `threads`. `tempDirectory` is not used: measured on DuckDB 1.5.6,
 * `temp_file_encryption` makes the first spill fail (its own cipher is for reading only), and without it spill files
 * show their content. A query that does not fit fails with FDP_ENGINE_OUT_OF_MEMORY.
 */
export const openDuckdbEngine: OpenEngine = async (options: EngineOptions): Promise<Engine> => {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryLimitMb}MiB`,
    threads: String(options.threads),
    temp_directory: '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_unsigned_extensions: 'false',
  })
  const connection = await instance.connect()
  for (const setting of settings) await connection.run(setting)
  connection.disconnectSync()
  return new DuckdbEngine(instance)
}

class DuckdbEngine implements Engine {
  readonly #instance: DuckDBInstance
  readonly #pool: ConnectionPool
  readonly #running = new Set<(error: Error) => void>()
  readonly #results = new Set<StreamedResult>()
  #tables = 0
  #closing: Promise<void> | null = null

  constructor(instance: DuckDBInstance) {
    this.#instance = instance
    this.#pool = new ConnectionPool(instance)
  }

  async execute(statement: Sql, options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options
    const { text, values } = toStatement(statement)
    await this.#withConnection(signal, async (connection) => {
      const extracted = await connection.extractStatements(text)
      if (extracted.count > 1 && values.length > 0) throw new EngineMisuse('several statements take no bound values')
      for (let i = 0; i < extracted.count; i++) {
        if (signal?.aborted) throw engineErrors('FDP_ENGINE_INTERRUPTED')
        await runPrepared(await extracted.prepare(i), values)
      }
    })
  }

  async query(statement: Sql, options: { signal?: AbortSignal } = {}): Promise<Result> {
    const { signal } = options
    const connection = await this.#pool.acquire(signal)
    this.#refuseClosing(connection)
    const stopWatching = interruptOnAbort(connection, signal)
    const release = (clean: boolean) => {
      stopWatching()
      this.#pool.release(connection, clean && !signal?.aborted)
    }
    try {
      const result = await startStream(connection, toStatement(statement))
      const streamed: StreamedResult = new StreamedResult(result, connection, signal, (clean) => {
        this.#results.delete(streamed)
        release(clean)
      })
      this.#results.add(streamed)
      return streamed
    } catch (error) {
      release(false)
      throw outward(error, signal)
    }
  }

  async rows(
    statement: Sql,
    options: { rowsMax?: number; signal?: AbortSignal } = {},
  ): Promise<Record<string, unknown>[]> {
    const rowsMax = options.rowsMax ?? smallResultRowsMax
    await using result = await this.query(statement, options)
    const rows: Record<string, unknown>[] = []
    for await (const batch of result.batches()) {
      if (rows.length + batch.rowCount > rowsMax) throw engineErrors('FDP_ENGINE_TOO_MANY_ROWS', { max: rowsMax })
      for (let i = 0; i < batch.rowCount; i++) {
        rows.push(Object.fromEntries(result.columns.map((column, c) => [column.name, batch.columns[c]![i]])))
      }
    }
    return rows
  }

  async registerEphemeral(name: string, table: EphemeralTable): Promise<void> {
    const load = ephemeralLoad(name, `_staging_${this.#tables++}`, table)
    await this.#withConnection(undefined, async (connection) => {
      await connection.run(toStatement(load.stage).text)
      try {
        await load.append(connection)
        await connection.run(toStatement(load.finish[0]!).text)
      } finally {
        await connection.run(toStatement(load.finish[1]!).text)
      }
    })
  }

  async registerFunction(fn: EngineFunction): Promise<void> {
    if (!identifierPattern.test(fn.name)) throw new Error('a function name is a lower-case identifier')
    await this.#withConnection(undefined, async (connection) => connection.registerScalarFunction(keyFunction(fn)))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Statements that still run and results still open fail with FDP_ENGINE_INTERRUPTED. */
  async #close(): Promise<void> {
    for (const reject of this.#running) reject(engineErrors('FDP_ENGINE_INTERRUPTED'))
    for (let turn = 0; turn < closingTurnsMax; turn++) {
      this.#pool.close()
      for (const result of this.#results) await result[Symbol.asyncDispose]()
      if (this.#pool.busy === 0) break
      await setTimeout(10)
    }
    this.#instance.closeSync()
  }

  /** A connection that is given out while `close` begins: nobody would hear of what it does. */
  #refuseClosing(connection: DuckDBConnection): void {
    if (this.#closing === null) return
    this.#pool.release(connection, false)
    throw engineErrors('FDP_ENGINE_INTERRUPTED')
  }

  /**
   * The caller hears of `close` at once, the connection goes back when the driver is done with it: a statement that
   * waits for its input heeds no interrupt, and the input may be the caller's to end.
   */
  async #withConnection(
    signal: AbortSignal | undefined,
    use: (connection: DuckDBConnection) => Promise<void>,
  ): Promise<void> {
    const connection = await this.#pool.acquire(signal)
    this.#refuseClosing(connection)
    const stopWatching = interruptOnAbort(connection, signal)
    const release = (clean: boolean) => {
      stopWatching()
      this.#pool.release(connection, clean)
    }
    const work = use(connection)
    work.then(
      () => release(true),
      () => release(false),
    )
    const closed = Promise.withResolvers<never>()
    this.#running.add(closed.reject)
    try {
      await Promise.race([work, closed.promise])
    } catch (error) {
      throw outward(error, signal)
    } finally {
      this.#running.delete(closed.reject)
    }
  }
}

async function runPrepared(prepared: DuckDBPreparedStatement, values: Statement['values']): Promise<void> {
  try {
    bind(prepared, values)
    await prepared.run()
  } finally {
    prepared.destroySync()
  }
}

/** One statement only: what follows a `;` would run unseen. */
async function startStream(connection: DuckDBConnection, { text, values }: Statement) {
  const extracted = await connection.extractStatements(text)
  if (extracted.count !== 1) throw new EngineMisuse('a query is one statement')
  const prepared = await extracted.prepare(0)
  try {
    bind(prepared, values)
    return await prepared.stream()
  } finally {
    prepared.destroySync()
  }
}

function bind(prepared: DuckDBPreparedStatement, values: Statement['values']): void {
  if (values.length === 0) return
  const bound = boundValues(values)
  prepared.bind(bound.values, bound.types)
}

/** An interrupt that arrives before the engine has started the statement is forgotten by it, so it is repeated. */
function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal | undefined): () => void {
  if (!signal) return () => {}
  let timer: NodeJS.Timeout | undefined
  const interrupt = () => {
    connection.interrupt()
    timer = globalThis.setTimeout(interrupt, 10)
  }
  if (signal.aborted) interrupt()
  else signal.addEventListener('abort', interrupt, { once: true })
  return () => {
    signal.removeEventListener('abort', interrupt)
    clearTimeout(timer)
  }
}

/** Our own errors and our own bugs pass; what the driver says does not. */
function outward(error: unknown, signal: AbortSignal | undefined): unknown {
  return isFdpError(error) || error instanceof EngineMisuse ? error : fromDriver(error, signal)
}
