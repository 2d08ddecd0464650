import { type Clock, type Instant, type JsonObject, limits, msBetween } from '#kernel'
import type { Ledger } from '#ledger'

interface Window {
  readonly since: Instant
  written: number
  dropped: number
}

export interface Refusal {
  readonly subject: string
  readonly purpose: string
  /** Codes only, for the governance part. */
  readonly reasons: readonly string[]
  /** Levels that were tried, so that an audit can decide the same again. */
  readonly levels: readonly string[]
  /** The last entry that the decision knew of. */
  readonly upTo: number
  /** What was refused, if not reading. */
  readonly action?: 'edit'
  /** What was asked, for the erasable part: the words are the caller's and could be anything. */
  readonly asked: JsonObject
}

const windowMs = 60_000
const subjectsMax = 10_000

/**
 * Writes refusals to the ledger: one by one up to a rate for each subject, then one summary a minute, so that a flood
 * of refusals can neither hide in the log nor fill it. A refusal that cannot be written is still a refusal.
 */
export class Refusals {
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger
    this.#clock = clock
  }

  async write(refusal: Refusal): Promise<void> {
    const window = await this.#window(refusal.subject)
    if (window.written >= limits.refusalsPerMinuteMax) {
      window.dropped += 1
      return
    }
    window.written += 1
    const { asked, ...governance } = refusal
    await this.#ledger.append({ type: 'read.refused', governance: { ...governance }, detail: { asked } })
  }

  /** Writes the summaries that are due; called when the gate closes. */
  async flush(): Promise<void> {
    for (const subject of [...this.#windows.keys()]) await this.#close(subject)
  }

  async #window(subject: string): Promise<Window> {
    const now = this.#clock.now()
    const open = this.#windows.get(subject)
    if (open && msBetween(open.since, now) < windowMs) return open
    await this.#close(subject)
    if (this.#windows.size >= subjectsMax) await this.flush()
    const fresh = { since: now, written: 0, dropped: 0 }
    this.#windows.set(subject, fresh)
    return fresh
  }

  async #close(subject: string): Promise<void> {
    const window = this.#windows.get(subject)
    this.#windows.delete(subject)
    if (!window || window.dropped === 0) return
    await this.#ledger.append({
      type: 'read.refusals-summarised',
      governance: { subject, since: window.since, refusals: window.dropped },
    })
  }
}
