import { createCipheriv, createDecipheriv } from 'node:crypto'
import { lengthPrefixed } from '#kernel'

export const tagBytes = 16
export const lengthBytes = 4

/** Where a record belongs: tenant, log, segment, and its number in it from 0. */
export interface RecordPlace {
  readonly tenant: string
  readonly log: string
  readonly segment: string
  readonly at: number
}

/** 4-byte length, then AES-256-GCM: ciphertext ‖ tag. The data key is of one segment, so the number is a nonce used once. */
export function sealRecord(dataKey: Uint8Array, place: RecordPlace, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonceOf(place)).setAAD(associatedData(place))
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32BE(plain.length + tagBytes)
  return Buffer.concat([length, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** The first record in `sealed`, and how many bytes it takes there. Null where it is not whole, or not of this place. */
export function openRecord(dataKey: Uint8Array, place: RecordPlace, sealed: Buffer) {
  if (sealed.length < lengthBytes + tagBytes) return null
  const end = lengthBytes + sealed.readUInt32BE()
  if (end > sealed.length || end < lengthBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', dataKey, nonceOf(place), { authTagLength: tagBytes })
  decipher.setAAD(associatedData(place)).setAuthTag(sealed.subarray(end - tagBytes, end))
  try {
    const plain = decipher.update(sealed.subarray(lengthBytes, end - tagBytes))
    return { plain: Buffer.concat([plain, decipher.final()]), bytes: end }
  } catch {
    return null
  }
}

function nonceOf({ at }: RecordPlace): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(at), 4)
  return nonce
}

function associatedData({ tenant, log, segment, at }: RecordPlace): Uint8Array {
  return lengthPrefixed('openfdp/message-log/v1', tenant, log, segment, String(at))
}
