import type { Clock } from '#kernel'

const backOffMsMax = 60_000

/** As the server says (RFC 9110 section 10.2.3, seconds or a date), else 0.5, 1, 2, 4, … seconds up to a minute. */
export function msToWait(headers: Headers | null, attempt: number, clock: Clock): number {
  const said = headers?.get('retry-after') ?? null
  if (said !== null && /^\d{1,9}$/.test(said)) return Number(said) * 1_000
  const until = said !== null && /[A-Za-z]/.test(said) ? Date.parse(said) : Number.NaN
  const theirs = Date.parse(headers?.get('date') ?? '')
  const now = Number.isNaN(theirs) ? Date.parse(clock.now()) : theirs
  if (!Number.isNaN(until)) return Math.max(0, until - now)
  return Math.min(backOffMsMax, 500 * 2 ** Math.min(attempt - 1, 20))
}
