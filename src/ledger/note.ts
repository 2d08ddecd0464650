import { createPublicKey, verify } from 'node:crypto'
import { fromBase64, sha256, toBase64, toHex } from '#kernel'
import { ledgerErrors } from './errors.ts'

/** Signature algorithms of C2SP signed-note that are used here. */
export const noteAlgorithms = { ed25519: 0x01, cosignatureV1: 0x04 } as const

/** `name+hash+base64(algorithm ‖ key)`: who may sign, and with what. */
export interface VerifierKey {
  readonly name: string
  /** First four bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key), as hexadecimal. */
  readonly hash: string
  readonly algorithm: number
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array
}

export interface NoteSignature {
  readonly name: string
  readonly hash: string
  /** Without the four bytes of the key hash. */
  readonly signature: Uint8Array
}

export interface Note {
  /** With its final newline: what was signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

const signaturesMax = 64

export function makeVerifierKey(name: string, algorithm: number, publicKey: Uint8Array): VerifierKey {
  checkKeyName(name)
  const hash = toHex(sha256(`${name}\n`, Uint8Array.of(algorithm), publicKey).subarray(0, 4))
  return { name, hash, algorithm, publicKey }
}

export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.hash}+${toBase64(Buffer.concat([Uint8Array.of(key.algorithm), key.publicKey]))}`
}

/** Reads a verifier key; FDP_LEDGER_BAD_VKEY if its parts do not fit together. */
export function parseVerifierKey(text: string): VerifierKey {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text)
  if (!match) throw ledgerErrors('FDP_LEDGER_BAD_VKEY', { what: 'it does not have three parts' })
  const bytes = decodeOr(match[3]!, () => ledgerErrors('FDP_LEDGER_BAD_VKEY', { what: 'its key is not base64' }))
  if (bytes.length !== 33) throw ledgerErrors('FDP_LEDGER_BAD_VKEY', { what: 'its key is not 32 bytes long' })
  const key = makeVerifierKey(match[1]!, bytes[0]!, bytes.subarray(1))
  if (key.hash !== match[2]) throw ledgerErrors('FDP_LEDGER_BAD_VKEY', { what: 'its hash is another key`s' })
  return key
}

/** Reads a signed note of C2SP signed-note; FDP_LEDGER_BAD_NOTE unless writing it again gives the same bytes. */
export function parseNote(note: string): Note {
  const bad = (what: string) => ledgerErrors('FDP_LEDGER_BAD_NOTE', { what })
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) throw bad('it has no signature block')
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > signaturesMax) throw bad('it has too many signatures')
  const parsed = { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) }
  if (formatNote(parsed) !== note) throw bad('it is not in its one canonical form')
  return parsed
}

export function parseSignatureLine(line: string): NoteSignature {
  const bad = (what: string) => ledgerErrors('FDP_LEDGER_BAD_NOTE', { what })
  const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line)
  if (!match) throw bad('a signature line is not `— name base64`')
  const bytes = decodeOr(match[2]!, () => bad('a signature is not base64'))
  if (bytes.length < 5) throw bad('a signature is too short')
  return { name: match[1]!, hash: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
}

export function formatSignatureLine(signature: NoteSignature): string {
  const bytes = Buffer.concat([Buffer.from(signature.hash, 'hex'), signature.signature])
  return `\u2014 ${signature.name} ${toBase64(bytes)}`
}

export function formatNote(note: Note): string {
  return `${note.text}\n${note.signatures.map((signature) => `${formatSignatureLine(signature)}\n`).join('')}`
}

export function isBy(signature: NoteSignature, key: VerifierKey): boolean {
  return signature.name === key.name && signature.hash === key.hash
}

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** Ed25519 (RFC 8032) over the whole message. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' })
  return verify(null, message, key, signature)
}

function checkKeyName(name: string): void {
  if (!/^[^\s+]+$/.test(name)) throw ledgerErrors('FDP_LEDGER_BAD_VKEY', { what: 'a name with a space or a plus' })
}

function decodeOr(text: string, error: () => Error): Uint8Array {
  try {
    return fromBase64(text)
  } catch {
    throw error()
  }
}
