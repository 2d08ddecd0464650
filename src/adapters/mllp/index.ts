/**
 * MLLP: messages over TCP, with or without TLS, each in a frame of VT … FS CR and each answered. A listener and a sender.
 *
 * Promises: the guarantees of the port (`src/ports/message-link.ts`): an acceptance only for what is stored; one message at
 * a time on a connection, in order; limits of size, time and connections.
 * Never: looks into a message, puts anything of it into an error or event, or accepts what it could not hand on.
 */
export { mllpErrors } from './errors.ts'
export { listenForMessages } from './listener.ts'
export { openMessageSender } from './sender.ts'
