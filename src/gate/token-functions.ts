import { isFdpError, type PurposeId } from '#kernel'
import type { Engine, Keys } from '#ports'
import { openTokeniser } from '#privacy'
import type { OpenToken } from './session.ts'

/** The first epoch of every purpose's tokens. A new epoch is a declared break with a re-key map. */
const epoch = 1

/** Registers the token functions that a read needs, once an engine. */
export class TokenFunctions {
  readonly #keys: Keys
  /** By engine: function name of each purpose and key type, once it is registered. */
  readonly #registered = new WeakMap<Engine, Map<string, Promise<string>>>()

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** Makes sure `engine` has the functions for these key types; gives back their names. */
  async names(engine: Engine, purpose: PurposeId, keyTypes: readonly string[]): Promise<(keyType: string) => string> {
    const known = this.#registered.get(engine) ?? new Map<string, Promise<string>>()
    this.#registered.set(engine, known)
    const names = new Map<string, string>()
    for (const keyType of keyTypes) {
      const id = `${purpose}\u0000${keyType}`
      // Two reads at once wait for the one registration.
      const registering = known.get(id) ?? this.#register(engine, purpose, keyType)
      known.set(id, registering)
      try {
        names.set(keyType, await registering)
      } catch (error) {
        known.delete(id)
        throw error
      }
    }
    return (keyType) => {
      const name = names.get(keyType)
      if (name === undefined) throw new Error('a token function that was not asked for')
      return name
    }
  }

  /** Opens single tokens of a purpose. */
  opener(purpose: PurposeId): OpenToken {
    const tokeniser = openTokeniser(this.#keys, purpose, epoch)
    return (keyType, text) => {
      try {
        return tokeniser.open(keyType, text)
      } catch (error) {
        if (isFdpError(error, 'FDP_PRIVACY_NOT_A_TOKEN')) return null
        throw error
      }
    }
  }

  /** Makes single tokens of a purpose. */
  maker(purpose: PurposeId): (keyType: string, key: bigint) => string {
    const tokeniser = openTokeniser(this.#keys, purpose, epoch)
    return (keyType, key) => tokeniser.token(keyType, key)
  }

  async #register(engine: Engine, purpose: PurposeId, keyType: string): Promise<string> {
    // Its name holds a hash of tenant, purpose, key type and epoch: two purposes never share a function.
    const made = openTokeniser(this.#keys, purpose, epoch).engineFunction(keyType)
    await engine.registerFunction(made)
    return made.name
  }
}
