import { addMs, type Instant, parseInstant } from '#kernel'
import type { Keys } from '#ports'
import {
  formatSignatureLine,
  isBy,
  type NoteSignature,
  noteAlgorithms,
  parseSignatureLine,
  type VerifierKey,
  verifyEd25519,
} from './note.ts'

/** C2SP tlog-cosignature v1: what a witness signs is the time and the whole checkpoint text. */
function cosignedMessage(seconds: number, checkpointText: string): Uint8Array {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${checkpointText}`, 'utf8')
}

/** A signature line: 8 bytes of big-endian seconds since 1970, then the Ed25519 signature. */
export function cosignLine(
  checkpointText: string,
  at: Instant,
  witness: VerifierKey,
  keys: Pick<Keys, 'sign'>,
): string {
  const seconds = Math.floor(Date.parse(at) / 1000)
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(seconds))
  const signature = Buffer.concat([time, keys.sign(cosignedMessage(seconds, checkpointText))])
  return formatSignatureLine({ name: witness.name, hash: witness.hash, signature })
}

/** The time that a cosignature line states; whether it is signed is for `cosignatureTime` to say. */
export function statedTime(line: string): Instant {
  const { signature } = parseSignatureLine(line)
  return addMs(epoch, Number(Buffer.from(signature).readBigUInt64BE(0)) * 1000)
}

const epoch = parseInstant('1970-01-01T00:00:00Z')

/** When the witness cosigned, or null if the signature is not its own over this text. */
export function cosignatureTime(
  checkpointText: string,
  signature: NoteSignature,
  witness: VerifierKey,
): Instant | null {
  if (!isBy(signature, witness) || witness.algorithm !== noteAlgorithms.cosignatureV1) return null
  if (signature.signature.length !== 72) return null
  const seconds = Number(Buffer.from(signature.signature).readBigUInt64BE(0))
  if (seconds > 253_402_300_799) return null
  const message = cosignedMessage(seconds, checkpointText)
  if (!verifyEd25519(witness.publicKey, message, signature.signature.subarray(8))) return null
  return addMs(epoch, seconds * 1000)
}
