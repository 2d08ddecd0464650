import type { Instant } from '#kernel'

/** How a time on a clock became a moment: `once` there was exactly one. */
export type ClockReading = 'once' | 'twice' | 'never'

const clock = new Intl.DateTimeFormat('en-GB', {
  ...{ timeZone: 'Europe/London', calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
  ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
})

const dayMs = 86_400_000

/** How far London's clocks are ahead of UTC at a moment. */
export function londonOffsetMs(atMs: number): number {
  const part = Object.fromEntries(clock.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  const shown = Date.UTC(2000, part.month! - 1, part.day, part.hour, part.minute, part.second)
  return new Date(shown).setUTCFullYear(part.year!, part.month! - 1, part.day) - Math.floor(atMs / 1000) * 1000
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
