import type { PurposeId } from '#kernel'
import type { Engine, Keys } from '#ports'
import { openTokeniser } from '#privacy'

/** The first epoch of every purpose's tokens. A new epoch is a declared break with a re-key map. */
const epoch = 1

/** Registers the token functions that a read needs, once an engine. */
export class TokenFunctions {
  readonly #keys: Keys
  readonly #registered = new WeakMap<Engine, Map<string, string>>()

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Makes sure `engine` has the functions for these key types; gives back their names. */
  async names(engine: Engine, purpose: PurposeId, keyTypes: readonly string[]): Promise<(keyType: string) => string> {
    const known = this.#registered.get(engine) ?? new Map<string, string>()
    this.#registered.set(engine, known)
    const tokeniser = openTokeniser(this.#keys, purpose, epoch)
    const names = new Map<string, string>()
    for (const keyType of keyTypes) {
      const id = `${purpose}\u0000${keyType}`
      let name = known.get(id)
      if (name === undefined) {
        const made = tokeniser.engineFunction(keyType)
        // The purpose is part of the name: two purposes in one engine must never share a function.
        name = `${made.name}_p${known.size}`
        await engine.registerFunction({ ...made, name })
        known.set(id, name)
      }
      names.set(keyType, name)
    }
    return (keyType) => {
      const name = names.get(keyType)
      if (name === undefined) throw new Error('a token function that was not asked for')
      return name
    }
  }
}
