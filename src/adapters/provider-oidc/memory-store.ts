interface Kept {
  consumed?: boolean
  readonly grantId?: string
  readonly uid?: string
}

const itemsMax = 10_000

/** What the provider keeps (sessions, codes, grants) lives in memory, the oldest give way, and all goes with the process. */
export function memoryStore(): new (kind: string) => object {
  const items = new Map<string, Kept>()
  return class {
    readonly #kind: string
    constructor(kind: string) {
      this.#kind = kind
    }
    async upsert(id: string, kept: Kept): Promise<void> {
      items.delete(this.#key(id))
      items.set(this.#key(id), kept)
      // The provider itself looks at the end of each item's life.
      for (const oldest of items.keys()) if (items.size > itemsMax) items.delete(oldest)
    }
    async find(id: string): Promise<Kept | undefined> {
      return items.get(this.#key(id))
    }
    async findByUid(uid: string): Promise<Kept | undefined> {
      return [...items].find(([key, { uid: own }]) => key.startsWith(`${this.#kind}:`) && own === uid)?.[1]
    }
    async consume(id: string): Promise<void> {
      const kept = items.get(this.#key(id))
      if (kept) kept.consumed = true
    }
    async destroy(id: string): Promise<void> {
      items.delete(this.#key(id))
    }
    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, kept] of items) if (kept.grantId === grantId) items.delete(key)
    }
    #key(id: string): string {
      return `${this.#kind}:${id}`
    }
  }
}
