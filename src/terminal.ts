import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Presets, SingleBar } from 'cli-progress'
import type { Io } from '#cli'

const shownAfterMs = 1_000

/** This process's own terminal: data to stdout, the rest to stderr, a bar on anything over a second. */
export function terminalIo(now: () => number): Io & { finish(): void } {
  let bar: SingleBar | null = null
  let current: { label: string; since: number } | null = null
  const finish = () => {
    bar?.stop()
    bar = null
  }
  // `./fdp … | head` closes the pipe when it has seen enough: no error of ours, and nothing more to do.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    finish()
    process.exit(0)
  })
  return {
    isTerminal: process.stdout.isTTY === true,
    ...(process.stdin.isTTY === true && process.stderr.isTTY === true ? { ask } : {}),
    cwd: process.cwd(),
    out(text) {
      finish()
      process.stdout.write(text)
    },
    err(text) {
      finish()
      process.stderr.write(text)
    },
    async drained() {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
    },
    progress(label, done, total) {
      if (!process.stderr.isTTY) return
      if (current?.label !== label) {
        finish()
        current = { label, since: now() }
      }
      if (now() - current.since < shownAfterMs) return
      bar ??= startBar(label, total)
      if (total !== null) bar.setTotal(total)
      bar.update(done)
    },
    finish,
  }
}

/** On stderr, so that what a command gives stays alone on stdout. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await lines.question(question)).trim()
  } finally {
    lines.close()
  }
}

function startBar(label: string, total: number | null): SingleBar {
  const format = total === null ? `${label} | {value}` : `${label} | {bar} {percentage}% | {value} of {total}`
  const options = { format, stream: process.stderr, hideCursor: true, clearOnComplete: true }
  const bar = new SingleBar(options, Presets.shades_classic)
  bar.start(total ?? 0, 0)
  return bar
}
