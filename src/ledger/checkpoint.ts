import { fromBase64, toBase64 } from '#kernel'
import type { Keys } from '#ports'
import { ledgerErrors } from './errors.ts'
import type { VerifierKey } from './note.ts'
import { formatNote, isBy, makeVerifierKey, type Note, noteAlgorithms, parseNote, verifyEd25519 } from './note.ts'

/** C2SP tlog-checkpoint: which log, how many entries, the root over them. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/** Reads the text of a checkpoint note. Extension lines are not used by this log and refused. */
export function parseCheckpoint(text: string): Checkpoint {
  const bad = (what: string) => ledgerErrors('FDP_LEDGER_BAD_NOTE', { what })
  const match = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text)
  if (!match) throw bad('it does not hold an origin, a size and a root')
  const size = Number(match[2])
  if (!Number.isSafeInteger(size)) throw bad('its size is out of range')
  try {
    return { origin: match[1]!, size, root: fromBase64(match[3]!) }
  } catch {
    throw bad('its root is not canonical base64')
  }
}

/** The verifier key of a tenant's ledger: its origin is the key's name. */
export function ledgerVerifierKey(origin: string, keys: Pick<Keys, 'publicKey'>): VerifierKey {
  return makeVerifierKey(origin, noteAlgorithms.ed25519, keys.publicKey)
}

export function signCheckpoint(checkpoint: Checkpoint, vkey: VerifierKey, keys: Pick<Keys, 'sign'>): string {
  const text = formatCheckpoint(checkpoint)
  const signature = keys.sign(Buffer.from(text, 'utf8'))
  return formatNote({ text, signatures: [{ name: vkey.name, hash: vkey.hash, signature }] })
}

/** The checkpoint of a note that its log signed; FDP_LEDGER_BAD_NOTE otherwise. The origin must be the key's name. */
export function openCheckpoint(note: string, vkey: VerifierKey): { checkpoint: Checkpoint; note: Note } {
  const bad = (what: string) => ledgerErrors('FDP_LEDGER_BAD_NOTE', { what })
  const parsed = parseNote(note)
  const own = parsed.signatures.filter((signature) => isBy(signature, vkey))
  if (own.length !== 1) throw bad('it is not signed once by its log')
  if (vkey.algorithm !== noteAlgorithms.ed25519) throw bad('the key given is not a log key')
  if (!verifyEd25519(vkey.publicKey, Buffer.from(parsed.text, 'utf8'), own[0]!.signature)) {
    throw bad('its signature does not verify')
  }
  const checkpoint = parseCheckpoint(parsed.text)
  if (checkpoint.origin !== vkey.name) throw bad('it is another log`s')
  return { checkpoint, note: parsed }
}
