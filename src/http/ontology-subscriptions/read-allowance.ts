import { type Clock, type Instant, msBetween } from '#kernel'
import { connectionLimits } from './connection-limits.ts'

const windowMs = 60_000

/** How many more reads may be made for one connection within this minute. */
export class ReadAllowance {
  readonly #clock: Clock
  #since: Instant
  #taken = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  /** Takes one; false where none is left. */
  take(): boolean {
    const now = this.#clock.now()
    if (msBetween(this.#since, now) >= windowMs) {
      this.#since = now
      this.#taken = 0
    }
    if (this.#taken >= connectionLimits.readsPerMinuteMax) return false
    this.#taken += 1
    return true
  }
}
