import { recordOf, recordsOf } from './delimited.ts'
import { sqlErrors } from './errors.ts'
import type { Cell, Rows } from './rows.ts'
import type { Increment } from './statement.ts'
import { type Known, positionOf } from './watermark.ts'

/** Keys of changed rows are held in memory. */
const changesMax = 5_000_000

/** Where in a row stand what a question for changes needs. */
interface Places {
  readonly key: readonly number[]
  readonly deleted: number | null
}

/** FDP_SQL_INCREMENT_COLUMN. */
export function placesIn(columns: readonly string[], { key, changed, deleted }: Increment): Places {
  const place = (line: string, name: string) => {
    const position = positionOf(name, columns)
    if (position < 0) throw sqlErrors('FDP_SQL_INCREMENT_COLUMN', { line })
    return position
  }
  place('changed', changed)
  return {
    key: key.map((name) => place('key', name)),
    deleted: deleted === null ? null : place('deleted', deleted),
  }
}

/**
 * The bytes of an answer, `first` being rows that have come already. With places, rows that say that they are no more are left
 * out; with what is known, the changes come first and then every row of the last answer whose key was not among them.
 */
export async function* answerBytes(
  rows: Rows,
  first: readonly (readonly Cell[])[] | null,
  places: Places | null,
  known: Known | null,
): AsyncGenerator<Buffer> {
  const changed = new Set<string>()
  try {
    yield Buffer.from(recordOf(rows.columns.map(({ name }) => name)))
    for (let batch = first; batch !== null; batch = await rows.next()) {
      if (known && places) for (const row of batch) changed.add(keyOf(row, places))
      if (changed.size > changesMax) throw sqlErrors('FDP_SQL_CHANGES_TOO_MANY', { max: changesMax })
      const kept = places?.deleted == null ? batch : batch.filter((row) => !isGone(row, places))
      if (kept.length > 0) yield Buffer.from(kept.map(recordOf).join(''))
    }
  } finally {
    await rows.close()
  }
  if (known && places) yield* unchanged(known, places, changed)
}

async function* unchanged(known: Known, places: Places, changed: ReadonlySet<string>): AsyncGenerator<Buffer> {
  let isHeader = true
  for await (const records of recordsOf(known.open())) {
    const kept = (isHeader ? records.slice(1) : records).filter(({ fields }) => !changed.has(keyOf(fields, places)))
    isHeader = false
    if (kept.length > 0) yield Buffer.concat(kept.map(({ bytes }) => bytes))
  }
}

function keyOf(row: readonly Cell[], { key }: Places): string {
  if (key.length === 1) return row[key[0]!] ?? ''
  return JSON.stringify(key.map((position) => row[position] ?? ''))
}

/** A mark of any kind, a time of deletion too, unless it says no. */
function isGone(row: readonly Cell[], { deleted }: Places): boolean {
  const mark = deleted === null ? '' : (row[deleted] ?? '')
  return !['', '0', 'f', 'false', 'n', 'no'].includes(mark.trim().toLowerCase())
}
