import type { Sql } from '#kernel'

/** Types as the engine's result names them; enough for encoding a result, not a type system. */
export type ColumnType =
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'text'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | 'list'
  | 'blob'

export interface Column {
  readonly name: string
  readonly type: ColumnType
}

/**
 * A slice of a result, by column. integer: number, or bigint beyond 2^53; decimal: text with its digits; date and
 * timestamp: ISO 8601 text (timestamps in UTC with `Z`); uuid: lower-case text; list: array; null stays null.
 */
export interface Batch {
  readonly rowCount: number
  readonly columns: readonly (readonly unknown[])[]
}

export interface Result extends AsyncDisposable {
  readonly columns: readonly Column[]
  /** Streams; at most `limits.gateBatchRowsMax` rows a batch. Stopping early frees the engine's side. */
  batches(): AsyncIterable<Batch>
}

/**
 * One vectorised function over whole columns: never called a row at a time. Runs on the thread that registered it.
 * Arguments and result: one typed array a column; nulls are passed through as null without calling.
 */
export interface EngineFunction {
  readonly name: string
  /** `key`: 64-bit integers in, 16-byte UUIDs out. `secret`-dependent functions are never registered where a person's SQL runs. */
  readonly kind: 'key-to-uuid'
  run(keys: BigInt64Array): Uint8Array
}

/** A column of values to register; arrays of the same length. */
export interface EphemeralTable {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly values: readonly unknown[] }[]
}

export interface EngineOptions {
  readonly memoryLimitMb: number
  readonly threads: number
  /**
   * null: nothing may spill to disk (instances that hold vault or landed data). Otherwise a folder for encrypted spill;
   * an adapter that cannot encrypt it does not spill.
   */
  readonly tempDirectory: string | null
}

/**
 * An analytical engine in this process. One instance, its own memory; statements run off the JavaScript thread.
 *
 * Guarantees: bound values are never spliced; `query` streams; an aborted signal interrupts the statement and rejects
 * with FDP_ENGINE_INTERRUPTED; engine messages never reach the caller (FDP_ENGINE_FAILED carries a code only, since
 * driver messages quote data). Concurrent queries are admitted up to a fixed number, the rest wait in order; an open
 * Result holds its place until read to the end or disposed. No caller may count on a session (temporary tables, transactions)
 * from one call to the next, and a failed call leaves none; `execute` takes several statements separated by `;` if they have no bound values.
 */
export interface Engine extends AsyncDisposable {
  execute(statement: Sql, options?: { signal?: AbortSignal }): Promise<void>
  query(statement: Sql, options?: { signal?: AbortSignal }): Promise<Result>
  /** All rows of a small result as objects; throws FDP_ENGINE_TOO_MANY_ROWS above `rowsMax` (default 10,000). */
  rows(statement: Sql, options?: { rowsMax?: number; signal?: AbortSignal }): Promise<Record<string, unknown>[]>
  /** Makes (or replaces) an in-memory table. */
  registerEphemeral(name: string, table: EphemeralTable): Promise<void>
  registerFunction(fn: EngineFunction): Promise<void>
  close(): Promise<void>
}

export type OpenEngine = (options: EngineOptions) => Promise<Engine>
