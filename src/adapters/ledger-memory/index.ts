/**
 * Ledger store in memory, with failures on demand. For tests, and for showing what the ledger does when a disk fails.
 *
 * Promises: the guarantees of the LedgerStore port as long as the process lives; a planned fault happens exactly once,
 * at the call it names.
 * Never: holds anything beyond the process.
 */
export * from './memory-ledger-store.ts'
export * from './memory-witness-store.ts'
