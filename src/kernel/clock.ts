declare const instantBrand: unique symbol
/** A moment in UTC to the millisecond, `2026-01-31T09:30:00.000Z`. Sorts as text. */
export type Instant = string & { readonly [instantBrand]: true }

declare const dateBrand: unique symbol
/** A calendar day, `2026-01-31`. Sorts as text. */
export type DateOnly = string & { readonly [dateBrand]: true }

/** Where time comes from. Nothing outside the kernel asks the system. */
export interface Clock {
  now(): Instant
}

export const systemClock: Clock = { now: () => new Date().toISOString() as Instant }

/** A clock that stands still until told, for tests and replays. */
export function manualClock(start: string): Clock & { set(to: string): void; advanceMs(ms: number): void } {
  let at = parseInstant(start)
  return {
    now: () => at,
    set: (to) => {
      at = parseInstant(to)
    },
    advanceMs: (ms) => {
      at = addMs(at, ms)
    },
  }
}

/** Reads an ISO 8601 moment with an offset; throws RangeError on anything else. */
export function parseInstant(text: string): Instant {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) {
    throw new RangeError('not an ISO 8601 moment with an offset')
  }
  return new Date(text).toISOString() as Instant
}

/** Reads `YYYY-MM-DD` and checks that the day exists; throws RangeError. */
export function parseDate(text: string): DateOnly {
  const time = Date.parse(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new RangeError('not a calendar date')
  }
  return text as DateOnly
}

export function addMs(at: Instant, ms: number): Instant {
  return new Date(Date.parse(at) + ms).toISOString() as Instant
}

export function addDays(day: DateOnly, days: number): DateOnly {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10) as DateOnly
}

export function dateOf(at: Instant): DateOnly {
  return at.slice(0, 10) as DateOnly
}

/** Milliseconds from `from` to `to`, negative if `to` is earlier. */
export function msBetween(from: Instant, to: Instant): number {
  return Date.parse(to) - Date.parse(from)
}
