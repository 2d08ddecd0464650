import type { LedgerEntry } from './entry.ts'
import type { Ledger } from './ledger.ts'

interface Kept<S> {
  readonly state: S
  upTo: number
  reading: Promise<void>
}

/**
 * What a ledger says, as of its last durable entry: a fold that is kept with the ledger and continued. Each entry is
 * taken once, in order, however many ask at the same time. Where `take` throws, whoever asks gets that, and the next one
 * begins with the same entry.
 */
export function keptFold<S>(
  begin: () => S,
  take: (state: S, entry: LedgerEntry) => void,
): (ledger: Ledger) => Promise<S> {
  const folds = new WeakMap<Ledger, Kept<S>>()
  return async (ledger) => {
    const kept = folds.get(ledger) ?? { state: begin(), upTo: 0, reading: Promise.resolve() }
    folds.set(ledger, kept)
    const mine = kept.reading.then(() => readOn(ledger, kept, take))
    kept.reading = mine.catch(() => {})
    await mine
    return kept.state
  }
}

async function readOn<S>(ledger: Ledger, kept: Kept<S>, take: (state: S, entry: LedgerEntry) => void): Promise<void> {
  for await (const entry of ledger.entries(kept.upTo)) {
    take(kept.state, entry)
    kept.upTo = entry.index + 1
  }
}
