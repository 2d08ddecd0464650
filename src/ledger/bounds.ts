import { limits } from '#kernel'

/** Ends of the ledger's own loops, queues and files. Units last. */
export const bounds = {
  governanceBytesMax: limits.entryBytesMax,
  /** Canonical detail, persons included. */
  detailBytesMax: 1024 * 1024,
  personsMax: limits.personLeavesMax,
  batchEntriesMax: limits.ledgerBatchEntriesMax,
  /** A batch is closed early when its texts pass this. */
  batchBytesMax: 1024 * 1024,
  /** Largest payload that a journal frame may announce. */
  journalPayloadBytesMax: 64 * 1024 * 1024,
  /** Appends waiting for a batch. */
  waitingEntriesMax: 65_536,
  /** The journal is moved into bundles and tiles when it passes either. */
  journalBytesMax: 8 * 1024 * 1024,
  journalEntriesMax: 16_384,
  /** How far the clock may be behind the last entry; within it an entry takes the last entry's time. */
  clockBackMsMax: 2_000,
  /** Recent checkpoints that a cosignature may still be for. */
  recentCheckpointsMax: 256,
  /** Bundles of openings and tiles kept in memory. */
  cachedBundlesMax: 64,
  cachedTilesMax: 1_024,
} as const
