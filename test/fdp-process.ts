import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

export interface Finished {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** The command line as a person runs it: a process of its own on a home folder. */
export function fdp(home: string, argv: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const child = startFdp(home, argv, env)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, out, err }))
  })
}

export function startFdp(home: string, argv: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FDP_HOME: home, ...env },
  })
}

/** The JSON documents of an output, one a line. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
