import { type Clock, type Instant, msBetween, type Random, sha256Hex } from '#kernel'
import type { PendingSignIn } from '#ports'

const pendingMsMax = 10 * 60_000
const pendingMax = 10_000

/** What somebody asked for on their way to the identity provider. */
export interface Wanted {
  readonly tenant: string | null
  readonly purpose: string | null
  readonly returnTo: string
}

export interface Begun extends Wanted {
  readonly signIn: PendingSignIn
  readonly since: Instant
}

/** Sign-ins on their way, each known to the browser that began it by a secret of its own, and taken once. */
export class PendingSignIns {
  readonly #begun = new Map<string, Begun>()
  readonly #clock: Clock
  readonly #random: Random

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  add(signIn: PendingSignIn, wanted: Wanted): string {
    const id = Buffer.from(this.#random.bytes(32)).toString('base64url')
    this.#begun.set(sha256Hex(id), { ...wanted, signIn, since: this.#clock.now() })
    for (const oldest of this.#begun.keys()) if (this.#begun.size > pendingMax) this.#begun.delete(oldest)
    return id
  }

  /** Whatever comes of it, there is no second time. */
  take(id: string): Begun | null {
    const key = sha256Hex(id)
    const begun = this.#begun.get(key)
    this.#begun.delete(key)
    return begun && msBetween(begun.since, this.#clock.now()) < pendingMsMax ? begun : null
  }
}
