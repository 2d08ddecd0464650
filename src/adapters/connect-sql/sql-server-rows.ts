import type { Connection, Request } from 'tedious'
import { sqlErrors } from './errors.ts'
import { type Cell, type Column, checkColumns, type Rows } from './rows.ts'
import type { DatabaseSettings } from './settings.ts'
import { type SqlServerColumn, sqlServerCell, unreadableType } from './sql-server-cells.ts'
import { sqlServerError } from './sql-server-error.ts'
import { within } from './time-limit.ts'

/** What waits to be taken; above, the server is told to wait. */
const waitingRowsMax = 2_000
const waitingCharactersMax = 1_000_000

/** What the driver pushes, until it is taken. */
export class WaitingRows implements Rows {
  columns: readonly Column[] = []
  /** Once the columns are known. */
  readonly begun: Promise<void>
  readonly #connection: Connection
  readonly #settings: DatabaseSettings
  #request: Request | null = null
  #types: readonly SqlServerColumn[] | null = null
  #waiting: Cell[][] = []
  #characters = 0
  /** Columns are told before the first row is worked out. */
  #limit: 'statementSecondsMax' | 'idleSecondsMax' = 'statementSecondsMax'
  #isOver = false
  #failure: unknown = null
  #wake = () => {}
  #begin = () => {}

  constructor(connection: Connection, settings: DatabaseSettings) {
    this.#connection = connection
    this.#settings = settings
    this.begun = new Promise<void>((resolve) => {
      this.#begin = resolve
    }).then(() => {
      if (this.#failure !== null) throw this.#failure
    })
  }

  request(driver: typeof import('tedious'), text: string): Request {
    const request = new driver.Request(text, (error) => this.#end(error ?? null))
    request.on('columnMetadata', (columns) => this.#describe(Object.values(columns)))
    request.on('row', (columns: readonly { value: unknown }[]) => this.#take(columns))
    this.#request = request
    return request
  }

  async next(): Promise<readonly (readonly Cell[])[] | null> {
    if (this.#waiting.length === 0 && !this.#isOver) await this.#more()
    // Rows that came whole before a failure are of an answer that never does.
    if (this.#failure !== null) throw sqlServerError(this.#failure, this.#settings)
    if (this.#waiting.length === 0) return null
    const rows = this.#waiting
    this.#waiting = []
    this.#characters = 0
    this.#limit = 'idleSecondsMax'
    this.#request?.resume()
    return rows
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  async #more(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    try {
      await within(this.#settings, this.#limit, woken)
    } catch (error) {
      this.#connection.close()
      throw error
    }
  }

  #describe(columns: readonly SqlServerColumn[]): void {
    if (this.#types !== null) {
      this.#end(sqlErrors('FDP_SQL_STATEMENT', { what: 'it gives more than one result' }))
      return
    }
    this.#types = columns
    this.columns = columns.map((column) => ({ name: column.colName, unreadable: unreadableType(column) }))
    try {
      // Before a value of a type that has no text is looked at.
      checkColumns(this.columns)
    } catch (error) {
      this.#end(error)
    }
    this.#begin()
  }

  #take(columns: readonly { value: unknown }[]): void {
    if (this.#failure !== null) return
    try {
      this.#waiting.push(columns.map(({ value }, i) => sqlServerCell(value, this.#types![i]!, i + 1)))
    } catch (error) {
      this.#end(error)
      return
    }
    this.#characters += this.#waiting.at(-1)!.reduce((sum, cell) => sum + (cell?.length ?? 0), 0)
    if (this.#characters >= waitingCharactersMax || this.#waiting.length >= waitingRowsMax) this.#request?.pause()
    this.#wake()
  }

  #end(failure: unknown): void {
    this.#isOver = true
    this.#failure ??= failure
    if (failure !== null) this.#connection.close()
    this.#begin()
    this.#wake()
  }
}
