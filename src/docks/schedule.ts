import { addDays, type DateOnly, type Instant, londonDay, londonInstant } from '#kernel'
import type { Dock } from './declaration.ts'

type Scheduled = Pick<Dock, 'opens' | 'due' | 'about' | 'weekdays' | 'since' | 'daysBack'>

/** From when on what speaks of a day is looked for. */
export function opensOf(dock: Scheduled, day: DateOnly): Instant {
  return atLondon(deliveryDay(dock, day), dock.opens)
}

/** Until when it is due. */
export function deadlineOf(dock: Scheduled, day: DateOnly): Instant {
  return atLondon(deliveryDay(dock, day), dock.due)
}

/** The days spoken of whose window has opened, oldest first, as far as the dock looks back. */
export function daysUpTo(dock: Scheduled, now: Instant): readonly DateOnly[] {
  const today = londonDay(now)
  const first = [dock.since, addDays(today, -dock.daysBack)].sort().at(-1)!
  const days: DateOnly[] = []
  for (let day = first; day <= today; day = addDays(day, 1)) {
    if (isDelivered(dock, day) && opensOf(dock, day) <= now) days.push(day)
  }
  return days
}

function deliveryDay({ about }: Pick<Scheduled, 'about'>, day: DateOnly): DateOnly {
  return about === 'same-day' ? day : addDays(day, 1)
}

/** A weekend's days are not delivered where nothing is due on the days on which they would be. */
function isDelivered(dock: Scheduled, day: DateOnly): boolean {
  if (dock.weekdays === 'all') return true
  const weekday = new Date(`${deliveryDay(dock, day)}T00:00:00Z`).getUTCDay()
  return weekday >= 1 && weekday <= 5
}

function atLondon(day: DateOnly, time: string): Instant {
  return londonInstant(Date.parse(`${day}T${time}:00Z`)).instant
}

/** The one name that a file has which speaks of a day: `{date}` is 2026-01-31 in it, `{yyyymmdd}` 20260131. */
export function nameOfDay(pattern: string, day: DateOnly): string {
  return pattern.replace('{date}', day).replace('{yyyymmdd}', day.replaceAll('-', ''))
}
