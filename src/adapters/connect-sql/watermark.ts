import type { DateOnly } from '#kernel'
import { addDays } from '#kernel'
import type { Question } from '#ports'
import { recordsOf } from './delimited.ts'
import { sqlErrors } from './errors.ts'
import type { Increment } from './statement.ts'

type Before = NonNullable<Question['before']>

/** The last answer as far as a question for changes needs it. */
export interface Known {
  readonly header: readonly string[]
  /** The highest value of the column that grows with every change, as it stands there. */
  readonly since: string
  open: Before['open']
}

/**
 * What is known, where changes are enough: null where there is no last answer, where it has other columns than are needed or
 * nothing in them, and where a day for everything has come since. FDP_SQL_WATERMARK.
 */
export async function knownFrom(question: Question, increment: Increment): Promise<Known | null> {
  const { before } = question
  if (before === null || wholeIsDue(increment.whole, before.day, question.day)) return null
  let header: readonly string[] | null = null
  let position = -1
  let since = ''
  for await (const records of recordsOf(before.open())) {
    for (const { fields } of records) {
      if (header === null) {
        header = fields
        position = positionOf(increment.changed, header)
        if (position < 0) return null
      } else if (isHigher(fields[position] ?? '', since)) since = fields[position]!
    }
  }
  return header === null || since === '' ? null : { header, since, open: () => before.open() }
}

/** Where a column of a name stands, -1 where none does; letter case makes no difference. */
export function positionOf(name: string, columns: readonly string[]): number {
  return columns.findIndex((column) => column.toLowerCase() === name.toLowerCase())
}

function wholeIsDue(weekday: number | null, after: DateOnly, until: DateOnly): boolean {
  if (weekday === null) return false
  const days = Array.from({ length: 7 }, (_, i) => addDays(until, -i)).filter((day) => day > after || day === until)
  return days.some((day) => new Date(`${day}T00:00:00Z`).getUTCDay() === weekday)
}

/** Dates and times of one column are in the order of their texts, for they are written alike; whole numbers by their size. */
function isHigher(value: string, than: string): boolean {
  if (value === '') return false
  const isNumber = /^\d+$/.test(value)
  if (!isNumber && !/^\d{4}-\d\d-\d\d/.test(value)) throw sqlErrors('FDP_SQL_WATERMARK')
  return isNumber && /^\d+$/.test(than) ? BigInt(value) > BigInt(than) : value > than
}
