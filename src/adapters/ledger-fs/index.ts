/**
 * Ledger store in a folder of the local file system.
 *
 * Promises: the guarantees of the LedgerStore port: fdatasync before an append resolves, write to a temporary file,
 * fsync and rename for whole files, fsync of every folder that gained or lost a name; one writing process.
 * Never: follows a path out of its folder, retries, or removes a lock of a living process or of another machine.
 */
export * from './errors.ts'
export * from './folder-ledger-store.ts'
export * from './folder-reader.ts'
export * from './folder-witness-store.ts'
