import { fileSource } from '#adapters/source-csv'
import { type Host, type Io, runCommand } from '#cli'
import type { World } from './world.ts'

/* The command line on the node of a world, in this process: what a command wrote, and its exit status. */

export interface Ran {
  readonly status: number
  readonly out: string
  readonly err: string
  /** What it wrote as JSON lines; empty for a terminal. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

export function hostOf({ node, home }: Pick<World, 'node' | 'home'>): Host {
  return {
    ...{ home, version: '0.0.0', adapters: node.adapters, serving: node, openFile: fileSource },
    node: async () => node,
    products: async () => [],
  }
}

export async function runOn(
  world: Pick<World, 'node' | 'home'>,
  argv: readonly string[],
  isTerminal = false,
): Promise<Ran> {
  const text = { out: '', err: '' }
  const io: Io = {
    out: (part) => void (text.out += part),
    err: (part) => void (text.err += part),
    drained: async () => undefined,
    progress: () => undefined,
    ...{ isTerminal, cwd: world.home },
  }
  const status = await runCommand(argv, io, hostOf(world))
  const lines = text.out.split('\n').filter((line) => line !== '')
  return { status, ...text, rows: isTerminal ? [] : lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}
