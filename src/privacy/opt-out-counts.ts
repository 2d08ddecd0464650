import type { JsonObject } from '#kernel'
import { optOutSchemes } from './opt-out.ts'

/** Reads of one object type for one purpose that a list had one ruling on, for one reason. */
export interface OptOutCount {
  readonly purpose: string
  readonly object: string
  readonly list: string
  readonly ruling: string
  readonly reason: string
  readonly reads: number
  /** Persons taken out of the version that the last of these reads saw, rounded; null while none has ended. */
  readonly persons: number | '<8' | null
}

interface Entry {
  readonly index: number
  readonly type: string
  readonly governance: JsonObject
}

interface Relation {
  readonly object: string
  readonly optOuts?: Readonly<Record<string, { readonly ruling?: string; readonly reason?: string }>>
}

/**
 * Where opt-outs and objections were applied and where not, and why: a pure function of the governance parts of entries,
 * in their order. Sorted by purpose, object, list, ruling, reason. Holds no person.
 */
export function optOutCounts(entries: Iterable<Entry>): readonly OptOutCount[] {
  const tally = new OptOutTally()
  for (const entry of entries) tally.take(entry)
  return tally.counts()
}

/** The same, entry by entry, for whoever keeps up with a ledger. */
export class OptOutTally {
  readonly #counts = new Map<string, OptOutCount>()
  readonly #opened = new Map<number, { readonly name: string; readonly list: string; readonly id: string }[]>()

  take({ index, type, governance }: Entry): void {
    if (type === 'read.opened') this.#opened.set(index, addRead(this.#counts, governance))
    if (type !== 'read.completed' && type !== 'release.made') return
    const taken = (governance.optOuts ?? {}) as unknown as Record<string, Record<string, number | '<8'>>
    for (const { name, list, id } of this.#opened.get(governance.of as number) ?? []) {
      const persons = taken[name]?.[list]
      if (persons !== undefined) this.#counts.set(id, { ...this.#counts.get(id)!, persons })
    }
    this.#opened.delete(governance.of as number)
  }

  counts(): readonly OptOutCount[] {
    return [...this.#counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count)
  }
}

function addRead(counts: Map<string, OptOutCount>, governance: JsonObject) {
  const purpose = String(governance.purpose)
  const relations = Object.entries(governance.relations as unknown as Record<string, Relation>)
  return relations.flatMap(([name, { object, optOuts }]) =>
    optOutSchemes.flatMap((list) => {
      const said = optOuts?.[list]
      if (!said?.ruling || !said.reason) return []
      const { ruling, reason } = said
      const id = [purpose, object, list, ruling, reason].join('\u0000')
      const before = counts.get(id) ?? { purpose, object, list, ruling, reason, reads: 0, persons: null }
      counts.set(id, { ...before, reads: before.reads + 1 })
      return [{ name, list, id }]
    }),
  )
}
