import {
  addMs,
  type Clock,
  equalBytes,
  type Instant,
  type PurposeId,
  type Random,
  type SubjectId,
  sha256,
  sha256Hex,
} from '#kernel'
import type { ProvedIdentity } from '#ports'

export const sessionMsMax = 8 * 3_600_000
export const idleMsMax = 30 * 60_000
const sessionsMax = 10_000
const idPattern = /^[A-Za-z0-9_-]{43}$/

/** Somebody who proved who they are, in one browser. Never a right: every request looks them up in the register again. */
export interface Session {
  readonly subject: SubjectId
  readonly issuer: string
  readonly strength: ProvedIdentity['strength']
  readonly authenticatedAt: Instant | null
  /** What a page of ours must send with whatever changes something. */
  readonly csrf: string
  readonly until: Instant
  readonly idleUntil: Instant
  /** What they act for now, by tenant. */
  readonly purposes: ReadonlyMap<string, PurposeId>
}

interface Kept extends Session {
  idleUntil: Instant
  readonly purposes: Map<string, PurposeId>
}

/** In memory only: a restart ends them all. Known by the hash of their id, so that memory gives no id away. */
export class Sessions {
  readonly #kept = new Map<string, Kept>()
  readonly #clock: Clock
  readonly #random: Random

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** A new session and its id of 256 random bits; the oldest gives way beyond the limit. */
  begin(subject: SubjectId, proved: ProvedIdentity, purposes: readonly (readonly [string, PurposeId])[]): string {
    const id = this.#secret()
    const now = this.#clock.now()
    const { issuer, strength, authenticatedAt } = proved
    this.#kept.set(sha256Hex(id), {
      ...{ subject, issuer, strength, authenticatedAt, csrf: this.#secret(), purposes: new Map(purposes) },
      ...{ until: addMs(now, sessionMsMax), idleUntil: addMs(now, idleMsMax) },
    })
    for (const oldest of this.#kept.keys()) if (this.#kept.size > sessionsMax) this.#kept.delete(oldest)
    return id
  }

  /** The session of an id, which this look keeps alive; null when it ended or never was. */
  find(id: string): Session | null {
    const key = keyOf(id)
    const kept = key === null ? undefined : this.#kept.get(key)
    if (key === null || !kept) return null
    const now = this.#clock.now()
    if (now >= kept.until || now >= kept.idleUntil) {
      this.#kept.delete(key)
      return null
    }
    kept.idleUntil = addMs(now, idleMsMax)
    return kept
  }

  choose(id: string, tenant: string, purpose: PurposeId): void {
    this.#kept.get(keyOf(id) ?? '')?.purposes.set(tenant, purpose)
  }

  end(id: string): void {
    this.#kept.delete(keyOf(id) ?? '')
  }

  #secret(): string {
    return Buffer.from(this.#random.bytes(32)).toString('base64url')
  }
}

/** In a time that does not depend on where two texts differ. */
export function sameSecret(given: string, expected: string): boolean {
  return equalBytes(sha256(given), sha256(expected))
}

function keyOf(id: string): string | null {
  return idPattern.test(id) ? sha256Hex(id) : null
}
