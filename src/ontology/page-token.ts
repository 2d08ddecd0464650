import { createCipheriv, createDecipheriv } from 'node:crypto'
import { addMs, type Clock, type Instant, lengthPrefixed, msBetween, type Random } from '#kernel'
import type { Keys } from '#ports'
import { ontologyErrors } from './errors.ts'

/** Where the next page begins, and for whom it is kept. All of it is read back from the sender: encrypted and authenticated. */
export interface PagePlace {
  readonly subject: string
  readonly purpose: string
  /** SHA-256 of what was asked, so that a token goes with no other question. */
  readonly query: string
  /** The last ledger entry that the first page knew of: pins data and edits. */
  readonly asOf: number
  /** Which of the set's types comes next, where there are several. */
  readonly type: number
  /** Sort values of the last object, as texts of the engine, the order within a type last; null at the start of a type. */
  readonly last: readonly (string | null)[] | null
  /** Objects in the whole set when the first page was read, and objects given out since. */
  readonly total: number
  readonly given: number
}

export interface PageTokenDeps {
  readonly keys: Keys
  readonly clock: Clock
  readonly random: Random
}

const lifeMs = 24 * 60 * 60_000
const nonceBytes = 12
const tagBytes = 16
const charactersMax = 20_000
const version = 'v1'

export function sealPageToken(deps: PageTokenDeps, place: PagePlace): string {
  const nonce = deps.random.bytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(deps.keys), nonce)
  const until = addMs(deps.clock.now(), lifeMs)
  const text = Buffer.concat([cipher.update(JSON.stringify({ ...place, until }), 'utf8'), cipher.final()])
  return `${version}.${Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')}`
}

/** FDP_ONTOLOGY_PAGE_TOKEN for one that is forged, out of date, somebody else's, or of another question: all alike. */
export function openPageToken(
  deps: PageTokenDeps,
  token: string,
  expected: Pick<PagePlace, 'subject' | 'purpose' | 'query'>,
): PagePlace {
  const { until, ...place } = decrypted(deps, token)
  const isTheirs =
    place.subject === expected.subject && place.purpose === expected.purpose && place.query === expected.query
  if (!isTheirs || msBetween(deps.clock.now(), until) <= 0) throw ontologyErrors('FDP_ONTOLOGY_PAGE_TOKEN')
  return place
}

function decrypted({ keys }: PageTokenDeps, token: string): PagePlace & { readonly until: Instant } {
  const [named, body = '', ...more] = token.length > charactersMax ? [] : token.split('.')
  const bytes = Buffer.from(body, 'base64url')
  // Only the one way of writing it, so that a token has one form.
  const isForm = named === version && more.length === 0 && bytes.toString('base64url') === body
  if (!isForm || bytes.length < nonceBytes + tagBytes) throw ontologyErrors('FDP_ONTOLOGY_PAGE_TOKEN')
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(keys), bytes.subarray(0, nonceBytes))
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
    const sealed = bytes.subarray(nonceBytes, bytes.length - tagBytes)
    return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8'))
  } catch {
    throw ontologyErrors('FDP_ONTOLOGY_PAGE_TOKEN')
  }
}

/** One key a tenant: a token of one tenant does not open at another. */
function keyOf(keys: Keys): Uint8Array {
  return keys.derive(lengthPrefixed('openfdp/page-token/v1', keys.tenant))
}
