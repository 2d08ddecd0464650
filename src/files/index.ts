/**
 * Files: what every store in a folder needs. Writing so that a crash leaves the old or the new, a log of leases with one
 * flush for many, what is held open, and taking turns.
 *
 * Promises: a function with "durably" or "sync" in its name returns after the bytes, and the names, are on stable
 * storage; a lease that is acknowledged is in the log.
 * Never: knows what the bytes mean, or is imported by anything but adapters and the node.
 */
export { destroyFile, replaceDestroying } from './destroy.ts'
export * from './durable.ts'
export { Holds } from './holds.ts'
export { LeaseLog, type LeaseLogOf, type LeaseRecord, type LogHeader } from './lease-log.ts'
export { Turns } from './turns.ts'
