import { type Clock, equalBytes, fromHex, toHex } from '#kernel'
import type { CosignRequest, Keys, WitnessedTree, WitnessStore } from '#ports'
import { type Checkpoint, openCheckpoint } from './checkpoint.ts'
import { cosignLine } from './cosignature.ts'
import { ledgerErrors } from './errors.ts'
import { verifyConsistency } from './merkle.ts'
import { formatVerifierKey, makeVerifierKey, noteAlgorithms, parseVerifierKey } from './note.ts'

export type WitnessRequest = CosignRequest

/** Watches other tenants' logs: what it has cosigned once can never be taken back unseen. */
export interface Witness {
  /** Verifier key under which its cosignatures verify. */
  readonly vkey: string
  /** Entries of the largest tree seen of a log, 0 before the first. */
  seen(origin: string): Promise<number>
  /**
   * A tlog-cosignature v1 line, after the tree is remembered durably. FDP_LEDGER_WITNESS_CONFLICT for a tree that
   * shrinks, does not contain the one seen, or is signed by another key than at first; FDP_LEDGER_BAD_NOTE.
   */
  cosign(request: WitnessRequest): Promise<string>
}

export function openWitness(options: {
  name: string
  keys: Pick<Keys, 'sign' | 'publicKey'>
  clock: Clock
  store: WitnessStore
}): Witness {
  const { name, keys, clock, store } = options
  const own = makeVerifierKey(name, noteAlgorithms.cosignatureV1, keys.publicKey)
  let last: Promise<unknown> = Promise.resolve()

  const cosign = async (request: WitnessRequest): Promise<string> => {
    const { checkpoint, note } = openCheckpoint(request.checkpoint, parseVerifierKey(request.vkey))
    if (checkpoint.origin !== request.origin) throw ledgerErrors('FDP_LEDGER_BAD_NOTE', { what: 'it is another log`s' })
    const known = await store.read(request.origin)
    if (known) checkContinues(known, checkpoint, request)
    if (known === null || checkpoint.size > known.size) {
      const { size, root } = checkpoint
      await store.write(request.origin, { vkey: request.vkey, size, root: toHex(root) })
    }
    return cosignLine(note.text, clock.now(), own, keys)
  }
  return {
    vkey: formatVerifierKey(own),
    seen: async (origin) => (await store.read(origin))?.size ?? 0,
    // One after the other: two requests must not both be compared with the same remembered tree.
    cosign: (request) => {
      const result = last.then(() => cosign(request))
      last = result.catch(() => {})
      return result
    },
  }
}

function checkContinues(known: WitnessedTree, { size, root }: Checkpoint, request: WitnessRequest): void {
  const conflict = (what: string) =>
    ledgerErrors('FDP_LEDGER_WITNESS_CONFLICT', { origin: request.origin, known: known.size, what })
  if (known.vkey !== request.vkey) throw conflict('it is signed by another key')
  if (size < known.size) throw conflict(`it has only ${size} entries`)
  if (size === known.size && !equalBytes(root, fromHex(known.root))) throw conflict('it has another root')
  if (known.size > 0 && !verifyConsistency(known.size, size, request.consistencyProof, fromHex(known.root), root)) {
    throw conflict('the consistency proof does not hold')
  }
}
