import type { JsonObject } from '#kernel'
import { keptFold, type Ledger } from '#ledger'

export const erasureEntries = {
  /** Marks by which rows about somebody who was erased are known when they come again; in the erasable part. */
  keptOut: 'erasure.kept-out',
  rowsErased: 'person.rows-erased',
  /** The record of destruction: counts, and nothing of the person. */
  erased: 'person.erased',
} as const

/** What the ledger says of erasures that were begun. */
export interface ErasureLog {
  /** Entry by which the rows were taken out of what is current. */
  readonly rowsErased: ReadonlyMap<string, number>
  /** Rows that it took out. */
  readonly rows: ReadonlyMap<string, number>
  readonly marked: ReadonlySet<string>
  readonly details: ReadonlyMap<string, number>
  readonly blobs: ReadonlyMap<string, number>
  readonly versions: ReadonlyMap<string, number>
  /** Messages that were taken out of logs. */
  readonly messages: ReadonlyMap<string, number>
  readonly done: ReadonlyMap<string, number>
  /** Entries whose detail was erased. */
  readonly erasedDetails: ReadonlySet<number>
  /** Entries with marks that were not erased: of which order, or null of a submission. */
  readonly keptOut: ReadonlyMap<number, string | null>
}

type Counts = 'rowsErased' | 'rows' | 'details' | 'blobs' | 'versions' | 'messages' | 'done'
type Folding = { readonly [K in Counts]: Map<string, number> } & {
  readonly marked: Set<string>
  readonly erasedDetails: Set<number>
  readonly keptOut: Map<number, string | null>
}

/** The reason that stands in `detail.erased` where a detail goes for an erasure. */
export function detailReason(erasure: string): string {
  return `erasure ${erasure}`
}

const reasonPattern = /^erasure (.+)$/

export const erasureLog: (ledger: Ledger) => Promise<ErasureLog> = keptFold(
  (): Folding => ({
    ...{ rowsErased: new Map(), rows: new Map(), marked: new Set(), details: new Map(), blobs: new Map() },
    ...{ versions: new Map(), messages: new Map(), done: new Map(), keptOut: new Map(), erasedDetails: new Set() },
  }),
  (folding, { type, governance, index }) => {
    const id = String(governance.erasure ?? '')
    const add = (to: Map<string, number>, of: string, count: number) => to.set(of, (to.get(of) ?? 0) + count)
    switch (type) {
      case erasureEntries.keptOut:
        folding.keptOut.set(index, id === '' ? null : id)
        if (id !== '') folding.marked.add(id)
        break
      case erasureEntries.rowsErased:
        folding.rowsErased.set(id, index)
        folding.rows.set(id, Number(governance.rows))
        break
      case erasureEntries.erased:
        folding.done.set(id, index)
        break
      case 'data.purged': {
        const because = (governance.because as JsonObject).erasure
        if (typeof because !== 'string') break
        add(folding.blobs, because, (governance.blobs as unknown[]).length)
        add(folding.versions, because, (governance.lake as unknown[]).length + (governance.vault as unknown[]).length)
        break
      }
      case 'message.erased':
        add(folding.messages, id, Number(governance.messages))
        break
      case 'detail.erased': {
        folding.keptOut.delete(governance.entry as number)
        folding.erasedDetails.add(governance.entry as number)
        const of = reasonPattern.exec(String(governance.reason))?.[1]
        if (of !== undefined) add(folding.details, of, 1)
        break
      }
    }
  },
)
