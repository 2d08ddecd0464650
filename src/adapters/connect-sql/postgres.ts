import { type Static, Type } from '@sinclair/typebox'
import type { Client, QueryArrayResult } from 'pg'
import type { ConnectionKind } from '#ports'
import { databaseConnection } from './database-connection.ts'
import { endOnNonsense } from './end-on-nonsense.ts'
import { sqlErrors } from './errors.ts'
import { postgresError } from './postgres-error.ts'
import type { Cell, Column, Database, Rows } from './rows.ts'
import { caFile, databaseSettings, passwordOf, refuseClear } from './settings.ts'
import { postgresSyntax } from './statement.ts'
import { within } from './time-limit.ts'

const Settings = databaseSettings(5432, {
  database: Type.String({ minLength: 1, maxLength: 200, description: 'The database on it.' }),
  ...caFile,
})
type Settings = Static<typeof Settings>

/** What one round trip is to bring: a row of usual length is far below a kilobyte. */
const batchBytes = 1_000_000
const batchRowsMax = 5_000
const firstRows = 100

/** Types without a text that anybody reads, by their number in pg_type. */
const unreadable = new Map([[17, 'bytea']])

const text = { getTypeParser: () => (value: string) => value }

/** A host that begins with `/` is the folder of a socket, on which there is no TLS. */
export const postgresKind: ConnectionKind<typeof Settings> = {
  settings: Settings,
  open: (settings, secret) => databaseConnection(postgresDatabase(settings, secret)),
}

function postgresDatabase(settings: Settings, secret: (file: string) => string): Database {
  return {
    syntax: postgresSyntax,
    async query(statement, values) {
      refuseClear(settings)
      const client = await clientFor(settings, secret)
      try {
        await within(settings, 'connectSecondsMax', client.connect())
        await within(settings, 'connectSecondsMax', begin(client, settings))
        await within(
          settings,
          'statementSecondsMax',
          declare(
            client,
            statement,
            values.map(({ value }) => value),
          ),
        )
        return await firstOf(client, settings)
      } catch (error) {
        client.connection.stream.destroy()
        throw postgresError(error, settings)
      }
    },
  }
}

async function clientFor(settings: Settings, secret: (file: string) => string): Promise<Client> {
  const { Client } = await import('pg')
  const { host, port, database, user } = settings
  const ca = settings.caFile === undefined ? {} : { ca: secret(settings.caFile) }
  const password = passwordOf(settings, secret)
  const client = new Client({
    ...{ host, port, database, user, application_name: 'openfdp', keepAlive: true },
    // A function, so that neither the environment nor a file of the home folder gives another.
    password: () => password,
    ssl: settings.tls === 'off' || host.startsWith('/') ? false : { rejectUnauthorized: true, ...ca },
  })
  // Whoever waits for rows is told; nobody waits between them.
  client.on('error', () => {})
  if (!client.ssl) endOnNonsense(client.connection.stream)
  client.connection.on('sslconnect', () => endOnNonsense(client.connection.stream))
  return client
}

/** One snapshot, which nothing can write in; every value in one form, whatever the server prefers. */
async function begin(client: Client, { statementSecondsMax }: Settings): Promise<void> {
  const set = {
    ...{ DateStyle: 'ISO, YMD', IntervalStyle: 'iso_8601', TimeZone: 'UTC', extra_float_digits: '3' },
    // Everything is fetched, so the plan that ends first is best, not the one that begins first.
    cursor_tuple_fraction: '1',
    // The server's own ends, should it not learn that nobody waits.
    statement_timeout: `${statementSecondsMax}s`,
    idle_in_transaction_session_timeout: `${statementSecondsMax}s`,
  }
  await client.query(
    [
      'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY',
      ...Object.entries(set).map(([name, value]) => `SET LOCAL ${name} = '${value}'`),
    ].join('; '),
  )
  const { rows } = await client.query<{ encoding: string }>("SELECT current_setting('server_encoding') AS encoding")
  if (rows[0]?.encoding === 'SQL_ASCII') throw sqlErrors('FDP_SQL_ENCODING')
}

/**
 * What is no SELECT cannot be declared; parameters are bound with the declaration. Never by the simple protocol, in which a
 * second statement may follow the first and end the transaction.
 */
async function declare(client: Client, statement: string, values: readonly Cell[]): Promise<void> {
  const text = `DECLARE fdp NO SCROLL CURSOR FOR ${statement}`
  const declaration = { text, values: [...values], queryMode: 'extended' }
  await client.query(declaration)
}

async function firstOf(client: Client, settings: Settings): Promise<Rows> {
  const first = await within(settings, 'statementSecondsMax', fetch(client, firstRows))
  let ready: Cell[][] | null = first.rows
  let asked = firstRows
  let isOver = false
  return {
    columns: first.fields.map(
      ({ name, dataTypeID }): Column => ({ name, unreadable: unreadable.get(dataTypeID) ?? null }),
    ),
    async next() {
      if (isOver) return null
      const rows = ready ?? (await more(client, settings, asked))
      ready = null
      isOver = rows.length < asked
      asked = rowsNext(rows)
      return rows
    },
    close: async () => end(client),
  }
}

async function more(client: Client, settings: Settings, rows: number): Promise<Cell[][]> {
  try {
    return (await within(settings, 'idleSecondsMax', fetch(client, rows))).rows
  } catch (error) {
    client.connection.stream.destroy()
    throw postgresError(error, settings)
  }
}

async function fetch(client: Client, rows: number): Promise<QueryArrayResult<Cell[]>> {
  return await client.query<Cell[]>({ text: `FETCH ${rows} FROM fdp`, rowMode: 'array', types: text })
}

/** By the length of the rows before, so that memory is bounded by bytes. */
function rowsNext(rows: readonly (readonly Cell[])[]): number {
  let length = 1
  for (const row of rows) for (const cell of row) length += cell?.length ?? 0
  return Math.min(batchRowsMax, Math.max(1, Math.floor((batchBytes * rows.length) / length)))
}

/** Says farewell, and does not wait long for an answer. */
function end(client: Client): void {
  client.end().catch(() => {})
  setTimeout(() => client.connection.stream.destroy(), 5_000).unref()
}
