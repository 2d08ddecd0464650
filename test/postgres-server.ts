import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { selfSigned } from './self-signed.ts'

const run = promisify(execFile)

/** Where PostgreSQL's own programs are, which Debian puts on no path. */
export async function postgresFolder(): Promise<string | null> {
  const debian = '/usr/lib/postgresql'
  const versions = await readdir(debian).catch((): string[] => [])
  const folders = versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin'))
  for (const folder of [...folders, ...(process.env.PATH ?? '').split(':')]) {
    const names = await readdir(folder).catch((): string[] => [])
    if (names.includes('initdb') && names.includes('postgres')) return folder
  }
  return null
}

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

export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** The folder of its socket, on which the superuser `root_of_tests` needs no password. */
  readonly socket: string
  /** The certificate by which it speaks TLS, for 127.0.0.1. */
  readonly certificate: string
  /** Runs statements as superuser; the rows of the last one. */
  run(statements: string): Promise<readonly Record<string, unknown>[]>
  stop(): Promise<void>
}

/** A server of its own in a folder of its own, which is gone afterwards; flushes nothing. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-pg-'))
  const { key, cert } = selfSigned('postgres')
  const owner = await ownerOf(folder)
  const data = join(folder, 'data')
  const options = { ...owner, cwd: folder, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } }
  let server: ChildProcess | null = null
  const stop = async () => {
    if (server === null || server.exitCode !== null) return
    server.kill('SIGINT')
    await once(server, 'exit')
  }
  try {
    const access = ['--auth-local=trust', '--auth-host=scram-sha-256', '--username=root_of_tests']
    await run(
      join(programs, 'initdb'),
      ['-D', data, '-E', 'UTF8', '--no-sync', '--no-instructions', ...access],
      options,
    )
    for (const [name, text] of [
      ['server.key', key],
      ['server.crt', cert],
    ] as const) {
      await writeFile(join(data, name), text, { mode: 0o600 })
      if (owner) await chown(join(data, name), owner.uid, owner.gid)
    }
    const port = await freePort()
    const set = [
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'fsync=off',
      'ssl=on',
      `port=${port}`,
    ]
    server = spawn(join(programs, 'postgres'), ['-D', data, ...set.flatMap((each) => ['-c', each])], {
      ...{ ...options, stdio: 'ignore' },
    })
    process.once('exit', () => server?.kill('SIGKILL'))
    const runHere = (statements: string) => runAs(folder, port, statements)
    await untilAnswers(() => runHere('SELECT 1'))
    return {
      ...{ port, socket: folder, certificate: cert, run: runHere, stop },
      async [Symbol.asyncDispose]() {
        await stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await stop()
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** PostgreSQL refuses to run as root: there, everything is done as `nobody`. */
async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null
  const [uid = 0, gid = 0] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)),
  )
  await chown(folder, uid, gid)
  return { uid, gid }
}

async function runAs(host: string, port: number, statements: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ host, port, user: 'root_of_tests', database: 'postgres', ssl: false })
  client.on('error', () => {})
  await client.connect()
  try {
    const results = [await client.query<Record<string, unknown>>(statements)].flat()
    return results.at(-1)?.rows ?? []
  } finally {
    await client.end()
  }
}

async function untilAnswers(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await attempt()
      return
    } catch (error) {
      if (tries > 200) throw error
    }
    await wait(50)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
