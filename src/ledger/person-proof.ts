import {
  equalBytes,
  type FormatSpec,
  fromBase64,
  fromHex,
  type JsonObject,
  readFormat,
  toBase64,
  toHex,
  writeFormat,
} from '#kernel'
import { openCheckpoint } from './checkpoint.ts'
import { commitToDetail } from './commitment.ts'
import type { DetailOpening } from './detail.ts'
import type { LedgerEntry } from './entry.ts'
import { ledgerErrors } from './errors.ts'
import { hashLeaf, verifyInclusion } from './merkle.ts'
import { parseVerifierKey } from './note.ts'
import { leafOf, parseOpeningLine } from './opening.ts'
import { pathOf, personLeaf, personLeaves, personSalts } from './persons.ts'

/** Everything needed to show, offline, that an entry names one person. Shows the entry's governance part and the number
 * of persons, neither the detail nor another person. */
export interface PersonProof extends JsonObject {
  readonly format: string
  readonly version: number
  readonly checkpoint: string
  /** The stored line of the opening. */
  readonly opening: string
  /** Hashes from the entry's leaf to the checkpoint's root, lowest first, base64. */
  readonly path: readonly string[]
  /** Commitment to the detail's body, hexadecimal: hides it. */
  readonly detailBody: string
  readonly detailSalt: string
  readonly persons: { readonly root: string; readonly count: number }
  readonly person: string
  readonly position: number
  readonly personSalt: string
  /** Hashes from the person's leaf to the root of the persons, lowest first, base64. */
  readonly personPath: readonly string[]
}

export const personProofFormat: FormatSpec<PersonProof> = {
  format: 'openfdp/person-proof',
  version: 1,
  migrations: {},
  check: (document) => {
    const proof = document as PersonProof
    const texts = ['checkpoint', 'opening', 'detailBody', 'detailSalt', 'person', 'personSalt']
    const lists = [proof.path, proof.personPath]
    const isSound =
      texts.every((key) => typeof proof[key] === 'string') &&
      lists.every(
        (list) => Array.isArray(list) && list.length <= 64 && list.every((hash) => typeof hash === 'string'),
      ) &&
      Number.isSafeInteger(proof.position) &&
      typeof proof.persons?.root === 'string' &&
      Number.isSafeInteger(proof.persons.count)
    if (!isSound) throw new RangeError('not a person proof')
    return proof
  },
}

export function makePersonProof(parts: {
  line: string
  detail: DetailOpening
  position: number
  checkpoint: string
  path: readonly Uint8Array[]
}): PersonProof {
  const { line, detail, position, checkpoint, path } = parts
  const leaves = personLeaves(detail.personsSeed, detail.persons!)
  return writeFormat(personProofFormat, {
    checkpoint,
    opening: line,
    path: path.map(toBase64),
    detailBody: toHex(detail.body),
    detailSalt: toBase64(detail.salt),
    persons: { root: detail.summary!.root, count: detail.summary!.count },
    person: detail.persons![position]!,
    position,
    personSalt: toBase64(personSalts(detail.personsSeed, position + 1)[position]!),
    personPath: pathOf(leaves, position).map(toBase64),
  })
}

/**
 * What a proof shows under the log's verifier key: the entry, the person, and how many persons it names. Needs nothing
 * but the proof. FDP_LEDGER_BAD_PROOF, FDP_LEDGER_BAD_NOTE, FDP_LEDGER_BAD_VKEY.
 */
export function verifyPersonProof(
  document: JsonObject,
  vkey: string,
): { readonly entry: LedgerEntry; readonly person: string; readonly count: number } {
  const proof = readOrBad(document)
  const { checkpoint } = openCheckpoint(proof.checkpoint, parseVerifierKey(vkey))
  const steps = openSteps(proof)
  const { persons, person, position } = proof
  if (!verifyInclusion(steps.personLeaf, position, persons.count, steps.personPath, fromHex(persons.root))) {
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'the person is not under the root of persons' })
  }
  const commitment = commitToDetail(steps.detailSalt, steps.detailBody, persons)
  const { opening } = steps
  if (opening.detailCommitment === null || !equalBytes(commitment, opening.detailCommitment)) {
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'the root of persons is not the one the entry commits to' })
  }
  const leaf = hashLeaf(leafOf(opening))
  if (!verifyInclusion(leaf, opening.entry.index, checkpoint.size, steps.path, checkpoint.root)) {
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'the entry is not under the checkpoint' })
  }
  return { entry: opening.entry, person, count: persons.count }
}

function readOrBad(document: JsonObject): PersonProof {
  try {
    return readFormat(personProofFormat, document)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'it is not a person proof' })
  }
}

function openSteps(proof: PersonProof) {
  try {
    const root = proof.persons.root
    if (!/^[0-9a-f]{64}$/.test(root)) throw new RangeError('not a root')
    return {
      opening: parseOpeningLine(proof.opening),
      path: proof.path.map(fromBase64),
      personPath: proof.personPath.map(fromBase64),
      personLeaf: personLeaf(fromBase64(proof.personSalt), proof.person),
      detailSalt: fromBase64(proof.detailSalt),
      detailBody: fromHex(proof.detailBody),
    }
  } catch {
    throw ledgerErrors('FDP_LEDGER_BAD_PROOF', { what: 'a part of it cannot be read' })
  }
}
