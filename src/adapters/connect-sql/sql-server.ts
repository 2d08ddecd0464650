import { type Static, Type } from '@sinclair/typebox'
import type { Connection, ConnectionConfiguration, Request } from 'tedious'
import type { ConnectionKind } from '#ports'
import { databaseConnection } from './database-connection.ts'
import { sqlErrors } from './errors.ts'
import type { Cell, Column, Database, Rows } from './rows.ts'
import { caFile, databaseSettings, passwordOf, refuseClear } from './settings.ts'
import { type SqlServerColumn, sqlServerCell, unreadableType } from './sql-server-cells.ts'
import { sqlServerError } from './sql-server-error.ts'
import { sqlServerSyntax } from './statement.ts'
import { within } from './time-limit.ts'

const Settings = databaseSettings(1433, {
  database: Type.String({ minLength: 1, maxLength: 200, description: 'The database on it.' }),
  ...caFile,
})
type Settings = Static<typeof Settings>
type Driver = typeof import('tedious')

/** What waits to be taken; above, the server is told to wait. */
const waitingRowsMax = 2_000
const waitingCharactersMax = 1_000_000

/** SQL Server has no transactions that only read: ours is never committed, and the user's rights are the wall. */
export const sqlServerKind: ConnectionKind<typeof Settings> = {
  settings: Settings,
  open: (settings, secret) => databaseConnection(sqlServerDatabase(settings, secret)),
}

function sqlServerDatabase(settings: Settings, secret: (file: string) => string): Database {
  return {
    syntax: sqlServerSyntax,
    async query(text, values) {
      refuseClear(settings)
      const driver = await import('tedious')
      const connection = new driver.Connection(configuration(settings, secret))
      // Whoever waits is told; nobody waits between rows.
      connection.on('error', () => {})
      try {
        await within(settings, 'connectSecondsMax', connected(connection))
        await within(settings, 'connectSecondsMax', begin(driver, connection))
        const rows = new WaitingRows(connection, settings)
        const request = rows.request(driver, text)
        for (const { name, value } of values) {
          // `SET DATEFORMAT` has no say in a time with a `T`.
          if (name === 'day') request.addParameter('fdp_day', driver.TYPES.Date, new Date(`${value}T00:00:00Z`))
          else request.addParameter('fdp_since', driver.TYPES.NVarChar, value?.replace(' ', 'T') ?? null)
        }
        connection.execSql(request)
        await within(settings, 'statementSecondsMax', rows.begun)
        return rows
      } catch (error) {
        connection.close()
        throw sqlServerError(error, settings)
      }
    },
  }
}

/** The settings as the driver has them. */
export function configuration(settings: Settings, secret: (file: string) => string): ConnectionConfiguration {
  const { host, port, database, user, tls, connectSecondsMax } = settings
  const ca = settings.caFile === undefined ? {} : { ca: secret(settings.caFile) }
  return {
    server: host,
    authentication: { type: 'default', options: { userName: user, password: passwordOf(settings, secret) } },
    options: {
      ...{ port, database, appName: 'openfdp', readOnlyIntent: true, useUTC: true },
      ...{ encrypt: tls === 'verify', trustServerCertificate: false, cryptoCredentialsDetails: ca },
      // Time limits are ours: the driver's own would count the time in which nobody takes rows.
      ...{ connectTimeout: connectSecondsMax * 1_000, requestTimeout: 0, maxRetriesOnTransientErrors: 0 },
    },
  }
}

function connected(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()))
  })
}

/** One snapshot where the database keeps them; what is still open when the connection ends is rolled back. */
async function begin(driver: Driver, connection: Connection): Promise<void> {
  let hasSnapshots = false
  await batch(
    driver,
    connection,
    'SELECT CONVERT(int, snapshot_isolation_state) FROM sys.databases WHERE database_id = DB_ID()',
    (value) => {
      hasSnapshots = value === 1
    },
  )
  const level = hasSnapshots ? 'SNAPSHOT' : 'READ COMMITTED'
  await batch(driver, connection, `SET TRANSACTION ISOLATION LEVEL ${level}; BEGIN TRANSACTION`)
}

function batch(driver: Driver, connection: Connection, text: string, row?: (value: unknown) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new driver.Request(text, (error) => (error ? reject(error) : resolve()))
    if (row) request.on('row', (columns: readonly { value: unknown }[]) => row(columns[0]?.value))
    connection.execSqlBatch(request)
  })
}

/** What the driver pushes, until it is taken. */
class WaitingRows implements Rows {
  columns: readonly Column[] = []
  /** Once the columns are known. */
  readonly begun: Promise<void>
  readonly #connection: Connection
  readonly #settings: Settings
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

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
    this.begun = new Promise<void>((resolve) => {
      this.#begin = resolve
    }).then(() => {
      if (this.#failure !== null) throw this.#failure
    })
  }

  request(driver: Driver, text: string): Request {
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
