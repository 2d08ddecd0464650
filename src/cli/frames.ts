import type { Socket } from 'node:net'

/*
 * A running node takes commands over a socket that only its user can open. One connection a command, one JSON document a
 * line: first a CommandLine, then back frames as they happen, with the status at the end.
 */

export interface CommandLine {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly isTerminal: boolean
}

export type Frame =
  | { readonly out: string }
  | { readonly err: string }
  | { readonly progress: readonly [string, number, number | null] }
  | { readonly status: number }

/** Far above any command line or any part that a command writes at once. */
const lineCharactersMax = 64 * 1024 ** 2

/** Lines of a socket, ended by a line feed alone: text in a frame may hold any other kind of line break. */
export async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    if (rest.length > lineCharactersMax) throw new RangeError('a line too long')
    yield* parts
  }
}

export function readCommandLine(line: string): CommandLine | null {
  try {
    const { argv, cwd, isTerminal } = JSON.parse(line) as CommandLine
    const isSound = Array.isArray(argv) && argv.every((word) => typeof word === 'string') && typeof cwd === 'string'
    return isSound ? { argv, cwd, isTerminal: isTerminal === true } : null
  } catch {
    return null
  }
}
