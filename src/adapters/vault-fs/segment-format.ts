import { createCipheriv, createDecipheriv } from 'node:crypto'
import { canonicalJsonBytes, type FormatSpec, type JsonObject, lengthPrefixed, sha256, writeFormat } from '#kernel'
import type { VaultColumn } from '#ports'

/** Rows of one block. */
export const blockRowsMax = 65_536
/** Blocks of one segment: about 1.07 thousand million rows. */
export const blocksMax = 16_384
/** One column of one block as JSON text, in bytes, before it is compressed. */
export const columnBytesMax = 256 * 1024 ** 2
export const headerBytesMax = 1024 ** 2
export const indexBytesMax = 512 * 1024 ** 2
export const tagBytes = 16

/** A segment file begins with 12 bytes: this and the header's length (32 bits, big-endian). */
export const startMagic = Buffer.from('OFDPVLT1')
/** It ends with 12 bytes: the sealed index's length (32 bits, big-endian) and this. */
export const endMagic = Buffer.from('OFDPVEND')
export const framingBytes = 12

export type SegmentHeader = {
  readonly format: string
  readonly version: number
  readonly tenant: string
  readonly id: string
  readonly table: string
  readonly controller: string
  readonly columns: readonly { readonly name: string; readonly type: VaultColumn['type'] }[]
}

export const headerFormat: FormatSpec<SegmentHeader> = {
  format: 'openfdp/vault-segment',
  version: 1,
  migrations: {},
  check: (document) => document as SegmentHeader,
}

/** Where each column of each block lies: `chunks[c]` is [offset, bytes] of column c in the file. */
export type SegmentIndex = {
  readonly format: string
  readonly version: number
  readonly rows: number
  readonly blocks: readonly { readonly rows: number; readonly chunks: readonly (readonly [number, number])[] }[]
}

export const indexFormat: FormatSpec<SegmentIndex> = {
  format: 'openfdp/vault-index',
  version: 1,
  migrations: {},
  check: (document) => document as SegmentIndex,
}

export interface SegmentIdentity {
  readonly tenant: string
  readonly id: string
  readonly table: string
  readonly controller: string
  readonly columns: readonly VaultColumn[]
}

/** The header's bytes follow from what the segment is, so a reader compares them instead of trusting them. */
export function headerBytes({ tenant, id, table, controller, columns }: SegmentIdentity): Uint8Array {
  const plain = columns.map(({ name, type }) => ({ name, type }))
  return canonicalJsonBytes(writeFormat(headerFormat, { tenant, id, table, controller, columns: plain }))
}

export function encodeIndex(index: Pick<SegmentIndex, 'rows' | 'blocks'>): Uint8Array {
  return canonicalJsonBytes(writeFormat(indexFormat, index) as unknown as JsonObject)
}

/** A place in a segment: the counter nonce and the associated data of what is sealed there. */
export interface Place {
  readonly nonce: Uint8Array
  readonly associated: Uint8Array
}

/** Column `column` of block `block`. Each place of a segment is sealed once under a key of that segment only. */
export function chunkPlace(
  segment: SegmentIdentity,
  block: number,
  column: number,
  rows: number,
  isLast: boolean,
): Place {
  return {
    nonce: nonceOf(BigInt(block), column),
    associated: lengthPrefixed(
      'openfdp/vault-block',
      String(headerFormat.version),
      segment.tenant,
      segment.id,
      segment.columns[column]!.name,
      String(block),
      String(rows),
      isLast ? 'last' : 'more',
    ),
  }
}

/** The index, bound to every byte of the header. Its nonce is beyond every block. */
export function indexPlace(segment: SegmentIdentity, header: Uint8Array): Place {
  return {
    nonce: nonceOf(0xffff_ffff_ffff_ffffn, 0xffff_ffff),
    associated: lengthPrefixed(
      'openfdp/vault-index',
      String(indexFormat.version),
      segment.tenant,
      segment.id,
      sha256(header),
    ),
  }
}

/** AES-256-GCM: ciphertext ‖ tag. */
export function sealAt(dataKey: Uint8Array, place: Place, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', dataKey, place.nonce, { authTagLength: tagBytes })
  cipher.setAAD(place.associated)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `sealAt` made; throws if a bit, the place or the key differs. */
export function openAt(dataKey: Uint8Array, place: Place, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', dataKey, place.nonce, { authTagLength: tagBytes })
  decipher.setAAD(place.associated)
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  const head = decipher.update(sealed.subarray(0, sealed.length - tagBytes))
  decipher.final()
  return head
}

/** 8 bytes of block number ‖ 4 bytes of column number, big-endian. */
function nonceOf(block: bigint, column: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(block)
  nonce.writeUInt32BE(column, 8)
  return nonce
}
