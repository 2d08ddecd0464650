/**
 * HTTP: health, metrics, the public files of the ledgers, and a page that shows what this node holds and who can see it.
 * Loopback only with a random token, until there is sign-in.
 *
 * Promises: what is shown was released through the gate or is in the governance part of a ledger; no patient value is in
 * a URL, a log line, a metric or an error; every answer says not to be stored or framed.
 * Never: listens beyond loopback, answers without the token (but for liveness and readiness), or reads lake and vault.
 */
export { httpErrors } from './errors.ts'
export { type HttpServer, type ServeInput, serveHttp } from './serve.ts'
