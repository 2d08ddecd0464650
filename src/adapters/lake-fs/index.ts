/**
 * The lake in a folder: immutable Parquet files named by the hash of their content, manifests named by theirs.
 *
 * Promises: what the Lake port promises. A kill between any two steps leaves either nothing that a manifest names, or
 * a sealed version; what neither a live manifest nor a lease needs is deleted by `sweep` and by nothing else.
 * Expects: one process at a time (the tenant's lock), and that nobody sweeps between a `seal` and its ledger entry.
 * Never: reads a row; knows which version is the latest; hands out a path before its lease is on stable storage.
 */
export { lakeError } from './errors.ts'
export { openLakeFs } from './lake-fs.ts'
