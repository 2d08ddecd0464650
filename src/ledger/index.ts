/**
 * Ledger: the tenant's append-only log. Every read, act and publication is an entry here before it has any effect.
 *
 * Promises: an acknowledged entry is on stable storage and stays in the signed tree; nobody, the writer included, can
 * change, drop or reorder entries unseen by whoever holds an earlier checkpoint; a detail can be erased without touching
 * the tree; the folder alone, without keys, is enough to verify all of it (spec/ledger.md).
 * Never: acknowledges before a durable flush, goes on after a store call has failed, puts a detail or a person on disk
 * in the clear, or mends damage in silence.
 */
export { type Checkpoint, formatCheckpoint, ledgerVerifierKey, openCheckpoint, parseCheckpoint } from './checkpoint.ts'
export { cosignatureTime, statedTime } from './cosignature.ts'
export { closedDetails, isDetailsPath, joinDetails, splitDetails } from './detail-backup.ts'
export type { EntryInput, LedgerEntry, Receipt } from './entry.ts'
export { type EntryProof, verifyEntryProof } from './entry-proof.ts'
export { ledgerErrors } from './errors.ts'
export { keptFold } from './kept-fold.ts'
export type { DetailState, Ledger, OpenLedgerOptions } from './ledger.ts'
export { emptyRoot, hashLeaf, hashNode, verifyConsistency, verifyInclusion } from './merkle.ts'
export {
  formatVerifierKey,
  makeVerifierKey,
  noteAlgorithms,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
} from './note.ts'
export { openLedger } from './open-ledger.ts'
export { type PersonProof, verifyPersonProof } from './person-proof.ts'
export { type VerifyOptions, verifyLedger } from './verify-ledger.ts'
export type { Finding, VerifyReport } from './verify-report.ts'
export { openWitness, type Witness, type WitnessRequest } from './witness.ts'
