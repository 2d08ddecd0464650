import type { FdpError } from '#kernel'

/**
 * What is spoken over a link. The link carries bytes and knows nothing of them.
 *
 * Guarantees: nothing throws; an answer holds nothing of a message but what names it and its two ends, and nothing of an
 * error but its code and our own sentence.
 */
export interface MessageLanguage {
  /** Null for a message that can be read. */
  refusal(message: Uint8Array): FdpError | null
  /** Accepts (`null`) or refuses. The message may be the beginning of one, or none at all. */
  answer(message: Uint8Array, refused: FdpError | null): Uint8Array
  /** What an answer says of what was sent. */
  verdict(sent: Uint8Array, answer: Uint8Array): Verdict
}

/**
 * `accepted`: the other side has it. `refused`: it never will take this message. `later`: it may, if it is sent again.
 * `unrelated`: no answer to this message. `code` is the other side's, letters and digits only.
 */
export interface Verdict {
  readonly says: 'accepted' | 'refused' | 'later' | 'unrelated'
  readonly code: string
}

/** PEM. With `ca` the other side has to show a certificate of one of these. */
export interface LinkTls {
  readonly key: string
  readonly cert: string
  readonly ca?: string
}

/** Of a link's life, for counting and for logs: never a value of a message. */
export type LinkEvent =
  | { readonly kind: 'connected' | 'closed' | 'stored' | 'unanswered' | 'idle' | 'cut-off' | 'stray' | 'no-handshake' }
  | { readonly kind: 'refused'; readonly code: string }

export interface ListenOptions {
  readonly host: string
  /** 0 for any that is free. */
  readonly port: number
  /** Null sends and takes everything in clear: for this machine, or a network that encrypts by itself. */
  readonly tls: LinkTls | null
  readonly language: MessageLanguage
  /** Resolves when the bytes are durable; gets each message that can be read, as it came. */
  store(message: Uint8Array): Promise<void>
  readonly messageBytesMax: number
  readonly connectionsMax: number
  /** Without a byte, between messages. */
  readonly idleMsMax: number
  /** From the first byte of a message to its last; for a TLS handshake; for the other side to take an answer. */
  readonly messageMsMax: number
  readonly storeMsMax: number
  told?(event: LinkEvent): void
}

/**
 * Guarantees: a message is accepted only after `store` has resolved for its bytes, and each message gets one answer, in the
 * order in which they came over a connection; the next is not looked at before. A message that cannot be read, is too
 * large, or could not be stored in time is refused and never accepted afterwards. What is not whole is never stored. A
 * message may be stored without its sender hearing of it (it vanished, or the store was too late): it will come again, so
 * storing has to know a message again. Memory of a connection is bounded by one message and what one read gives. Bytes between
 * messages are passed over, up to a limit; a frame that cannot be trusted ends its connection and no other.
 * FDP_MLLP_LISTEN. Answers carry FDP_MLLP_TOO_LARGE, FDP_MLLP_FRAME, FDP_MLLP_STORE and what the language refuses.
 */
export type ListenForMessages = (options: ListenOptions) => Promise<MessageListener>

export interface MessageListener extends AsyncDisposable {
  readonly port: number
  /** No more connections and messages; waits for what is being stored to be answered. */
  close(): Promise<void>
}

export interface SendOptions {
  readonly host: string
  readonly port: number
  /** `ca` is who vouches for the other side; `key` and `cert` are this side's, where it is asked. Null sends in clear. */
  readonly tls: {
    readonly ca?: string
    readonly servername?: string
    readonly key?: string
    readonly cert?: string
  } | null
  readonly language: MessageLanguage
  readonly attemptsMax: number
  /** Before the second attempt; doubled before each further one, up to `waitMsMax`. */
  readonly waitMs: number
  readonly waitMsMax: number
  readonly connectMsMax: number
  readonly answerMsMax: number
}

/**
 * Guarantees: resolves only when the other side has accepted this message. One message at a time, in the order of the
 * calls; a message is sent again, byte for byte, when the connection or the answer fails to come or the other side says
 * `later`, and so may arrive more than once. A message that was given up does not stop the next.
 * FDP_MLLP_REFUSED, FDP_MLLP_UNREACHABLE, FDP_MLLP_UNANSWERED, FDP_MLLP_CLOSED.
 */
export interface MessageSender extends AsyncDisposable {
  /** Connects where there is no connection, and sends nothing. FDP_MLLP_UNREACHABLE, FDP_MLLP_CLOSED. */
  reach(): Promise<void>
  send(message: Uint8Array): Promise<void>
  close(): Promise<void>
}

export type OpenMessageSender = (options: SendOptions) => MessageSender
