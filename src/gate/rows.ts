import { createHash } from 'node:crypto'
import type { JsonObject } from '#kernel'
import type { Batch, Column, Result } from '#ports'
import { type Asker, type Decided, whyNoLonger } from './decided.ts'
import type { GateDeps } from './deps.ts'
import { gateErrors } from './errors.ts'
import type { ExcludedCounts } from './excluded.ts'
import { PersonsSeen } from './persons-seen.ts'

export interface Tally {
  rows: number
  bytes: number
  /** Codes of why the stream was cut, for the ledger; null while it was not. */
  refused: readonly string[] | null
  readonly persons: PersonsSeen
  /** Staff other than the reader whose rows left. */
  readonly colleagues: Set<string>
  excluded: Readonly<Record<string, ExcludedCounts>>
  readonly hash: ReturnType<typeof createHash>
}

export const personColumn = '_person'

/** What the caller sees of a result: everything but the person column. */
export function visibleColumns(result: Result): readonly Column[] {
  return result.columns.filter((column) => column.name !== personColumn)
}

/**
 * Lets batches out one at a time. Before each, the decision is looked at again; the moment it no longer holds the
 * stream ends with the error that tells nothing (law 4).
 */
export async function* guardedBatches(
  deps: GateDeps,
  asker: Asker,
  decided: Decided,
  result: Result,
  tally: Tally,
  whole = false,
): AsyncGenerator<Batch> {
  const personAt = result.columns.findIndex((column) => column.name === personColumn)
  const staff = (await deps.staffPersons?.()) ?? new Map<string, readonly string[]>()
  const colleagues = new Set([...staff].flatMap(([subject, keys]) => (subject === asker.subject ? [] : keys)))
  for await (const batch of result.batches()) {
    checkStillAllowed(deps, asker, decided, tally)
    const columns = whole ? batch.columns : batch.columns.filter((_, i) => i !== personAt)
    if (personAt >= 0) {
      const persons = batch.columns[personAt] ?? []
      tally.persons.add(persons)
      for (const person of persons) if (colleagues.has(String(person))) tally.colleagues.add(String(person))
    }
    const encoded = JSON.stringify(columns, (_, value) => (typeof value === 'bigint' ? value.toString() : value))
    tally.hash.update(encoded)
    tally.rows += batch.rowCount
    tally.bytes += Buffer.byteLength(encoded)
    yield { rowCount: batch.rowCount, columns }
  }
}

/** Throws the error that tells nothing if what was decided no longer holds, or the node's own if it refuses everybody. */
export function checkStillAllowed(deps: GateDeps, asker: Asker, decided: Decided, tally: Tally): void {
  const reasons = whyNoLonger(deps, asker, decided)
  if (reasons.length === 0) return
  tally.refused = reasons
  throw deps.standstill() ?? gateErrors('FDP_GATE_NOT_AVAILABLE')
}

export function newTally(): Tally {
  return {
    rows: 0,
    bytes: 0,
    refused: null,
    persons: new PersonsSeen(),
    colleagues: new Set(),
    excluded: {},
    hash: createHash('sha256'),
  }
}

/**
 * What left, for the end of a read. A hash or a length of a small result is the result to whoever tries all values, so
 * both go into the part that is encrypted and can be erased.
 */
export function tallyFacts(tally: Tally, personLevel: boolean): { governance: JsonObject; detail: JsonObject } {
  return {
    governance: {
      rows: tally.rows,
      persons: personLevel ? tally.persons.summary : { how: 'recompute' },
      ...(tally.colleagues.size > 0 ? { colleagues: tally.colleagues.size } : {}),
      ...excludedFacts(tally),
      ...(tally.refused ? { reasons: tally.refused } : {}),
    },
    detail: { bytes: tally.bytes, resultSha256: tally.hash.digest('hex') },
  }
}

/** How many persons each list took out, relation by relation; nothing where none did. */
export function excludedFacts({ excluded }: Tally): JsonObject {
  return Object.keys(excluded).length === 0 ? {} : { optOuts: excluded as unknown as JsonObject }
}
