/**
 * Notices sent to another program: a POST of JSON, signed as Standard Webhooks says (webhook-id, webhook-timestamp,
 * webhook-signature `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`).
 *
 * Promises: the guarantees of Connection; taken means an answer of 200 to 299.
 * Never: follows a redirect, reads the answer's body, or sends in clear to another machine.
 */
export { webhookErrors } from './errors.ts'
export { webhookKind } from './webhook.ts'
