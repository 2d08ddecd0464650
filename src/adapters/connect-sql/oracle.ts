import { type Static, Type } from '@sinclair/typebox'
import type { BindParameters, Connection, ConnectionAttributes, ResultSet } from 'oracledb'
import type { ConnectionKind } from '#ports'
import { databaseConnection } from './database-connection.ts'
import { sqlErrors } from './errors.ts'
import { type OracleColumn, oracleCell, oracleQuery, unreadableType } from './oracle-cells.ts'
import { oracleError } from './oracle-error.ts'
import { type Cell, type Column, checkColumns, type Database, type Rows } from './rows.ts'
import { databaseSettings, passwordOf, refuseClear } from './settings.ts'
import { oracleSyntax } from './statement.ts'
import { within } from './time-limit.ts'

const Settings = databaseSettings(1521, {
  service: Type.String({ pattern: '^[A-Za-z0-9._$#-]{1,200}$', description: 'The name of the service on it.' }),
  walletFile: Type.Optional(
    Type.String({
      maxLength: 1_000,
      description: 'An `ewallet.pem`, where its certificate needs one; it holds a key of this side as well.',
    }),
  ),
})
type Settings = Static<typeof Settings>
type Driver = typeof import('oracledb')

const batchRows = 1_000

export const oracleKind: ConnectionKind<typeof Settings> = {
  settings: Settings,
  open: (settings, secret) => databaseConnection(oracleDatabase(settings, secret)),
}

function oracleDatabase(settings: Settings, secret: (file: string) => string): Database {
  return {
    syntax: oracleSyntax,
    async query(text, values) {
      refuseClear(settings)
      const { default: driver } = await import('oracledb')
      let connection: Connection | null = null
      let isGivenUp = false
      try {
        const signingIn = driver.getConnection(attributes(settings, secret))
        signingIn.then(
          (late) => isGivenUp && end(late),
          () => {},
        )
        connection = await within(settings, 'connectSecondsMax', signingIn)
        await within(settings, 'connectSecondsMax', begin(connection))
        return await within(settings, 'statementSecondsMax', run(driver, connection, settings, text, values))
      } catch (error) {
        isGivenUp = true
        if (connection) end(connection)
        throw oracleError(error, settings, connection !== null)
      }
    },
  }
}

/** The settings as the driver has them. */
export function attributes(settings: Settings, secret: (file: string) => string): ConnectionAttributes {
  const { host, port, service, user, tls, walletFile, connectSecondsMax } = settings
  if (!/^[A-Za-z0-9._:-]+$/.test(host)) throw sqlErrors('FDP_SQL_AWAY', { what: 'the name of the host' })
  const address = `${tls === 'off' ? 'tcp' : 'tcps'}://${host.includes(':') ? `[${host}]` : host}:${port}/${service}`
  return {
    ...{ user, password: passwordOf(settings, secret), connectString: address, sslServerDNMatch: true },
    ...{ connectTimeout: connectSecondsMax, transportConnectTimeout: connectSecondsMax },
    ...(walletFile === undefined ? {} : { walletContent: secret(walletFile) }),
  }
}

/** One snapshot, which nothing can write in. */
async function begin(connection: Connection): Promise<void> {
  await connection.execute("ALTER SESSION SET TIME_ZONE = 'UTC'")
  await connection.execute('SET TRANSACTION READ ONLY')
}

async function run(
  driver: Driver,
  connection: Connection,
  settings: Settings,
  text: string,
  values: Parameters<Database['query']>[1],
): Promise<Rows> {
  const info = await connection.getStatementInfo(text)
  if (info.statementType !== driver.STMT_TYPE_SELECT) throw sqlErrors('FDP_SQL_STATEMENT', { what: 'it is no SELECT' })
  const found = info.metaData ?? []
  const columns = found.map((column): Column => ({ name: column.name, unreadable: unreadableType(column) }))
  // Before the names are put into a statement.
  checkColumns(columns)
  const binds: BindParameters = Object.fromEntries(
    values.map(({ name, value }) => [name, { type: driver.STRING, val: value }]),
  )
  const { resultSet } = await connection.execute<unknown[]>(oracleQuery(text, found), binds, {
    ...{ resultSet: true, outFormat: driver.OUT_FORMAT_ARRAY, fetchArraySize: batchRows, prefetchRows: batchRows },
    fetchTypeHandler: (column) => (column.dbTypeName?.startsWith('BINARY_') ? undefined : { type: driver.STRING }),
  })
  if (!resultSet) throw sqlErrors('FDP_SQL_STATEMENT', { what: 'it gives no rows' })
  return rowsOf(connection, resultSet, settings, columns, found)
}

function rowsOf(
  connection: Connection,
  resultSet: ResultSet<unknown[]>,
  settings: Settings,
  columns: readonly Column[],
  found: readonly OracleColumn[],
): Rows {
  let isOver = false
  return {
    columns,
    async next() {
      if (isOver) return null
      try {
        const rows = await within(settings, 'idleSecondsMax', resultSet.getRows(batchRows))
        isOver = rows.length < batchRows
        return rows.map((row): Cell[] => row.map((value, i) => oracleCell(value, found[i]!)))
      } catch (error) {
        end(connection)
        throw oracleError(error, settings)
      }
    },
    close: async () => end(connection),
  }
}

/** Not waited for: a server that is gone would never answer. */
function end(connection: Connection): void {
  connection.close({ drop: true }).catch(() => {})
}
