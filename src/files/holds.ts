/** How many leases are open on each manifest; what is held is not swept. */
export class Holds {
  readonly #open = new Map<string, number>()

  /** Manifests with at least one open lease. */
  manifests(): string[] {
    return [...this.#open.keys()]
  }

  /** Adds one; the function given back takes it away, once. */
  add(manifestSha256: string): () => void {
    this.#open.set(manifestSha256, (this.#open.get(manifestSha256) ?? 0) + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      const left = (this.#open.get(manifestSha256) ?? 1) - 1
      if (left === 0) this.#open.delete(manifestSha256)
      else this.#open.set(manifestSha256, left)
    }
  }
}
