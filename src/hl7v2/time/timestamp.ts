import { type ClockReading, type Instant, londonInstant, londonOffsetMs } from '#kernel'

const precisions = ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction'] as const
export type Precision = (typeof precisions)[number]

/** A date or time as far as it was written (HL7 v2.9 section 2A.3.24, DTM; the same text in TS, DT). */
export interface Timestamp {
  /** `2026`, `2026-01`, `2026-01-31`, `2026-01-31T09`, `…:30`, `…:30:15`, `…:15.1234`: on the clock of its zone. */
  readonly local: string
  readonly precision: Precision
  /** `+01:00` where the message says so for this value or in MSH-7; null for Europe/London. */
  readonly zone: string | null
  /** The beginning of what was written, to the millisecond (more digits are cut off); null for whole days and more. */
  readonly instant: Instant | null
  /** How often London's clocks showed it: once, twice (the first is taken) or never. `once` with a zone. */
  readonly reading: ClockReading
}

const shape = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?$/

/**
 * Reads a date or time; null if it is none. `zoneDefault` is for times that say no zone: an offset such as `+02:00`, or
 * null for Europe/London. Trailing blanks are padding.
 */
export function parseTimestamp(text: string, zoneDefault: string | null): Timestamp | null {
  const match = shape.exec(text.trimEnd())
  if (!match) return null
  const [, ...parts] = match
  const written = parts.slice(0, 7).filter((part) => part !== undefined)
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = written.map(Number)
  const shownMs = new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000
  if (year === 0 || hour > 23 || minute > 59 || second > 59 || !isDay(shownMs, month, day)) return null
  const zone = zoneOf(parts[7], parts[8], parts[9])
  if (zone === null && parts[7] !== undefined) return null
  const precision = precisions[written.length - 1]!
  const fractionMs = Number((parts[6] ?? '').slice(0, 3).padEnd(3, '0'))
  const said = { local: localText(written), precision, zone: zone ?? zoneDefault }
  if (written.length < 4) return { ...said, instant: null, reading: 'once' }
  return { ...said, ...momentOf(shownMs + fractionMs, said.zone) }
}

function isDay(shownMs: number, month: number, day: number): boolean {
  const date = new Date(shownMs)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

function momentOf(shownMs: number, zone: string | null): Pick<Timestamp, 'instant' | 'reading'> {
  if (zone === null) return londonInstant(shownMs)
  return { instant: new Date(shownMs - offsetMs(zone)).toISOString() as Instant, reading: 'once' }
}

function localText(parts: readonly string[]): string {
  const [year, month, day, hour, minute, second, fraction] = parts
  const date = [year, month, day].filter((part) => part !== undefined).join('-')
  if (hour === undefined) return date
  const time = [hour, minute, second].filter((part) => part !== undefined).join(':')
  return `${date}T${time}${fraction === undefined ? '' : `.${fraction}`}`
}

/** Offsets reach from -12:00 to +14:00. */
function zoneOf(sign?: string, hours?: string, minutes?: string): string | null {
  if (sign === undefined || Number(hours) > (sign === '+' ? 14 : 12) || Number(minutes) > 59) return null
  return `${sign}${hours}:${minutes}`
}

function offsetMs(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000
}

/**
 * The zone of times in a message that say none, from its MSH-7: the zone written there holds for the whole message (HL7
 * v2.9 section 2.14.9.7), unless it is just what London's clocks show at that moment. Such a sender keeps London time,
 * and a time of last winter is not meant in summer time. Of a sender who is known to keep another clock all year, that one
 * (`kept`, an offset) holds where MSH-7 says none.
 */
export function zoneOfMessage(sentAt: string, kept: string | null = null): string | null {
  const sent = parseTimestamp(sentAt, null)
  if (kept !== null) return sent?.zone ?? kept
  if (!sent?.zone || sent.instant === null) return null
  return londonOffsetMs(Date.parse(sent.instant)) === offsetMs(sent.zone) ? null : sent.zone
}
