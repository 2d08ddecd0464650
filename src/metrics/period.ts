import { addDays, type DateOnly, parseDate } from '#kernel'
import { fail } from './errors.ts'

export interface Period {
  /** `2026-01`. Sorts as text. */
  readonly id: string
  readonly firstDay: DateOnly
  readonly lastDay: DateOnly
}

/** Reads a month; throws FDP_METRICS_BAD_PERIOD. */
export function parsePeriod(text: string): Period {
  if (!/^(19|20|21)\d\d-(0[1-9]|1[0-2])$/.test(text)) throw fail('FDP_METRICS_BAD_PERIOD')
  const firstDay = parseDate(`${text}-01`)
  const nextMonth = addDays(firstDay, 31).slice(0, 7)
  return { id: text, firstDay, lastDay: addDays(parseDate(`${nextMonth}-01`), -1) }
}
