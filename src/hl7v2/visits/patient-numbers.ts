import { identifierKey } from '../saying/identifier-key.ts'
import type { Identifier } from '../saying/said-value.ts'
import type { Saying } from '../saying/saying.ts'

/**
 * Which number stands for which, after all merges, taken in the order in which they were said. What was merged into a number
 * goes with it when that is merged on, also where that came before. If two numbers are merged both ways, the later holds.
 */
export class PatientNumbers {
  readonly #into = new Map<string, string>()
  readonly #known = new Map<string, Identifier>()

  merge({ replaced, name }: Saying): void {
    for (const { from, into } of replaced) {
      const [given, kept] = [identifierKey(from, name.facility), identifierKey(into, name.facility)]
      this.#known.set(kept, into)
      if (given === kept) continue
      const [givenRoot, keptRoot] = [this.#root(given), this.#root(kept)]
      if (givenRoot !== keptRoot) {
        this.#into.set(givenRoot, keptRoot)
      } else if (given === keptRoot) {
        // The one that stands for the other is now given up for it.
        this.#into.delete(kept)
        this.#into.set(given, kept)
      }
    }
  }

  #root(key: string): string {
    let at = key
    for (let next = this.#into.get(at); next !== undefined; next = this.#into.get(at)) at = next
    return at
  }

  /** The numbers that stand for these, each once. */
  standingFor(identifiers: readonly Identifier[], facility: string): readonly Identifier[] {
    const found = new Map<string, Identifier>()
    for (const each of identifiers) {
      const key = identifierKey(each, facility)
      const root = this.#root(key)
      const stands = root === key ? each : this.#known.get(root)!
      if (!found.has(root)) found.set(root, stands)
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)
  }

  /** Numbers that were given up, with the key of the one that stands for them. */
  replaced(): ReadonlyMap<string, string> {
    return new Map([...this.#into.keys()].sort().map((key) => [key, this.#root(key)]))
  }
}
