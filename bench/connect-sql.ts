/**
 * Rows a second from PostgreSQL to delimited text: asked as a connection, beside `COPY … TO STDOUT` by psql, which does no
 * more than write down what comes; and the same again as changes laid over the last answer. Needs PostgreSQL.
 *
 *   node_modules/.bin/node bench/connect-sql.ts [rows]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { postgresKind } from '#adapters/connect-sql'
import { bytesOf, question } from '../test/contract/connection-ask.ts'
import { postgresFolder, startPostgres } from '../test/postgres-server.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const select = 'SELECT id, nhs_number, name, born, weight, changed_at FROM patients'
const password = 'bench'

const programs = await postgresFolder()
if (programs === null) throw new Error('PostgreSQL is not installed (Debian and Ubuntu: `apt-get install postgresql`)')
await using server = await startPostgres(programs)
await server.run(`
  CREATE ROLE reader LOGIN PASSWORD '${password}';
  CREATE TABLE patients AS SELECT i AS id, (9000000000 + i)::text AS nhs_number, 'Name, of ' || md5(i::text) AS name,
    date '1930-01-01' + i % 30000 AS born, (i % 1000) / 7.0::numeric AS weight,
    timestamptz '2026-01-01' + i * interval '1 second' AS changed_at FROM generate_series(1, ${rows}) AS i;
  ANALYZE patients;
  GRANT SELECT ON patients TO reader`)
const connection = postgresKind.open(
  {
    ...{ host: '127.0.0.1', port: server.port, database: 'postgres', user: 'reader', passwordFile: 'password' },
    ...{ tls: 'off', connectSecondsMax: 15, statementSecondsMax: 3_600, idleSecondsMax: 300 },
  },
  () => password,
)

async function copied(): Promise<number> {
  const address = `postgresql://reader:${password}@127.0.0.1:${server.port}/postgres?sslmode=disable`
  const copy = ['-c', `COPY (${select}) TO STDOUT (FORMAT csv, HEADER)`]
  const child = spawn(join(programs!, 'psql'), [address, ...copy], { stdio: ['ignore', 'pipe', 'inherit'] })
  let bytes = 0
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error('psql failed')
  return bytes
}

async function asked(text: string, before: Buffer | null = null): Promise<number> {
  let bytes = 0
  const answer = await connection.ask!({
    ...question(text),
    before: before && { day: question(text).day, open: () => inPieces(before) },
  })
  for await (const piece of answer.source.open()) bytes += piece.length
  return bytes
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 262_144) yield bytes.subarray(at, at + 262_144)
}

async function timed(what: string, work: () => Promise<number>): Promise<void> {
  const seconds: number[] = []
  let bytes = 0
  for (let run = 0; run < 3; run++) {
    const began = process.hrtime.bigint()
    bytes = await work()
    seconds.push(Number(process.hrtime.bigint() - began) / 1e9)
  }
  const median = seconds.toSorted((a, b) => a - b)[1]!
  console.log(`${what}: ${Math.round(rows / median)} rows/s, ${(bytes / median / 1e6).toFixed(1)} MB/s`)
}

const changes = `-- key: id\n-- changed: changed_at\n${select}
  WHERE :since::timestamptz IS NULL OR changed_at >= :since::timestamptz - interval '1 hour'`
await timed('COPY … TO STDOUT by psql', copied)
await timed('asked for everything', () => asked(select))
const before = await bytesOf(await connection.ask!(question(changes)))
await timed('asked for 3,600 changes, laid over the last answer', () => asked(changes, before))
await connection.close()
