/**
 * Notices sent by email, over SMTP.
 *
 * Promises: the guarantees of Connection; taken means that the mail server took the message for every recipient.
 * Never: sends in clear to another machine, or signs in without TLS.
 */
export { emailKind } from './email.ts'
export { emailErrors } from './errors.ts'
