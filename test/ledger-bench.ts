import { type MemoryDisk, memoryDisk, openMemoryLedgerStore } from '#adapters/ledger-memory'
import { type Clock, manualClock, seededRandom } from '#kernel'
import { type Ledger, type LedgerEntry, type OpenLedgerOptions, openLedger } from '#ledger'
import type { Keys, LedgerReader } from '#ports'
import { memoryKeys } from './memory-keys.ts'

export const origin = 'rj1.openfdp.example/ledger'

export interface LedgerBench {
  readonly disk: MemoryDisk
  readonly clock: Clock & { advanceMs(ms: number): void }
  readonly keys: Keys
  readonly reader: LedgerReader
  /** Opens the same ledger, again and again. */
  open(options?: Partial<OpenLedgerOptions>): Promise<Ledger>
}

/** A ledger in memory with a clock that stands still, for the tests of this module. */
export function bench(witnesses: string[] = []): LedgerBench {
  const disk = memoryDisk()
  const clock = manualClock('2026-01-31T09:30:00Z')
  const keys = memoryKeys('rj1', 'ledger-tests')
  const reader: LedgerReader = {
    list: async () => [...disk.files.keys()],
    read: async (path) => disk.files.get(path) ?? null,
  }
  const open = (options: Partial<OpenLedgerOptions> = {}) => {
    const store = openMemoryLedgerStore(disk)
    return openLedger({ store, keys, clock, random: seededRandom(`${store.fence}`), origin, witnesses, ...options })
  }
  return { disk, clock, keys, open, reader }
}

export const read = (i: number) => ({ type: 'read.opened', governance: { i } })

export async function all(ledger: Ledger, from?: number, to?: number): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = []
  for await (const entry of ledger.entries(from, to)) entries.push(entry)
  return entries
}
