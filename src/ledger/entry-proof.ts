import { type FormatSpec, fromBase64, type JsonObject, readFormat, toBase64, toHex, writeFormat } from '#kernel'
import { openCheckpoint } from './checkpoint.ts'
import type { LedgerEntry } from './entry.ts'
import { ledgerErrors } from './errors.ts'
import { hashLeaf, verifyInclusion } from './merkle.ts'
import { parseVerifierKey } from './note.ts'
import { leafOf, parseOpeningLine } from './opening.ts'

/**
 * An entry's place in the signed tree. With the opening it shows the governance part; without it (`withheld`) only that
 * some entry with this leaf stands at this index, to be opened later before whoever may see it.
 */
export interface EntryProof extends JsonObject {
  readonly format: string
  readonly version: number
  readonly index: number
  readonly checkpoint: string
  /** The stored line of the opening, or null where it is withheld. */
  readonly opening: string | null
  /** Leaf hash, hexadecimal. */
  readonly leaf: string
  /** Hashes from the leaf to the checkpoint's root, lowest first, base64. */
  readonly path: readonly string[]
}

export const entryProofFormat: FormatSpec<EntryProof> = {
  format: 'openfdp/entry-proof',
  version: 1,
  migrations: {},
  check: (document) => {
    const proof = document as EntryProof
    const isSound =
      typeof proof.checkpoint === 'string' &&
      (proof.opening === null || typeof proof.opening === 'string') &&
      Number.isSafeInteger(proof.index) &&
      /^[0-9a-f]{64}$/.test(String(proof.leaf)) &&
      Array.isArray(proof.path) &&
      proof.path.length <= 64 &&
      proof.path.every((hash) => typeof hash === 'string')
    if (!isSound) throw new RangeError('not an entry proof')
    return proof
  },
}

export function makeEntryProof(parts: { line: string; checkpoint: string; path: readonly Uint8Array[] }): EntryProof {
  const opening = parseOpeningLine(parts.line)
  return writeFormat(entryProofFormat, {
    index: opening.entry.index,
    checkpoint: parts.checkpoint,
    opening: parts.line,
    leaf: toHex(hashLeaf(leafOf(opening))),
    path: parts.path.map(toBase64),
  })
}

/**
 * What a proof shows under the log's verifier key: the entry, or null where its text is withheld. Needs nothing but the
 * proof. FDP_LEDGER_BAD_PROOF, FDP_LEDGER_BAD_NOTE, FDP_LEDGER_BAD_VKEY.
 */
export function verifyEntryProof(document: JsonObject, vkey: string): LedgerEntry | null {
  const { proof, opening, path } = readOrBad(document)
  const { checkpoint } = openCheckpoint(proof.checkpoint, parseVerifierKey(vkey))
  const isText =
    opening === null || (opening.entry.index === proof.index && proof.leaf === toHex(hashLeaf(leafOf(opening))))
  if (!isText) throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'the text is not the one of the leaf' })
  if (!verifyInclusion(Buffer.from(proof.leaf, 'hex'), proof.index, checkpoint.size, path, checkpoint.root)) {
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'the entry is not under the checkpoint' })
  }
  return opening?.entry ?? null
}

function readOrBad(document: JsonObject) {
  try {
    const proof = readFormat(entryProofFormat, document)
    const opening = proof.opening === null ? null : parseOpeningLine(proof.opening)
    return { proof, opening, path: proof.path.map(fromBase64) }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'it is not an entry proof' })
  }
}
