/**
 * Encrypted blobs as files of one folder, each named by HMAC-SHA-256(tenant key, SHA-256(content)).
 *
 * Promises: `put` returns when bytes, name and folder are on stable storage, or leaves nothing; the same content is one
 * file; every chunk is authenticated, in its place, before it is yielded, and a file under another's name is refused.
 * Never: writes a plain byte; holds more of a blob in memory than two chunks.
 *
 * File: 4-byte length ‖ header (JSON: format, version, wrapped data key) ‖ chunks (1 MiB of ciphertext ‖ 16-byte tag) ‖
 * trailer (SHA-256 and length of the content, encrypted).
 */
export { blobErrors } from './errors.ts'
export { openFileBlobs } from './file-blobs.ts'
