import type { Keys } from './keys.ts'

/** What of a segment is on stable storage: its records, their sealed bytes, and the SHA-256 of those, hex. */
export interface SegmentMark {
  readonly segment: string
  readonly records: number
  readonly bytes: number
  readonly sha256: string
}

/**
 * An encrypted log of records that only grows, in segments. For the one process that writes the tenant.
 *
 * Guarantees: `append` resolves when the record is on stable storage; what is appended meanwhile shares the next flush. A
 * record whose append failed, or that nobody waited for, may be there at the next opening. `read` gives every record that
 * was there when it was called, in order; of what a mark says was there, nothing is missing or changed, or it fails
 * with FDP_MESSAGELOG_DAMAGED. Behind the last mark, records that are not whole count as never written. Nothing readable
 * is on disk.
 */
export interface MessageLog extends AsyncDisposable {
  append(record: Uint8Array): Promise<void>
  /** To be read to its end before `marks` says anything of earlier openings. */
  read(known: readonly SegmentMark[]): AsyncIterable<Uint8Array>
  /** Of every segment, oldest first. */
  marks(): readonly SegmentMark[]
  close(): Promise<void>
}

export type OpenMessageLog = (folder: string, keys: Keys) => Promise<MessageLog>
