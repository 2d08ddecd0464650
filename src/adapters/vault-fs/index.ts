/**
 * The vault in a folder: encrypted column segments, their wrapped keys apart from them, signed manifests.
 *
 * Promises: what the Vault port promises. Memory is bounded by two blocks on writing and one on reading. A kill between
 * any two steps leaves either nothing that a manifest names, or a sealed version; erasing destroys the key first.
 * Expects: one process at a time (the tenant's lock), and that nobody sweeps between a `seal` and its ledger entry.
 * Never: writes a plain value or a plain key; opens a block before its lease is on stable storage; says which of two
 * versions is the newer one: that is the ledger's.
 */
export { vaultError } from './errors.ts'
export { openVaultFs, type VaultFsOptions } from './vault-fs.ts'
