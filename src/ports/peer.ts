import type { WitnessedTree } from './ledger-store.ts'

/** What a tenant shows a peer to have its checkpoint cosigned. All of it can travel as text. */
export interface CosignRequest {
  readonly origin: string
  /** Verifier key of the log. */
  readonly vkey: string
  /** Signed note. */
  readonly checkpoint: string
  /** From the size of the tree that the peer remembers to the checkpoint's. */
  readonly consistencyProof: readonly Uint8Array[]
}

/**
 * Another tenant in its part as witness of this one's ledger, in this process or elsewhere.
 *
 * Guarantees: what `cosign` has signed once is remembered durably before the signature is given, and can never be taken
 * back unseen: a tree that shrinks, does not contain the one remembered, or is signed by another key than at first is
 * refused (FDP_LEDGER_WITNESS_CONFLICT), and what was remembered stays as evidence. One request is judged after the
 * other. `remembered` tells anybody what it has seen. A peer that cannot be reached rejects; that is no conflict.
 */
export interface Peer {
  /** Name in its cosignatures, for messages. */
  readonly name: string
  /** The largest tree of a log that it has cosigned; null before the first. */
  remembered(origin: string): Promise<WitnessedTree | null>
  /** A tlog-cosignature v1 line (c2sp.org). FDP_LEDGER_WITNESS_CONFLICT, FDP_LEDGER_BAD_NOTE. */
  cosign(request: CosignRequest): Promise<string>
}
