import { Presets, SingleBar } from 'cli-progress'
import type { Io } from '#cli'

const shownAfterMs = 1_000

/** This process's own terminal: data to stdout, the rest to stderr, a bar on anything over a second. */
export function terminalIo(now: () => number): Io & { finish(): void } {
  let bar: { readonly bar: SingleBar; readonly label: string } | null = null
  let current: { label: string; since: number } | null = null
  const finish = () => {
    bar?.bar.stop()
    bar = null
  }
  return {
    isTerminal: process.stdout.isTTY === true,
    cwd: process.cwd(),
    out(text) {
      finish()
      process.stdout.write(text)
    },
    err(text) {
      finish()
      process.stderr.write(text)
    },
    progress(label, done, total) {
      if (!process.stderr.isTTY) return
      if (current?.label !== label) {
        finish()
        current = { label, since: now() }
      }
      if (now() - current.since < shownAfterMs) return
      bar ??= { label, bar: startBar(label, total) }
      if (total !== null) bar.bar.setTotal(total)
      bar.bar.update(done)
    },
    finish,
  }
}

function startBar(label: string, total: number | null): SingleBar {
  const format = total === null ? `${label} | {value}` : `${label} | {bar} {percentage}% | {value} of {total}`
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  )
  bar.start(total ?? 0, 0)
  return bar
}
