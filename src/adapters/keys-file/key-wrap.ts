import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fromBase64, lengthPrefixed, type Random, toBase64 } from '#kernel'
import type { KeyUse, WrappedKey } from '#ports'
import { keysErrors } from './errors.ts'

const nonceBytes = 12
const tagBytes = 16

/** What a wrapped key is bound to: it opens for this tenant, this use and this wrapping key only. */
export interface WrapBinding {
  readonly tenant: string
  readonly use: KeyUse
  readonly keyVersion: number
}

/** AES-256-GCM under a random nonce: nonce ‖ ciphertext ‖ tag. */
export function wrapKey(wrapping: Uint8Array, binding: WrapBinding, dataKey: Uint8Array, random: Random): WrappedKey {
  const nonce = random.bytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', wrapping, nonce).setAAD(associatedData(binding))
  const sealed = Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
  return { keyVersion: binding.keyVersion, wrapped: toBase64(sealed) }
}

/** Throws FDP_KEYS_UNWRAP for any other binding, key or byte. */
export function unwrapKey(wrapping: Uint8Array, binding: WrapBinding, wrapped: string): Uint8Array {
  try {
    const sealed = fromBase64(wrapped)
    if (sealed.length < nonceBytes + tagBytes) throw new RangeError('too short')
    const nonce = sealed.subarray(0, nonceBytes)
    const options = { authTagLength: tagBytes }
    const decipher = createDecipheriv('aes-256-gcm', wrapping, nonce, options).setAAD(associatedData(binding))
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()])
  } catch {
    throw keysErrors('FDP_KEYS_UNWRAP', { keyVersion: binding.keyVersion })
  }
}

function associatedData({ tenant, use, keyVersion }: WrapBinding): Uint8Array {
  return lengthPrefixed('openfdp/wrap/v1', tenant, use, String(keyVersion))
}
