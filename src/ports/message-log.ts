import type { Keys } from './keys.ts'

/** What of a segment is on stable storage: its records, their sealed bytes, and the SHA-256 of those, hex. */
export interface SegmentMark {
  readonly segment: string
  readonly records: number
  readonly bytes: number
  readonly sha256: string
}

/** A segment that was written anew, and what took its place; null where nothing of it was kept. */
export interface Rewritten {
  readonly segment: string
  readonly by: SegmentMark | null
  /** How many records it lost. */
  readonly dropped: number
}

/**
 * An encrypted log of records that only grows, in segments. For the one process that writes the tenant.
 *
 * Guarantees: `append` resolves when the record is on stable storage; what is appended meanwhile shares the next flush. A
 * record whose append failed, or that nobody waited for, may be there at the next opening. `read` gives every record that
 * was there when it was called, in order; of what a mark says was there, nothing is missing or changed, or it fails
 * with FDP_MESSAGELOG_DAMAGED. Behind the last mark, records that are not whole count as never written. Nothing readable
 * is on disk. `rewrite` changes nothing of what is read; what it wrote takes its place with `settle`, which whoever holds the
 * log calls once that is on record, and again at each opening, with all that ever was. After it the old segments, their
 * keys first, and whatever was written anew and is not on record are destroyed.
 */
export interface MessageLog extends AsyncDisposable {
  append(record: Uint8Array): Promise<void>
  /** To be read to its end before `marks` says anything of earlier openings. */
  read(known: readonly SegmentMark[]): AsyncIterable<Uint8Array>
  /** Writes every segment with records that `keep` does not want without them, under a new key. To be called after `read`. */
  rewrite(keep: (record: Uint8Array) => boolean): Promise<readonly Rewritten[]>
  settle(rewritten: readonly Rewritten[]): Promise<void>
  /** Of every segment, oldest first. */
  marks(): readonly SegmentMark[]
  close(): Promise<void>
}

export type OpenMessageLog = (folder: string, keys: Keys) => Promise<MessageLog>
