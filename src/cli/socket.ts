import { existsSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cliErrors } from './errors.ts'
import type { Io } from './io.ts'

/*
 * A running node takes commands over a socket that only its user can open. One connection a command, JSON lines:
 * first {argv, cwd, isTerminal}, then back {out}, {err}, {progress} as they happen, and {status} at the end.
 */

interface CommandLine {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly isTerminal: boolean
}

type Frame =
  | { readonly out: string }
  | { readonly err: string }
  | { readonly progress: readonly [string, number, number | null] }
  | { readonly status: number }

const requestBytesMax = 1_000_000

export function socketPath(home: string): string {
  return join(home, 'node.sock')
}

/** Serves commands until closed. `run` carries one out. */
export async function serveCommands(
  home: string,
  run: (argv: readonly string[], io: Io) => Promise<number>,
): Promise<{ close(): Promise<void> }> {
  const path = socketPath(home)
  rmSync(path, { force: true })
  const server = createServer((socket) => void serveOne(socket, run))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}

async function serveOne(socket: Socket, run: (argv: readonly string[], io: Io) => Promise<number>): Promise<void> {
  socket.on('error', () => socket.destroy())
  const send = (frame: Frame) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(frame)}\n`)
  }
  const request = await readRequest(socket)
  if (!request) return void socket.destroy()
  const io: Io = {
    out: (out) => send({ out }),
    err: (err) => send({ err }),
    progress: (label, done, total) => send({ progress: [label, done, total] }),
    isTerminal: request.isTerminal,
    cwd: request.cwd,
  }
  const status = await run(request.argv, io).catch(() => {
    send({ err: 'a fault in the running node; its log has the place\n' })
    return 70
  })
  send({ status })
  socket.end()
}

async function readRequest(socket: Socket): Promise<CommandLine | null> {
  let text = ''
  for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.length > requestBytesMax) return null
    if (text.includes('\n')) break
  }
  try {
    return JSON.parse(text) as CommandLine
  } catch {
    return null
  }
}

/** Sends a command to the node that runs on this home folder; null if none does. */
export async function callNode(home: string, argv: readonly string[], io: Io): Promise<number | null> {
  const path = socketPath(home)
  if (!existsSync(path)) return null
  const socket = connect(path)
  const open = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  if (!open) return null
  const { cwd, isTerminal } = io
  socket.write(`${JSON.stringify({ argv, cwd, isTerminal } satisfies CommandLine)}\n`)
  socket.on('error', () => socket.destroy())
  for await (const line of createInterface({ input: socket })) {
    const frame = JSON.parse(line) as Frame
    if ('out' in frame) io.out(frame.out)
    else if ('err' in frame) io.err(frame.err)
    else if ('progress' in frame) io.progress(...frame.progress)
    else return frame.status
  }
  throw cliErrors('FDP_CLI_NODE_GONE')
}
