import type { EntryIndex, Instant, JsonObject } from '#kernel'
import { canonicalJson } from '#kernel'
import { bounds } from './bounds.ts'
import { ledgerErrors } from './errors.ts'

/** What a module asks the ledger to keep. */
export interface EntryInput {
  /** `<module>.<what>`, such as `read.opened`. */
  readonly type: string
  /** Never erased, readable by auditors; no patient data. */
  readonly governance: JsonObject
  /** Encrypted, may be erased: filter values, an action's before and after. */
  readonly detail?: JsonObject
  /** Person keys as decimal text, each once; at most `limits.personLeavesMax`. */
  readonly persons?: readonly string[]
}

/** An acknowledged entry: on stable storage. */
export interface Receipt {
  readonly index: EntryIndex
  readonly time: Instant
}

export interface LedgerEntry {
  readonly index: EntryIndex
  readonly time: Instant
  readonly type: string
  readonly governance: JsonObject
}

/** An input with its texts fixed, so that later changes by the caller cannot reach the log. */
export interface PreparedEntry {
  readonly type: string
  readonly governanceJson: string
  /** Null where neither detail nor persons were given. */
  readonly detailJson: string | null
  readonly persons: readonly string[] | null
  readonly textLength: number
}

/** Types that only the ledger itself writes. */
export const reservedTypes = { opened: 'ledger.opened', detailErased: 'detail.erased' } as const

const typePattern = /^[a-z][a-z0-9-]{0,39}(\.[a-z][a-z0-9-]{0,59})+$/

/**
 * Checks limits and makes the canonical texts. Errors: FDP_LEDGER_ENTRY_TOO_LARGE, FDP_LEDGER_TOO_MANY_PERSONS,
 * FDP_LEDGER_RESERVED_TYPE; a malformed type or a person named twice is a bug of the caller.
 */
export function prepareEntry(input: EntryInput, byLedger = false): PreparedEntry {
  if (!typePattern.test(input.type)) throw new TypeError('an entry type is not `<module>.<what>`')
  const reserved = input.type.startsWith('ledger.') || input.type === reservedTypes.detailErased
  if (reserved && !byLedger) throw ledgerErrors('FDP_LEDGER_RESERVED_TYPE', { type: input.type })
  const persons = input.persons === undefined ? null : [...input.persons]
  if (persons) checkPersons(persons)
  const governanceJson = canonicalJson(input.governance)
  checkBytes('governance', governanceJson, bounds.governanceBytesMax)
  const hasDetail = input.detail !== undefined || persons !== null
  const detailJson = hasDetail ? canonicalJson(input.detail ?? {}) : null
  if (detailJson !== null) checkBytes('detail', detailJson, bounds.detailBytesMax)
  const textLength = governanceJson.length + (detailJson?.length ?? 0) + 24 * (persons?.length ?? 0)
  return { type: input.type, governanceJson, detailJson, persons, textLength }
}

function checkPersons(persons: readonly string[]): void {
  if (persons.length > bounds.personsMax) {
    throw ledgerErrors('FDP_LEDGER_TOO_MANY_PERSONS', { persons: persons.length, personsMax: bounds.personsMax })
  }
  if (new Set(persons).size !== persons.length) throw new TypeError('a person named twice in one entry')
  if (persons.some((person) => person.length > 64)) throw new TypeError('a person key longer than 64 characters')
}

function checkBytes(part: string, text: string, bytesMax: number): void {
  if (text.length * 3 <= bytesMax) return
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) throw ledgerErrors('FDP_LEDGER_ENTRY_TOO_LARGE', { part, bytes, bytesMax })
}
