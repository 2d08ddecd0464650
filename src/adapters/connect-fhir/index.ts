/**
 * Connect-fhir: a server of FHIR R4 as a connection that is asked: searches, page by page, and exports of Bulk Data. What
 * comes back is a resource a line.
 *
 * Promises: the guarantees of Connection; numbers keep their digits; an answer is whole or fails; after a break it goes on
 * without repeating or skipping a byte; an export outlives the process and is ended at the server when it is over; busy
 * servers are waited for as they ask; memory is bounded by a resource and what stands around a page's entries.
 * Never: writes there, follows an address outside the base address or the origins declared for files, sends a token
 * anywhere else, keeps cookies, or puts an address or a word of the server into an error.
 */
export { fhirServerErrors } from './errors.ts'
export { type FhirAnswer, fhirKind } from './fhir-kind.ts'
