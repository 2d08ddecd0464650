/**
 * Messages: what other systems send one by one, as it happens. A message dock is declared in a file; what it takes lands in an
 * encrypted log, and what that comes to is submitted at intervals as rows.
 *
 * Promises: a message is accepted when it is durable, and one that comes again is known again; rows are a function of which
 * messages have landed, worked out anew from all of them, so that a restart, an order or a repeat changes nothing; they go in
 * by `submit`, under a grant; what landed is committed to by the ledger in batches, by count and hash.
 * Never: keeps a message that it refused, puts a value of one into an error, an entry or a list, or decides who a person is.
 */
export { type MessageDock, MessageDockSchema, parseMessageDock } from './declaration.ts'
export { eraseMessages } from './erase-messages.ts'
export { messageErrors } from './errors.ts'
export { Landed } from './landed.ts'
export { type MessageEvents, messageEvents, type Submitted } from './message-events.ts'
export { type MessageMap, parseMap } from './message-map.ts'
export { type MessagesDone, recordLanded, runMessages } from './run-messages.ts'
export { listenOptions } from './take-messages.ts'
export type { Counts, RefusedKind } from './tally.ts'
