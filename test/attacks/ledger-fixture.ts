import { type MemoryDisk, memoryDisk, memoryWitnessStore, openMemoryLedgerStore } from '#adapters/ledger-memory'
import { manualClock, seededRandom } from '#kernel'
import { type Ledger, openLedger, openWitness, type Witness } from '#ledger'
import type { LedgerReader } from '#ports'
import { memoryKeys } from '../memory-keys.ts'

export const origin = 'rj1.openfdp.example/ledger'
export const keys = memoryKeys('rj1', 'ledger-attacks')
export const clock = manualClock('2026-01-31T09:30:00Z')

export function witnessOf(name = 'icb.openfdp.example/witness'): Witness {
  return openWitness({ name, keys: memoryKeys(name, 'witness'), clock, store: memoryWitnessStore() })
}

export function openOn(disk: MemoryDisk, witnesses: readonly string[] = []): Promise<Ledger> {
  const store = openMemoryLedgerStore(disk)
  return openLedger({ store, keys, clock, random: seededRandom(`fence ${store.fence}`), origin, witnesses })
}

/** Entries with and without details and persons, one detail erased, a cosignature, and a last batch still in the journal. */
export async function smallLedger(entries: number): Promise<{ disk: MemoryDisk; vkey: string }> {
  const disk = memoryDisk()
  const witness = witnessOf()
  const ledger = await openOn(disk, [witness.vkey])
  await Promise.all(Array.from({ length: entries }, (_, i) => ledger.append(exampleEntry(i))))
  await ledger.eraseDetail(1, 'asked for')
  const checkpoint = ledger.checkpoint()
  await ledger.addCosignature(await witness.cosign({ origin, vkey: ledger.vkey, checkpoint, consistencyProof: [] }))
  await ledger.settle()
  await ledger.append(exampleEntry(1))
  return { disk, vkey: ledger.vkey }
}

export function exampleEntry(i: number) {
  const entry = { type: 'read.opened', governance: { subject: 'amira.khan@rj1.example', i } }
  if (i % 3 === 2) return entry
  return {
    ...entry,
    detail: { filter: `treatment function ${i}` },
    ...(i % 3 === 1 ? { persons: ['17', `${i}`] } : {}),
  }
}

export function readerOf(files: ReadonlyMap<string, Uint8Array>): LedgerReader {
  return { list: async () => [...files.keys()], read: async (path) => files.get(path) ?? null }
}
