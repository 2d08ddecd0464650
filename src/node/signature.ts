import { createPublicKey, verify } from 'node:crypto'

/** DER before a raw Ed25519 public key (RFC 8410 section 4). */
const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')

export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: 'der', type: 'spki' })
  return verify(null, message, key, signature)
}
