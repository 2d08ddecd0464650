/**
 * Outbound: messages of HL7 v2 that go to other systems when actions change records. A queue is declared in a file: where
 * to, as whom the record is read, and which message for which action. What waits is a fold of the ledger.
 *
 * Promises: each message's record is read through the gate when it is sent, as it was when the action was applied; an entry
 * is durable before a byte leaves; a message has one number (MSH-10) however often it is sent, in the order of the entries
 * for any one record; what the other side refuses, and what cannot be made, waits for a person and holds up no other record.
 * Never: stores a message, sends for an action from before its queue was in force, lets a value end a field or a segment,
 * or puts a value of a record or an answer into an error, an entry's lasting part or a list.
 */

export { checkMayDecide, dropMessage, putBack } from './decide.ts'
export { type OutboundRoute, OutboundRouteSchema, parseOutboundRoute } from './declaration.ts'
export { encodeMessage, type MessageHead } from './encode.ts'
export { outboundErrors } from './errors.ts'
export { type OutboundLink, openOutboundLink } from './link.ts'
export { type OutboundMap, parseOutboundMap } from './outbound-map.ts'
export { messageNumber, type OutboundQueue, outboundQueue, outboundQueues, type QueuedMessage } from './queue.ts'
export { endRoute, type OutboundDeps, type OutboundDone, runOutbound } from './run-outbound.ts'
