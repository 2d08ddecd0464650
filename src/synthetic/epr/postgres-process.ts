import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const triesMax = 200
const betweenTriesMs = 50

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

export interface PostgresOptions {
  /** The folder of its programs. */
  readonly programs: string
  readonly superuser: string
  /** Any that is free, unless given. */
  readonly port?: number
  readonly settings?: readonly string[]
  /** Before it starts: files for its folder, which are to be whose it runs as. */
  prepare?(data: string, own: (file: string) => Promise<void>): Promise<void>
}

export interface PostgresProcess extends AsyncDisposable {
  readonly port: number
  /** The folder of its socket, on which the superuser needs no password. */
  readonly socket: string
  /** Runs statements as the superuser, by its own client. */
  script(statements: string): Promise<void>
  stop(): Promise<void>
}

/** A PostgreSQL in a folder of its own, for this machine alone, which is gone afterwards; flushes nothing. */
export async function openPostgres(options: PostgresOptions): Promise<PostgresProcess> {
  const { programs, superuser, settings = [], prepare } = options
  const folder = await mkdtemp(join(tmpdir(), 'fdp-pg-'))
  const owner = await ownerOf(folder)
  const data = join(folder, 'data')
  const as = { ...owner, cwd: folder, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } }
  let server: ChildProcess | null = null
  const kill = () => server?.kill('SIGKILL')
  const stop = async () => {
    process.off('exit', kill)
    if (server === null || server.exitCode !== null) return
    server.kill('SIGINT')
    await once(server, 'exit')
  }
  const remove = async () => {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const access = ['--auth-local=trust', '--auth-host=scram-sha-256', `--username=${superuser}`]
    await run(join(programs, 'initdb'), ['-D', data, '-E', 'UTF8', '--no-sync', '--no-instructions', ...access], as)
    await prepare?.(data, async (file) => {
      if (owner) await chown(file, owner.uid, owner.gid)
    })
    const port = options.port ?? (await freePort())
    const here = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off', `port=${port}`]
    const set = [...here, ...settings].flatMap((each) => ['-c', each])
    server = spawn(join(programs, 'postgres'), ['-D', data, ...set], { ...as, stdio: 'ignore' })
    process.once('exit', kill)
    const script = (statements: string) => scripted(programs, [folder, String(port), superuser], statements)
    await untilAnswers(server, () => script('SELECT 1;'))
    return { port, socket: folder, script, stop, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Statements go in by a pipe, so that none stands in a list of processes; nothing that it says is in the error. */
async function scripted(
  programs: string,
  [host = '', port = '', user = '']: readonly string[],
  statements: string,
): Promise<void> {
  const to = ['-h', host, '-p', port, '-U', user, '-d', 'postgres']
  const client = spawn(join(programs, 'psql'), ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...to, '-f', '-'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  client.stdin.on('error', () => {})
  client.stdin.end(statements)
  const [code] = await once(client, 'close')
  if (code !== 0) throw new Error('PostgreSQL did not take the statements')
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

async function untilAnswers(server: ChildProcess, attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await attempt()
      return
    } catch (error) {
      if (tries > triesMax || server.exitCode !== null) throw error
    }
    await wait(betweenTriesMs)
  }
}

/** A port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
