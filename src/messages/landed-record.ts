import type { Instant } from '#kernel'

/** `again`: the same bytes had landed before. */
export type Outcome = 'landed' | 'again' | 'refused'

/** What a record of the log says. Only `landed` comes with a message. */
export interface LandedHead {
  readonly at: Instant
  /** `ADT^A01`, or `unreadable`. */
  readonly event: string
  readonly outcome: Outcome
  /** The clock of times that say no zone, as it was declared then; absent: Europe/London. */
  readonly zone?: string
  /** Why it was refused, and where. */
  readonly code?: string
  readonly place?: string
}

const lineFeed = 0x0a

/** One line of JSON, then the message as it came. */
export function encodeRecord(head: LandedHead, message: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), message])
}

export function decodeRecord(record: Uint8Array): { readonly head: LandedHead; readonly message: Uint8Array } {
  const end = record.indexOf(lineFeed)
  const head = JSON.parse(Buffer.from(record.subarray(0, end)).toString('utf8')) as LandedHead
  return { head, message: record.subarray(end + 1) }
}
