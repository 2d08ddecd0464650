/**
 * A log of messages as encrypted files of one folder, a segment each.
 *
 * Promises: the guarantees of the port (`src/ports/message-log.ts`); one flush for everything that came while the last one was
 * on its way; every opening, and every failed write, begins a new segment under a new key, so that no nonce is used twice.
 * Never: writes a plain byte, adds to a segment that it did not begin, or looks into a record.
 *
 * File: 4-byte length ‖ header (JSON: format, version, wrapped data key) ‖ records (4-byte length ‖ ciphertext ‖ 16-byte tag).
 */
export { messageLogErrors } from './errors.ts'
export { openFolderMessageLog } from './folder-message-log.ts'
export { openFolderScratch } from './folder-scratch.ts'
