/**
 * Ports: interfaces to everything outside, each with the guarantees its adapters must keep written on it.
 *
 * Promises: an adapter is done when the contract suite of its port (test/contract) passes unmodified.
 * Never: contains an implementation, or names a product behind a port.
 */
export * from './archive.ts'
export * from './blob-store.ts'
export * from './connection.ts'
export * from './engine.ts'
export * from './file-drop.ts'
export * from './identity.ts'
export * from './keys.ts'
export * from './lake.ts'
export * from './ledger-store.ts'
export * from './message-link.ts'
export * from './message-log.ts'
export * from './peer.ts'
export * from './remote-ontology.ts'
export * from './scratch.ts'
export * from './source.ts'
export * from './vault.ts'
