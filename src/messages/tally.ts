import type { Instant } from '#kernel'
import type { LandedHead, Outcome } from './landed-record.ts'

export type Counts = Readonly<Record<Outcome, number>>

/** One reason for which messages of an event were refused. */
export interface RefusedKind {
  readonly event: string
  readonly code: string
  /** Segment and field; empty where the whole message was refused. */
  readonly place: string
  readonly messages: number
  readonly last: Instant
}

const eventsMax = 200
const refusedKindsMax = 1_000
const others = 'other'

/** How often what happened at a message dock; never of whom. */
export class Tally {
  readonly #events = new Map<string, Record<Outcome, number>>()
  readonly #refused = new Map<string, { -readonly [K in keyof RefusedKind]: RefusedKind[K] }>()
  #last: Instant | null = null

  add({ at, event, outcome, code = '', place = '' }: LandedHead): void {
    this.#last = at
    const name = this.#events.has(event) || this.#events.size < eventsMax ? event : others
    const counts = this.#events.get(name) ?? { landed: 0, again: 0, refused: 0 }
    counts[outcome]++
    this.#events.set(name, counts)
    if (outcome !== 'refused') return
    const exact = `${name} ${code} ${place}`
    const isRoom = this.#refused.has(exact) || this.#refused.size < refusedKindsMax
    const key = isRoom ? exact : `${others} ${code}`
    const kind = this.#refused.get(key)
    const first = { event: isRoom ? name : others, code, place: isRoom ? place : '', messages: 1, last: at }
    this.#refused.set(key, kind ? { ...kind, messages: kind.messages + 1, last: at } : first)
  }

  /** One that had landed is not there any more. */
  drop({ event }: LandedHead): void {
    const counts = this.#events.get(event) ?? this.#events.get(others)
    if (counts) counts.landed--
  }

  /** By event, in order of names. */
  get events(): ReadonlyMap<string, Counts> {
    return new Map([...this.#events].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Last first. */
  get refused(): readonly RefusedKind[] {
    return [...this.#refused.values()].sort((a, b) => (a.last > b.last ? -1 : a.last < b.last ? 1 : 0))
  }

  get total(): Counts {
    const total = { landed: 0, again: 0, refused: 0 }
    for (const counts of this.#events.values()) {
      for (const outcome of ['landed', 'again', 'refused'] as const) total[outcome] += counts[outcome]
    }
    return total
  }

  /** When the last message came, whatever became of it. */
  get last(): Instant | null {
    return this.#last
  }
}
