import type { DateOnly, Instant } from './clock.ts'

/** How a time on a clock became a moment: `once` there was exactly one. */
export type ClockReading = 'once' | 'twice' | 'never'

const clock = new Intl.DateTimeFormat('en-GB', {
  ...{ timeZone: 'Europe/London', calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
  ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
})

const dayMs = 86_400_000
const hourMs = 3_600_000
/** Clocks are looked up for these; before and after them they show UTC, which is what `9999` for "never" needs. */
const [yearMin, yearMax] = [1900, 2199]

interface Stretch {
  readonly fromMs: number
  readonly offsetMs: number
}

/** What was looked up. Asking the system for each time would let one message of times keep it busy for half a minute. */
const years = new Map<number, readonly Stretch[]>()

/** How far London's clocks are ahead of UTC at a moment. */
export function londonOffsetMs(atMs: number): number {
  const year = new Date(atMs).getUTCFullYear()
  if (year < yearMin || year > yearMax) return 0
  let stretches = years.get(year)
  if (!stretches) years.set(year, (stretches = stretchesOf(year)))
  return stretches.findLast(({ fromMs }) => fromMs <= atMs)!.offsetMs
}

/** From one change to the next. Since 1900 clocks have changed at full hours, and never twice in a calendar month. */
function stretchesOf(year: number): readonly Stretch[] {
  const stretches: Stretch[] = [{ fromMs: Date.UTC(year, 0), offsetMs: shownOffsetMs(Date.UTC(year, 0)) }]
  for (let month = 0; month < 12; month++) {
    let [before, after] = [Date.UTC(year, month) / hourMs, Date.UTC(year, month + 1) / hourMs]
    const offsetMs = shownOffsetMs(after * hourMs)
    if (offsetMs === stretches.at(-1)!.offsetMs) continue
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (shownOffsetMs(middle * hourMs) === offsetMs) after = middle
      else before = middle
    }
    stretches.push({ fromMs: after * hourMs, offsetMs })
  }
  return stretches
}

/** As the system's time zone data have it. */
export function shownOffsetMs(atMs: number): number {
  const part = Object.fromEntries(clock.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  return Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second) - atMs
}

/**
 * The moment at which London's clocks showed a time, given as if it were UTC. When clocks go back an hour is shown
 * twice: the first is taken, still in summer time. When they go forward an hour is never shown: it is read on a clock
 * that nobody has put forward, so 01:30 is 02:30 of summer time. (The rule `compatible` of Temporal; RFC 5545 section
 * 3.3.5.)
 */
export function londonInstant(shownMs: number): { readonly instant: Instant; readonly reading: ClockReading } {
  const [before, after] = [londonOffsetMs(shownMs - dayMs), londonOffsetMs(shownMs + dayMs)]
  const shows = (offset: number) => londonOffsetMs(shownMs - offset) === offset
  const moments = [...new Set([before, after])].filter(shows).map((offset) => shownMs - offset)
  const reading = moments.length === 0 ? 'never' : moments.length === 1 ? 'once' : 'twice'
  const atMs = moments.length === 0 ? shownMs - before : Math.min(...moments)
  return { instant: new Date(atMs).toISOString() as Instant, reading }
}

/** The day that London's calendars show at a moment. */
export function londonDay(at: Instant): DateOnly {
  const ms = Date.parse(at)
  return new Date(ms + londonOffsetMs(ms)).toISOString().slice(0, 10) as DateOnly
}
