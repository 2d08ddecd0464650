import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import type { Batch, Column, Result } from '#ports'
import { readBatch, resultColumns } from './columns.ts'
import { engineErrors, fromDriver } from './errors.ts'

/** An open stream on one connection; gives the connection back once, when read to its end, left early or failed. */
export class StreamedResult implements Result {
  readonly columns: readonly Column[]
  readonly #result: DuckDBResult
  readonly #connection: DuckDBConnection
  readonly #release: (clean: boolean) => void
  readonly #signal: AbortSignal | undefined
  #state: 'fresh' | 'reading' | 'over' = 'fresh'
  #fetching: Promise<DuckDBDataChunk | null> | null = null

  constructor(
    result: DuckDBResult,
    connection: DuckDBConnection,
    signal: AbortSignal | undefined,
    release: (clean: boolean) => void,
  ) {
    this.columns = resultColumns(result)
    this.#result = result
    this.#connection = connection
    this.#signal = signal
    this.#release = release
  }

  async *batches(): AsyncGenerator<Batch> {
    if (this.#state !== 'fresh') throw new Error('a result is read once')
    this.#state = 'reading'
    let finished = false
    try {
      for (;;) {
        if (this.#isCut()) throw engineErrors('FDP_ENGINE_INTERRUPTED')
        const chunk = await this.#fetch()
        if (!chunk || chunk.rowCount === 0) break
        yield readBatch(chunk)
      }
      finished = true
    } finally {
      await this.#end(finished)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end(false)
  }

  /** Aborted, or ended from outside (the engine closes) while the reader held a batch. */
  #isCut(): boolean {
    return this.#signal?.aborted === true || this.#state === 'over'
  }

  async #fetch(): Promise<DuckDBDataChunk | null> {
    try {
      this.#fetching = this.#result.fetchChunk()
      return await this.#fetching
    } catch (error) {
      throw fromDriver(error, this.#signal)
    } finally {
      this.#fetching = null
    }
  }

  async #end(finished: boolean): Promise<void> {
    if (this.#state === 'over') return
    this.#state = 'over'
    if (!finished) {
      this.#connection.interrupt()
      await this.#fetching?.catch(() => null)
      // The fetch after an interrupt fails and frees what the engine held for the stream.
      await this.#result.fetchChunk().catch(() => null)
    }
    this.#release(finished)
  }
}
