/**
 * Stores that speak the S3 protocol: prefixes in a bucket as drops.
 *
 * Promises: the guarantees of FileDrop and Connection. A file is read by the ETag that it had when it was opened, so its
 * bytes are the same or reading fails; every wait has a limit; requests are signed (AWS Signature Version 4), over TLS.
 * Never: writes, follows a redirect, looks below the prefix, or puts what the store says into an error.
 */
export { s3Errors } from './errors.ts'
export { s3Kind } from './s3-kind.ts'
