import { addMs, type Clock, type Instant, type Random, toHex } from '#kernel'
import { ontologyErrors } from './errors.ts'
import type { ObjectSet } from './object-set/wire.ts'

const lifeMs = 60 * 60_000
/** Of one caller for one purpose at one tenant; beyond it a new one takes the place of their oldest. */
const setsPerCallerMax = 200
const charactersPerCallerMax = 5_000_000
/** Of everybody. */
const charactersMax = 100_000_000

/** For whom a set is kept. */
export interface Keeper {
  readonly tenant: string
  readonly session: { readonly subject: string; readonly purpose: string }
}

interface Kept {
  readonly rid: string
  readonly keeper: string
  readonly set: ObjectSet
  /** The definition as it was sent: JSON. */
  readonly sent: string
  readonly until: Instant
}

/**
 * Object sets that an application gave a name for an hour. In memory: definitions, no objects. What is foreign, has
 * expired or was never made is not there.
 */
export class TemporaryObjectSets {
  readonly #clock: Clock
  readonly #random: Random
  /** Oldest first. */
  readonly #kept = new Map<string, Kept>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Its RID. FDP_ONTOLOGY_LIMIT when the node keeps as many as it can. */
  add(keeper: Keeper, set: ObjectSet, sent: unknown): string {
    this.#sweep()
    const name = nameOf(keeper)
    const text = JSON.stringify(sent)
    const characters = text.length
    const own = [...this.#kept.values()].filter((each) => each.keeper === name)
    while (own.length >= setsPerCallerMax || sizeOf(own) + characters > charactersPerCallerMax) {
      const oldest = own.shift()
      if (!oldest) throw tooMuch(charactersPerCallerMax)
      this.#kept.delete(oldest.rid)
    }
    if (sizeOf([...this.#kept.values()]) + characters > charactersMax) throw tooMuch(charactersMax)
    const rid = `ri.object-set.main.temporary-object-set.${this.#uuid()}`
    this.#kept.set(rid, { rid, keeper: name, set, sent: text, until: addMs(this.#clock.now(), lifeMs) })
    return rid
  }

  find(asked: Keeper & { readonly rid: string }): ObjectSet | null {
    return this.#find(asked)?.set ?? null
  }

  /** The JSON text of the definition. */
  sent(asked: Keeper & { readonly rid: string }): string | null {
    return this.#find(asked)?.sent ?? null
  }

  #find({ rid, ...keeper }: Keeper & { readonly rid: string }): Kept | null {
    const kept = this.#kept.get(rid)
    return kept && kept.keeper === nameOf(keeper) && this.#clock.now() < kept.until ? kept : null
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const { rid, until } of this.#kept.values()) {
      if (now < until) return
      this.#kept.delete(rid)
    }
  }

  /** Version 4 (RFC 9562 section 5.4). */
  #uuid(): string {
    const bytes = this.#random.bytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const hex = toHex(bytes)
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }
}

function sizeOf(kept: readonly Kept[]): number {
  return kept.reduce((sum, { sent }) => sum + sent.length, 0)
}

function tooMuch(max: number): Error {
  return ontologyErrors('FDP_ONTOLOGY_LIMIT', { what: 'the length of all temporary object sets', max })
}

function nameOf({ tenant, session: { subject, purpose } }: Keeper): string {
  return JSON.stringify([tenant, subject, purpose])
}
