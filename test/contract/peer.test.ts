import { memoryWitnessStore } from '#adapters/ledger-memory'
import { fromBase64, manualClock, toBase64 } from '#kernel'
import { openWitness } from '#ledger'
import type { Peer } from '#ports'
import { memoryKeys } from '../memory-keys.ts'
import { peerContract } from './peer.ts'

const clock = manualClock('2026-01-31T09:30:00Z')

function here(): Peer {
  const store = memoryWitnessStore()
  const witness = openWitness({ name: 'icb/witness', keys: memoryKeys('icb', 'w'), clock, store })
  return { ...witness, name: 'icb/witness', remembered: (origin) => store.read(origin) }
}

/** One elsewhere: whatever passes between is text. */
function elsewhere(): Peer {
  const peer = here()
  return {
    name: peer.name,
    remembered: async (origin) => JSON.parse(JSON.stringify(await peer.remembered(origin))),
    cosign: async ({ consistencyProof, ...request }) => {
      const text = JSON.stringify({ ...request, consistencyProof: consistencyProof.map(toBase64) })
      const came = JSON.parse(text)
      return await peer.cosign({ ...came, consistencyProof: came.consistencyProof.map(fromBase64) })
    },
  }
}

peerContract('a witness in this process', here)
peerContract('a witness elsewhere', elsewhere)
