/**
 * HTTP: one table of endpoints (endpoints.ts), from which routes and `/openapi.json` are made; sign-in by OpenID Connect;
 * health, metrics, the public files of the ledgers, the API, and a page of what this node holds and who can see it.
 *
 * Promises: but for what is public, nothing is answered before a caller was proved, in this request, and found in post in
 * the register, in this request; whatever changes something shows where it comes from; refused attempts are entries;
 * what is shown was released through the gate to that person or is in the governance part of a ledger; every answer says
 * not to be stored or framed.
 * Never: listens beyond loopback without TLS, takes a session for a right, keeps or logs a token, reads lake or vault.
 */
export { type Endpoint, nameOf } from './endpoint.ts'
export { endpoints } from './endpoints.ts'
export { httpErrors } from './errors.ts'
export { type HttpServer, type ServeInput, serveHttp } from './serve.ts'
