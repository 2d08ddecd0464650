import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { cliErrors } from './errors.ts'
import { type CommandLine, type Frame, linesOf, readCommandLine } from './frames.ts'
import type { Io } from './io.ts'

/** What a socket address holds on the smallest of our systems, the closing zero byte taken off. */
const pathBytesMax = 103
/** What a slow reader may leave unread before a command waits for it. */
const unreadBytesMax = 4 * 1024 ** 2
const closeWaitMsMax = 10_000
const connectionsMax = 64

type Run = (argv: readonly string[], io: Io) => Promise<number>

export function socketPath(home: string): string {
  return join(home, 'node.sock')
}

export interface CommandServer {
  /** Takes no more commands, and waits a while for those on their way. */
  close(): Promise<void>
}

/** Serves commands until closed; `run` carries one out. FDP_CLI_HOME_TOO_LONG. The caller holds the writer's lock. */
export async function serveCommands(home: string, run: Run, closeWaitMs = closeWaitMsMax): Promise<CommandServer> {
  const path = socketPath(home)
  const bytes = Buffer.byteLength(path)
  if (bytes > pathBytesMax) throw cliErrors('FDP_CLI_HOME_TOO_LONG', { bytes, bytesMax: pathBytesMax })
  // A node that was killed leaves its socket behind; nobody else can be listening while we hold the lock.
  rmSync(path, { force: true })
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    void serveOne(socket, run)
  })
  server.maxConnections = connectionsMax
  await listenPrivately(server, path)
  return { close: () => closeServer(server, open, closeWaitMs) }
}

/** The mask keeps others out from the first moment on, where a change of mode afterwards would come late. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o177)
  try {
    const listening = once(server, 'listening')
    server.listen(path)
    await listening
  } finally {
    process.umask(mask)
  }
}

async function closeServer(server: Server, open: ReadonlySet<Socket>, waitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const late = setTimeout(() => {
    for (const socket of open) socket.destroy()
  }, waitMs)
  await closed
  clearTimeout(late)
}

async function serveOne(socket: Socket, run: Run): Promise<void> {
  socket.on('error', () => socket.destroy())
  const request = await firstLine(socket)
  if (!request) return void socket.destroy()
  const send = (frame: Frame) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(frame)}\n`)
  }
  const { isTerminal, cwd } = request
  const status = await run(request.argv, {
    out: (out) => send({ out }),
    err: (err) => send({ err }),
    progress: (label, done, total) => send({ progress: [label, done, total] }),
    drained: () => drained(socket),
    ...{ isTerminal, cwd },
  })
  send({ status })
  socket.end()
}

async function firstLine(socket: Socket): Promise<CommandLine | null> {
  try {
    for await (const line of linesOf(socket)) return readCommandLine(line)
  } catch {
    return null
  }
  return null
}

async function drained(socket: Socket): Promise<void> {
  while (!socket.destroyed && socket.writableLength > unreadBytesMax) {
    await Promise.race([once(socket, 'drain'), once(socket, 'close')])
  }
  if (socket.destroyed) throw cliErrors('FDP_CLI_STOPPED')
}

/** Sends a command to the node that runs on this home folder; null if none does. FDP_CLI_NODE_GONE. */
export async function callNode(home: string, argv: readonly string[], io: Io): Promise<number | null> {
  const path = socketPath(home)
  if (!existsSync(path)) return null
  const socket = connect(path)
  const open = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  if (!open) return null
  // What went wrong shows as an end without a status.
  socket.on('error', () => socket.destroy())
  const { cwd, isTerminal } = io
  socket.write(`${JSON.stringify({ argv, cwd, isTerminal } satisfies CommandLine)}\n`)
  try {
    for await (const line of linesOf(socket)) {
      const frame = JSON.parse(line) as Frame
      if ('status' in frame) return frame.status
      if ('out' in frame) io.out(frame.out)
      else if ('err' in frame) io.err(frame.err)
      else io.progress(...frame.progress)
      await io.drained()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  } finally {
    socket.destroy()
  }
  throw cliErrors('FDP_CLI_NODE_GONE')
}
