import { type JsonObject, limits } from '#kernel'

/**
 * The persons whose rows were handed out by one read. Up to a limit they are committed one by one; beyond it the
 * completion says that membership is recomputed from the query and the versions it read.
 */
export class PersonsSeen {
  readonly #keys = new Set<string>()
  #tooMany = false

  add(persons: readonly unknown[]): void {
    if (this.#tooMany) return
    for (const person of persons) if (person !== null) this.#keys.add(String(person))
    if (this.#keys.size > limits.personLeavesMax) {
      this.#tooMany = true
      this.#keys.clear()
    }
  }

  get list(): readonly string[] {
    return [...this.#keys]
  }

  get summary(): JsonObject {
    return this.#tooMany ? { how: 'recompute' } : { how: 'listed', count: this.#keys.size }
  }
}
