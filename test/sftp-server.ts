import { createHash, generateKeyPairSync } from 'node:crypto'
import { constants, type FileHandle, lstat, open, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

// biome-ignore lint/suspicious/noExplicitAny: the server's side of the package has no types
const ssh2: any = createRequire(import.meta.url)('ssh2')
const { OK, EOF, NO_SUCH_FILE, FAILURE } = ssh2.utils.sftp.STATUS_CODE

/** One for all: making one takes long. */
const hostKey = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
)

export interface SftpServer extends AsyncDisposable {
  readonly port: number
  readonly fingerprint: string
  /** How many bytes at most a read is answered with. */
  bytesMax: number
  /** Requests of this name get no answer. */
  silent: string
  readonly asked: string[]
  /** Ends every connection. */
  drop(): void
}

/** The server's side of `ssh2` over a folder of this machine, for one user with a password. Links are told as links. */
export async function sftpServer(password: string): Promise<SftpServer> {
  const shown: Buffer = ssh2.utils.parseKey(hostKey).getPublicSSH()
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const clients = new Set<any>()
  const state = { bytesMax: Number.POSITIVE_INFINITY, silent: '', asked: [] as string[] }
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client: any) => {
    clients.add(client)
    client.setNoDelay(true)
    client.on('close', () => clients.delete(client))
    client.on('error', () => {})
    // biome-ignore lint/suspicious/noExplicitAny: as above
    client.on('authentication', (context: any) =>
      context.method === 'password' && context.password === password ? context.accept() : context.reject(['password']),
    )
    client.on('ready', () =>
      // biome-ignore lint/suspicious/noExplicitAny: as above
      client.on('session', (accept: any) => accept().on('sftp', (begin: any) => serve(begin(), state))),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    fingerprint: `SHA256:${createHash('sha256').update(shown).digest('base64').replace(/=+$/, '')}`,
    drop: () => {
      for (const client of clients) client.end()
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end()
      await new Promise<void>((done) => server.close(() => done()))
    },
  })
}

type Open = FileHandle | { names: string[]; folder: string }

// biome-ignore lint/suspicious/noExplicitAny: as above
function serve(sftp: any, state: { bytesMax: number; silent: string; asked: string[] }): void {
  const handles = new Map<number, Open>()
  let next = 0
  const handled = (of: Open) => {
    handles.set(++next, of)
    const handle = Buffer.alloc(4)
    handle.writeUInt32BE(next)
    return handle
  }
  const of = (handle: Buffer) => handles.get(handle.readUInt32BE())
  const on = (name: string, work: (id: number, ...args: never[]) => Promise<void>) =>
    sftp.on(name, (id: number, ...args: never[]) => {
      state.asked.push(name)
      if (state.silent === name) return
      work(id, ...args).catch((error) => sftp.status(id, error.code === 'ENOENT' ? NO_SUCH_FILE : FAILURE))
    })
  sftp.on('close', () => {
    for (const each of handles.values()) if ('close' in each) void each.close().catch(() => {})
  })
  on('OPENDIR', async (id, path: string) => sftp.handle(id, handled({ names: await readdir(path), folder: path })))
  on('READDIR', async (id, handle: Buffer) => {
    const found = of(handle)
    if (!found || !('names' in found) || found.names.length === 0) return sftp.status(id, EOF)
    const some = found.names.splice(0, 2)
    const entries = some.map(async (name) => ({
      filename: name,
      longname: name,
      attrs: attributes(await lstat(join(found.folder, name))),
    }))
    sftp.name(id, await Promise.all(entries))
  })
  on('LSTAT', async (id, path: string) => sftp.attrs(id, attributes(await lstat(path))))
  on('OPEN', async (id, path: string) => sftp.handle(id, handled(await open(path, constants.O_RDONLY))))
  on('FSTAT', async (id, handle: Buffer) => sftp.attrs(id, attributes(await (of(handle) as FileHandle).stat())))
  on('READ', async (id, handle: Buffer, offset: number, length: number) => {
    const into = Buffer.alloc(Math.min(length, state.bytesMax))
    const { bytesRead } = await (of(handle) as FileHandle).read(into, 0, into.length, offset)
    if (bytesRead === 0) sftp.status(id, EOF)
    else sftp.data(id, into.subarray(0, bytesRead))
  })
  on('CLOSE', async (id, handle: Buffer) => {
    const found = of(handle)
    handles.delete(handle.readUInt32BE())
    if (found && 'close' in found) await found.close()
    sftp.status(id, OK)
  })
}

function attributes(found: Awaited<ReturnType<typeof lstat>>) {
  const seconds = (ms: number) => Math.floor(ms / 1_000)
  const { mode, uid, gid, size } = found
  return { mode, uid, gid, size, atime: seconds(Number(found.atimeMs)), mtime: seconds(Number(found.mtimeMs)) }
}
