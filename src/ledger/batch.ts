import { type EntryIndex, type Instant, type JsonObject, type Random, toHex } from '#kernel'
import { commitTo, encodeLeaf, noDetail, saltBytes } from './commitment.ts'
import { detailRandomBytes, sealDetail } from './detail.ts'
import type { LedgerEntry, PreparedEntry } from './entry.ts'
import { sha256Once } from './hash.ts'
import { openingJson, openingLine } from './opening.ts'

/** An entry as the writer holds it until its bundle is full and stored. */
export interface TailEntry {
  readonly index: EntryIndex
  readonly time: Instant
  readonly type: string
  readonly governanceJson: string
  readonly detailSha256: string | null
  readonly detailCommitment: Uint8Array | null
  /** The stored line of the opening. */
  readonly line: string
  readonly leaf: Uint8Array
  /** Until it is stored in a details file. */
  detail: { readonly ciphertext: Uint8Array; readonly key: Uint8Array } | null
}

export function entryOf(tail: Pick<TailEntry, 'index' | 'time' | 'type' | 'governanceJson'>): LedgerEntry {
  const governance = JSON.parse(tail.governanceJson) as JsonObject
  return { index: tail.index, time: tail.time, type: tail.type, governance }
}

/** Gives a batch its indexes and time, seals the details and commits to everything. Randomness is drawn once. */
export function sealBatch(
  origin: string,
  first: number,
  time: Instant,
  prepared: readonly PreparedEntry[],
  random: Random,
): TailEntry[] {
  const withDetail = prepared.filter((entry) => entry.detailJson !== null).length
  const pool = random.bytes(prepared.length * saltBytes + withDetail * detailRandomBytes)
  let drawn = 0
  const draw = (count: number) => pool.subarray(drawn, (drawn += count))
  return prepared.map(({ type, governanceJson, detailJson, persons }, i) => {
    const index = (first + i) as EntryIndex
    const salt = draw(saltBytes)
    const sealed =
      detailJson === null ? null : sealDetail({ origin, index }, detailJson, persons, draw(detailRandomBytes))
    const detailSha256 = sealed && toHex(sha256Once(sealed.ciphertext))
    const json = openingJson({ index, time, type, governanceJson, detailSha256 })
    const detailCommitment = sealed?.commitment ?? null
    return {
      index,
      time,
      type,
      governanceJson,
      detailSha256,
      detailCommitment,
      line: openingLine(json, salt, detailCommitment),
      leaf: encodeLeaf(commitTo('governance', salt, json), detailCommitment ?? noDetail),
      detail: sealed && { ciphertext: sealed.ciphertext, key: sealed.key },
    }
  })
}
