import { createCipheriv, createDecipheriv } from 'node:crypto'
import { lengthPrefixed } from '#kernel'

/** Plain bytes of every chunk but the last. */
export const chunkBytes = 1024 * 1024
export const tagBytes = 16
/** SHA-256 of the content, its length as 8 bytes big-endian, and the tag. */
export const trailerBytes = 32 + 8 + tagBytes

/** Where a piece belongs: a chunk by its number and whether it is the last, or the trailer. */
export type Place = { readonly chunk: number; readonly last: boolean } | 'trailer'

/** No chunk has this number: a blob of 2^32 − 1 chunks would be 4 PiB. */
const trailerCounter = 0xffff_ffff

/** AES-256-GCM: ciphertext ‖ tag. The data key belongs to one blob, so a counter is a nonce that never comes twice. */
export function sealPiece(dataKey: Uint8Array, tenant: string, place: Place, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonceOf(place)).setAAD(associatedData(tenant, place))
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** Null for a changed byte or another place. */
export function openPiece(dataKey: Uint8Array, tenant: string, place: Place, sealed: Uint8Array): Buffer | null {
  if (sealed.length < tagBytes) return null
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', dataKey, nonceOf(place), { authTagLength: tagBytes })
  decipher.setAAD(associatedData(tenant, place)).setAuthTag(sealed.subarray(end))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()])
  } catch {
    return null
  }
}

function nonceOf(place: Place): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(place === 'trailer' ? trailerCounter : place.chunk, 8)
  return nonce
}

function associatedData(tenant: string, place: Place): Uint8Array {
  const position = place === 'trailer' ? ['trailer'] : ['chunk', String(place.chunk), place.last ? 'last' : 'more']
  return lengthPrefixed('openfdp/blob/v1', tenant, ...position)
}
