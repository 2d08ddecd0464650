import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { openPostgres, type PostgresProcess, postgresFolder } from '#synthetic'
import { selfSigned } from './self-signed.ts'

export { postgresFolder }

/** Runs a suite against a server of its own; where PostgreSQL is not installed it is skipped loudly, and in CI that is a failure. */
export async function onPostgres(suite: (server: PostgresServer) => void | Promise<void>): Promise<void> {
  const programs = await postgresFolder()
  if (programs !== null) {
    const server = await startPostgres(programs)
    after(() => server[Symbol.asyncDispose]())
    await suite(server)
    return
  }
  if (process.env.CI) throw new Error('PostgreSQL is missing in CI')
  test('against PostgreSQL', { skip: 'not installed (Debian and Ubuntu: `apt-get install postgresql`)' }, () => {})
}

/** The superuser is `root_of_tests`. */
export interface PostgresServer extends PostgresProcess {
  /** The certificate by which it speaks TLS, for 127.0.0.1. */
  readonly certificate: string
  /** Runs statements as superuser; the rows of the last one. */
  run(statements: string): Promise<readonly Record<string, unknown>[]>
}

const superuser = 'root_of_tests'

/** A server of its own in a folder of its own, which is gone afterwards. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const { key, cert } = selfSigned('postgres')
  const server = await openPostgres({
    ...{ programs, superuser, settings: ['ssl=on'] },
    async prepare(data, own) {
      for (const [name, text] of [
        ['server.key', key],
        ['server.crt', cert],
      ] as const) {
        await writeFile(join(data, name), text, { mode: 0o600 })
        await own(join(data, name))
      }
    },
  })
  return { ...server, certificate: cert, run: (statements) => runAs(server, statements) }
}

async function runAs(
  { socket: host, port }: PostgresProcess,
  statements: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ host, port, user: superuser, database: 'postgres', ssl: false })
  client.on('error', () => {})
  await client.connect()
  try {
    const results = [await client.query<Record<string, unknown>>(statements)].flat()
    return results.at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}
