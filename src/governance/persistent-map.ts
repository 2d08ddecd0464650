const bucketCount = 1_024
const none: readonly (ReadonlyMap<string, never> | undefined)[] = Object.freeze(new Array(bucketCount).fill(undefined))

/**
 * An immutable map from text to values. `set` copies one bucket of 1,024 and leaves the old map as it was, so a state
 * after each of a million events shares nearly everything with the one before.
 */
export class PersistentMap<V> {
  readonly size: number
  readonly #buckets: readonly (ReadonlyMap<string, V> | undefined)[]

  private constructor(buckets: readonly (ReadonlyMap<string, V> | undefined)[], size: number) {
    this.#buckets = buckets
    this.size = size
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(none, 0)
  }

  get(key: string): V | undefined {
    return this.#buckets[bucketOf(key)]?.get(key)
  }

  has(key: string): boolean {
    return this.#buckets[bucketOf(key)]?.has(key) ?? false
  }

  set(key: string, value: V): PersistentMap<V> {
    const at = bucketOf(key)
    const bucket = new Map(this.#buckets[at])
    const size = this.size + (bucket.has(key) ? 0 : 1)
    bucket.set(key, value)
    const buckets = this.#buckets.slice()
    buckets[at] = bucket
    return new PersistentMap(buckets, size)
  }

  /** In no order that means anything: sort what people see. */
  *values(): IterableIterator<V> {
    for (const bucket of this.#buckets) if (bucket) yield* bucket.values()
  }

  *keys(): IterableIterator<string> {
    for (const bucket of this.#buckets) if (bucket) yield* bucket.keys()
  }
}

/** FNV-1a, 32 bits. */
function bucketOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % bucketCount
}
