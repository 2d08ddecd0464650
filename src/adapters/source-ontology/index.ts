/**
 * Source-ontology: reads any server of the Ontology API v2 (spec/ontology-api.md), page by page of a snapshot, with the
 * rights of the bearer token it was given.
 *
 * Promises: the guarantees of the port RemoteOntology; one request at a time; memory bounded by one page.
 * Never: follows a redirect, sends the token in clear over a network, puts a value or the server's words into an error.
 */
export { remoteErrors } from './errors.ts'
export { openRemoteOntology } from './remote-ontology.ts'
