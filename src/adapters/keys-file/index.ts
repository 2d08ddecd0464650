/**
 * Keys in files: one folder a tenant, mode 0700, one small versioned JSON file a key, mode 0600: `root.key`,
 * `signing.key` and `wrapping-<version>.key`, the highest of which is current.
 *
 * Promises: new keys are on stable storage before anything is wrapped under them; a key file that others can read is
 * refused; copying the folder copies the keys, leaving it out of a backup leaves them out.
 * Never: writes a key outside its folder, or into an error. Whoever can read the folder holds the keys; an outside key
 * service is another adapter of the same port.
 */
export { keysErrors } from './errors.ts'
export { createKeys, openKeys } from './file-keys.ts'
