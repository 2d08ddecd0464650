import { hmacSha256OfText } from './hash.ts'

/** What a commitment is to; the first bytes under every HMAC, so that none can stand for another. */
export type CommitmentDomain = 'governance' | 'detail' | 'detail-body'

export const saltBytes = 32
export const leafVersion = 1
export const leafBytes = 1 + 32 + 32
/** Stands for the detail commitment of an entry that never had a detail. */
export const noDetail: Uint8Array = new Uint8Array(32)

/** HMAC-SHA-256(salt, "openfdp/ledger/" ‖ domain ‖ "/v1" ‖ 0x00 ‖ text). */
export function commitTo(domain: CommitmentDomain, salt: Uint8Array, text: string): Buffer {
  return hmacSha256OfText(salt, `openfdp/ledger/${domain}/v1\0`, text)
}

/** The leaf data of an entry: version byte ‖ governance commitment ‖ detail commitment. */
export function encodeLeaf(governance: Uint8Array, detail: Uint8Array): Buffer {
  const leaf = Buffer.allocUnsafe(leafBytes)
  leaf[0] = leafVersion
  leaf.set(governance, 1)
  leaf.set(detail, 33)
  return leaf
}

export function decodeLeaf(leaf: Uint8Array): { governance: Uint8Array; detail: Uint8Array } {
  if (leaf.length !== leafBytes || leaf[0] !== leafVersion) throw new RangeError('not a leaf of version 1')
  return { governance: leaf.subarray(1, 33), detail: leaf.subarray(33) }
}

/** The commitment to a detail and its persons, from the commitment to its body: a person's proof shows only these. */
export function commitToDetail(salt: Uint8Array, body: Uint8Array, persons: PersonsSummary | null): Buffer {
  const summary = persons === null ? 'null' : `{"count":${persons.count},"root":"${persons.root}"}`
  return commitTo('detail', salt, `{"body":"${Buffer.from(body).toString('hex')}","persons":${summary}}`)
}

export interface PersonsSummary {
  /** Root over the salted person leaves, hexadecimal. */
  readonly root: string
  readonly count: number
}
