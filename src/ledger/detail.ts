import { createCipheriv, createDecipheriv } from 'node:crypto'
import { canonicalJson, equalBytes, fromBase64, type JsonObject, lengthPrefixed, toBase64 } from '#kernel'
import { commitTo, commitToDetail, type PersonsSummary, saltBytes } from './commitment.ts'
import { summarisePersons } from './persons.ts'

export const detailKeyBytes = 32
/** Fresh random bytes for one sealed detail: its key, the two salts, the seed of the person salts. */
export const detailRandomBytes = detailKeyBytes + 3 * saltBytes

/** A detail opened with its key. */
export interface DetailOpening {
  readonly detail: JsonObject
  readonly persons: readonly string[] | null
  readonly summary: PersonsSummary | null
  /** Salt of the commitment in the leaf. */
  readonly salt: Uint8Array
  /** Commitment to the detail alone, under its own salt. */
  readonly body: Uint8Array
  readonly personsSeed: Uint8Array
}

export interface SealedDetail {
  readonly ciphertext: Uint8Array
  readonly commitment: Uint8Array
  readonly key: Uint8Array
}

// Every key seals exactly one text, so the nonce may stand still (NIST SP 800-38D section 8.2.1).
const nonce = Buffer.alloc(12)
const tagBytes = 16

/** Encrypts a detail with its persons under a fresh key and commits to both; `random` has `detailRandomBytes`. */
export function sealDetail(
  place: { origin: string; index: number },
  detailJson: string,
  persons: readonly string[] | null,
  random: Uint8Array,
): SealedDetail {
  const key = random.subarray(0, 32)
  const salt = random.subarray(32, 64)
  const bodySalt = random.subarray(64, 96)
  const seed = random.subarray(96, 128)
  const summary = persons === null ? null : summarisePersons(seed, persons)
  const commitment = commitToDetail(salt, commitTo('detail-body', bodySalt, detailJson), summary)
  const secrets = `"bodySalt":"${toBase64(bodySalt)}"`
  const personsJson = persons === null ? 'null' : JSON.stringify(persons)
  const text = `{${secrets},"detail":${detailJson},"persons":${personsJson},"personsSeed":"${toBase64(seed)}","salt":"${toBase64(salt)}"}`
  return { ciphertext: encrypt(key, detailContext(place), text), commitment, key }
}

/** Opens a ciphertext and its commitment; throws RangeError if either does not fit. */
export function openDetail(
  place: { origin: string; index: number },
  ciphertext: Uint8Array,
  key: Uint8Array,
  commitment: Uint8Array,
): DetailOpening {
  const value = JSON.parse(decrypt(key, detailContext(place), ciphertext))
  const personsSeed = fromBase64(value.personsSeed)
  const persons = value.persons as readonly string[] | null
  const summary = persons === null ? null : summarisePersons(personsSeed, persons)
  const body = commitTo('detail-body', fromBase64(value.bodySalt), canonicalJson(value.detail))
  const salt = fromBase64(value.salt)
  if (!equalBytes(commitToDetail(salt, body, summary), commitment)) {
    throw new RangeError('a detail other than the one committed to')
  }
  return { detail: value.detail, persons, summary, salt, body, personsSeed }
}

/** Whether a key is the one of a ciphertext; what it commits to is not looked at. */
export function opensDetail(
  place: { origin: string; index: number },
  ciphertext: Uint8Array,
  key: Uint8Array,
): boolean {
  try {
    decryptBytes(key, detailContext(place), ciphertext)
    return true
  } catch {
    return false
  }
}

/** AES-256-GCM, ciphertext ‖ tag. The key must be fresh. */
export function encrypt(key: Uint8Array, context: Uint8Array, text: string | Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context)
  const body = typeof text === 'string' ? cipher.update(text, 'utf8') : cipher.update(text)
  cipher.final()
  return Buffer.concat([body, cipher.getAuthTag()])
}

export function decrypt(key: Uint8Array, context: Uint8Array, sealed: Uint8Array): string {
  return Buffer.from(decryptBytes(key, context, sealed)).toString('utf8')
}

/** Throws RangeError if the key, the context or a byte is another. */
export function decryptBytes(key: Uint8Array, context: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < tagBytes) throw new RangeError('a ciphertext without its tag')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(context)
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  const plain = decipher.update(sealed.subarray(0, -tagBytes))
  try {
    decipher.final()
  } catch {
    throw new RangeError('a ciphertext that its key does not open')
  }
  return plain
}

function detailContext({ origin, index }: { origin: string; index: number }): Uint8Array {
  return lengthPrefixed('openfdp/ledger/detail-cipher/v1', origin, String(index))
}
