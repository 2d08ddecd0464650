import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { engineErrors } from './errors.ts'

/** Statements at the same time. Four would let a holder of a few open results wait for itself. */
const connectionsMax = 8
/** A longer queue means that something is wrong; it must not grow without end. */
const waitersMax = 10_000

interface Waiter {
  give(connection: DuckDBConnection): void
  refuse(error: Error): void
}

/** A fixed number of connections; whoever waits is served in order of arrival. */
export class ConnectionPool {
  readonly #instance: DuckDBInstance
  readonly #idle: DuckDBConnection[] = []
  readonly #busy = new Set<DuckDBConnection>()
  readonly #waiters: Waiter[] = []
  #opened = 0
  #opening = 0
  #closed = false

  constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  /** Rejects with FDP_ENGINE_INTERRUPTED when the signal fires first, FDP_ENGINE_CLOSED after `close`. */
  async acquire(signal?: AbortSignal): Promise<DuckDBConnection> {
    if (this.#closed) throw engineErrors('FDP_ENGINE_CLOSED')
    if (signal?.aborted) throw engineErrors('FDP_ENGINE_INTERRUPTED')
    const idle = this.#idle.pop()
    if (idle) return this.#lend(idle)
    if (this.#opened < connectionsMax) return await this.#open()
    if (this.#waiters.length >= waitersMax) throw new Error('too many statements wait for the engine')
    return await this.#wait(signal)
  }

  /**
   * Gives a connection back. One that failed, was interrupted or holds an unfinished result is replaced, so that
   * nothing temporary (reject tables, a half-read stream) outlives the statement.
   */
  release(connection: DuckDBConnection, clean: boolean): void {
    if (!this.#busy.delete(connection)) return
    if (!clean || this.#closed) {
      connection.disconnectSync()
      this.#opened--
      if (!this.#closed) this.#serveWithNew()
      return
    }
    const waiter = this.#waiters.shift()
    if (waiter) waiter.give(this.#lend(connection))
    else this.#idle.push(connection)
  }

  /** Refuses waiters and interrupts what runs; the callers give their connections back as their statements fail. */
  close(): void {
    this.#closed = true
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(engineErrors('FDP_ENGINE_CLOSED'))
    for (const connection of this.#idle.splice(0)) connection.disconnectSync()
    for (const connection of this.#busy) connection.interrupt()
  }

  /** Connections that are lent, or being opened: the instance must not go before them. */
  get busy(): number {
    return this.#busy.size + this.#opening
  }

  #lend(connection: DuckDBConnection): DuckDBConnection {
    this.#busy.add(connection)
    return connection
  }

  async #open(): Promise<DuckDBConnection> {
    this.#opened++
    this.#opening++
    try {
      const connection = await this.#instance.connect()
      if (!this.#closed) return this.#lend(connection)
      // It would keep the instance running after it was closed.
      connection.disconnectSync()
      throw engineErrors('FDP_ENGINE_INTERRUPTED')
    } catch (error) {
      this.#opened--
      throw error
    } finally {
      this.#opening--
    }
  }

  #serveWithNew(): void {
    const waiter = this.#waiters.shift()
    if (waiter) this.#open().then(waiter.give, waiter.refuse)
  }

  #wait(signal: AbortSignal | undefined): Promise<DuckDBConnection> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        reject(engineErrors('FDP_ENGINE_INTERRUPTED'))
      }
      const waiter: Waiter = {
        give: (connection) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(connection)
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', onAbort)
          reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiters.push(waiter)
    })
  }
}
