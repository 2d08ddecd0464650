import { type Static, Type } from '@sinclair/typebox'
import type { Connection, ConnectionConfiguration } from 'tedious'
import type { ConnectionKind } from '#ports'
import { databaseConnection } from './database-connection.ts'
import type { Database } from './rows.ts'
import { caFile, databaseSettings, passwordOf, refuseClear } from './settings.ts'
import { sqlServerError } from './sql-server-error.ts'
import { WaitingRows } from './sql-server-rows.ts'
import { sqlServerSyntax } from './statement.ts'
import { within } from './time-limit.ts'

const Settings = databaseSettings(1433, {
  database: Type.String({ minLength: 1, maxLength: 200, description: 'The database on it.' }),
  ...caFile,
})
type Settings = Static<typeof Settings>
type Driver = typeof import('tedious')

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
