import { type Random, toHex } from '#kernel'
import type { SubscriptionRequest } from './subscribe-message.ts'

/** An object set that a connection watches. */
export interface Subscription {
  readonly request: SubscriptionRequest
  /** One for each listener of the client that asked for the same. */
  readonly ids: readonly string[]
}

/**
 * What one connection watches. Each message of the client replaces all; what was asked for before and is asked for again
 * keeps its id and what is known of it. The same asked for twice in one message has two ids, since the client knows its
 * listeners by id and would lose one of them; it is looked up once.
 */
export class SubscriptionBook<S extends Subscription> {
  readonly #random: Random
  #byKey = new Map<string, S>()

  constructor(random: Random) {
    this.#random = random
  }

  /** The id of each request, in their order. `make` is called for what was not asked for before. */
  replace(requests: readonly SubscriptionRequest[], make: (subscription: Subscription) => S): readonly string[] {
    const asked = Map.groupBy(requests, ({ key }) => key)
    const next = new Map<string, S>()
    for (const [key, same] of asked) {
      const known = this.#byKey.get(key)
      const ids = same.map((_, i) => known?.ids[i] ?? this.#newId())
      const request = same[0]!
      next.set(key, known ? { ...known, ids } : make({ request, ids }))
    }
    this.#byKey = next
    const given = new Map<string, number>()
    return requests.map(({ key }) => {
      const nth = given.get(key) ?? 0
      given.set(key, nth + 1)
      return next.get(key)!.ids[nth]!
    })
  }

  /** Nothing more is said of it, until it is asked for again. */
  remove(key: string): void {
    this.#byKey.delete(key)
  }

  get(key: string): S | undefined {
    return this.#byKey.get(key)
  }

  get size(): number {
    return this.#byKey.size
  }

  all(): readonly S[] {
    return [...this.#byKey.values()]
  }

  /** 128 random bits: an id says nothing about what it is the id of. */
  #newId(): string {
    return toHex(this.#random.bytes(16))
  }
}
