import { writeFileSync } from 'node:fs'
import { memoryDisk, memoryWitnessStore, openMemoryLedgerStore } from '#adapters/ledger-memory'
import { manualClock, seededRandom, toHex } from '#kernel'
import { openLedger, openWitness, verifyLedger, verifyPersonProof } from '#ledger'
import type { Keys } from '#ports'
import { memoryKeys } from '../test/memory-keys.ts'

const path = new URL('../spec/vectors/ledger.json', import.meta.url)
const origin = 'rj1.openfdp.example/ledger'

/** Keys whose wrapping is no secret: `wrapped` is the block key in base64, so that a reader of the vectors can open it. */
function openKeysOf(tenant: string): Keys {
  return {
    ...memoryKeys(tenant, 'vectors'),
    wrap: (_use, dataKey) => ({ keyVersion: 1, wrapped: Buffer.from(dataKey).toString('base64') }),
    unwrap: (_use, { wrapped }) => Buffer.from(wrapped, 'base64'),
  }
}

/** The vectors of spec/ledger.md: a whole small ledger, before and after its journal is settled, and proofs over it. */
export async function ledgerVectors(): Promise<string> {
  const disk = memoryDisk()
  const keys = openKeysOf('rj1')
  const clock = manualClock('2026-01-31T09:30:00Z')
  const name = 'icb.openfdp.example/witness'
  const witness = openWitness({ name, keys: openKeysOf('icb'), clock, store: memoryWitnessStore() })
  const store = openMemoryLedgerStore(disk)
  const random = seededRandom('ledger vectors')
  const ledger = await openLedger({ store, keys, clock, random, origin, witnesses: [witness.vkey] })
  const governance = { subject: 'amira.khan@rj1.example', purpose: 'direct-care', note: 'é€😂 "quoted"' }
  await ledger.append({
    type: 'read.opened',
    governance,
    detail: { filter: { b: 1e21, a: [null, true] } },
    persons: ['17', '23', '42'],
  })
  clock.advanceMs(1)
  await ledger.append({ type: 'governance.grant-approved', governance: { grant: 'g1' } })
  await ledger.append({ type: 'action.applied', governance: {}, detail: { before: 1, after: 2 } })
  await ledger.eraseDetail(3, 'a request')
  const personProof = (await ledger.personProof(1, '23'))!
  const cosignature = await witness.cosign({
    origin,
    vkey: ledger.vkey,
    checkpoint: ledger.checkpoint(),
    consistencyProof: [],
  })
  await ledger.addCosignature(cosignature)
  await ledger.append({ type: 'read.completed', governance: { read: 1 }, detail: { rows: 3 } })
  const reader = { list: async () => [...disk.files.keys()], read: async (p: string) => disk.files.get(p) ?? null }
  const filesWithJournal = filesOf(disk.files)
  const reportWithJournal = await verifyLedger(reader, ledger.vkey, { keys })
  const inclusionProof = { index: 1, size: ledger.size, proof: (await ledger.inclusionProof(1)).map(toHex) }
  const consistencyProof = { size1: 3, size2: ledger.size, proof: (await ledger.consistencyProof(3)).map(toHex) }
  const checkpoint = ledger.checkpoint()
  await ledger.close()
  const document = {
    format: 'openfdp/ledger-vectors',
    version: 1,
    about:
      'Files are base64. Wrapping is left out: `wrapped` in a key block is the block key itself. See spec/ledger.md.',
    vkey: ledger.vkey,
    witnessVkey: witness.vkey,
    withJournal: { files: filesWithJournal, report: reportWithJournal },
    settled: { files: filesOf(disk.files), report: await verifyLedger(reader, ledger.vkey, { keys }) },
    checkpoint,
    cosignature,
    inclusionProof,
    consistencyProof,
    personProof: { proof: personProof, shows: verifyPersonProof(personProof, ledger.vkey) },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function filesOf(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([file, bytes]) => [file, Buffer.from(bytes).toString('base64')]))
}

if (import.meta.main) writeFileSync(path, await ledgerVectors())
