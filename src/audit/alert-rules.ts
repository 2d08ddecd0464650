import { type Instant, londonOffsetMs, sha256Hex } from '#kernel'
import type { ReadFact } from './reads.ts'

/** When a read is unusual. Local choices, to be set by who answers for the tenant; none comes from published guidance. */
export const alertThresholds = {
  /** Rows of one person on one day below which volume is never unusual. */
  volumeRowsMin: 5_000,
  /** Times the median of the person's own earlier days. */
  volumeTimesUsual: 3,
  /** Earlier days that a habit is read from. */
  habitDays: 30,
  /** Fewer earlier days with reads make no habit: then the office hours count. */
  habitDaysMin: 5,
  /** Hours of the day in Europe/London: from, and up to but without. */
  officeHours: [7, 20],
  /** Hours beside a usual one that are usual, too. */
  hoursBeside: 1,
  /** Reads of more persons than this are of a list, not of somebody. */
  targetedPersonsMax: 20,
  /** People who open one patient's record on one day. */
  readersOfOneMax: 8,
} as const
export type AlertThresholds = {
  [K in keyof typeof alertThresholds]: (typeof alertThresholds)[K] extends number ? number : readonly number[]
}

export type AlertRule = 'volume' | 'hours' | 'own-record' | 'colleague-record' | 'many-readers'

export interface Alert {
  /** The same for the same thing, so that it can be acknowledged. */
  readonly id: string
  readonly rule: AlertRule
  /** null: about a patient's record, not about one reader. */
  readonly subject: string | null
  /** In Europe/London. */
  readonly day: string
  readonly measured: number
  readonly threshold: number
  /** Entries of the reads. */
  readonly entries: readonly number[]
}

/** A member of staff who is a patient here, too. Kept in the erasable part of `audit.staff-linked`. */
export interface StaffLink {
  readonly subject: string
  readonly person: string
}

/** A read with what rules look at. */
export interface AlertRead {
  readonly read: ReadFact
  /** Keys that are listed; of a long list only those of members of staff. */
  readonly persons: readonly string[]
  /** How many are listed. */
  readonly personCount: number
  readonly day: string
  readonly hour: number
}

/** Day and hour of a moment by the clocks of Europe/London. */
export function londonTime(at: Instant): { readonly day: string; readonly hour: number } {
  const ms = Date.parse(at)
  const shown = new Date(ms + londonOffsetMs(ms)).toISOString()
  return { day: shown.slice(0, 10), hour: Number(shown.slice(11, 13)) }
}

/** More rows in a day than a floor, and than several times the median of the person's own earlier days. */
export function volumeAlerts(reads: readonly AlertRead[], of: AlertThresholds = alertThresholds): Alert[] {
  return bySubject(reads).flatMap(([subject, own]) => {
    const days = byDay(own)
    return days.flatMap(([day, today], i) => {
      const rows = rowsOf(today)
      const earlier = days.slice(Math.max(0, i - of.habitDays), i).map(([, each]) => rowsOf(each))
      const threshold = Math.max(of.volumeRowsMin, of.volumeTimesUsual * median(earlier))
      return rows > threshold ? [alert('volume', subject, day, rows, threshold, today)] : []
    })
  })
}

/** Reads at an hour at which the person did not read on earlier days; without a habit, outside office hours. */
export function hoursAlerts(reads: readonly AlertRead[], of: AlertThresholds = alertThresholds): Alert[] {
  const [opens = 0, closes = 24] = of.officeHours
  return bySubject(reads).flatMap(([subject, own]) => {
    const days = byDay(own)
    return days.flatMap(([day, today], i) => {
      const earlier = days.slice(Math.max(0, i - of.habitDays), i)
      const usual = new Set(earlier.flatMap(([, each]) => each.map(({ hour }) => hour)))
      const isUsual = (hour: number) =>
        earlier.length < of.habitDaysMin
          ? hour >= opens && hour < closes
          : [...usual].some((each) => hoursApart(each, hour) <= of.hoursBeside)
      const odd = today.filter(({ hour }) => !isUsual(hour))
      return odd.length > 0 ? [alert('hours', subject, day, odd.length, 0, odd)] : []
    })
  })
}

/** Somebody's own record at all; a colleague's (the same employer) where the read was of few people. */
export function recordAlerts(
  reads: readonly AlertRead[],
  links: readonly StaffLink[],
  employerOf: (subject: string) => string | null,
  of: AlertThresholds = alertThresholds,
): Alert[] {
  const staff = new Map(links.map(({ subject, person }) => [person, subject]))
  return bySubject(reads).flatMap(([subject, own]) =>
    byDay(own).flatMap(([day, today]) => {
      const isOwn = (person: string) => staff.get(person) === subject
      const employer = employerOf(subject)
      const isColleague = (person: string) => {
        const other = staff.get(person)
        return other !== undefined && other !== subject && employer !== null && employerOf(other) === employer
      }
      const opened = today.filter(({ persons }) => persons.some(isOwn))
      const few = today.filter(({ personCount }) => personCount <= of.targetedPersonsMax)
      const colleagues = few.filter(({ persons }) => persons.some(isColleague))
      return [
        ...(opened.length > 0 ? [alert('own-record', subject, day, opened.length, 0, opened)] : []),
        ...(colleagues.length > 0 ? [alert('colleague-record', subject, day, colleagues.length, 0, colleagues)] : []),
      ]
    }),
  )
}

/** One patient whose record many people opened on one day. Says which reads, not whose record. */
export function manyReadersAlerts(reads: readonly AlertRead[], of: AlertThresholds = alertThresholds): Alert[] {
  return byDay(reads).flatMap(([day, today]) => {
    const opened = new Map<string, AlertRead[]>()
    for (const each of today) {
      if (each.personCount > of.targetedPersonsMax) continue
      for (const person of each.persons) opened.set(person, [...(opened.get(person) ?? []), each])
    }
    return [...opened.values()].flatMap((of_) => {
      const readers = new Set(of_.map(({ read }) => read.subject)).size
      return readers > of.readersOfOneMax ? [alert('many-readers', null, day, readers, of.readersOfOneMax, of_)] : []
    })
  })
}

function alert(
  rule: AlertRule,
  subject: string | null,
  day: string,
  measured: number,
  threshold: number,
  reads: readonly AlertRead[],
): Alert {
  const entries = reads.map(({ read }) => read.entry).sort((a, b) => a - b)
  // The first read of a day stays the first, however many follow.
  const id = sha256Hex(JSON.stringify([rule, subject, day, subject === null ? entries[0] : null]))
  return { id, rule, subject, day, measured, threshold, entries }
}

function bySubject(reads: readonly AlertRead[]): [string, AlertRead[]][] {
  return [...Map.groupBy(reads, ({ read }) => read.subject)]
}

function byDay(reads: readonly AlertRead[]): [string, AlertRead[]][] {
  return [...Map.groupBy(reads, ({ day }) => day)].sort(([a], [b]) => (a < b ? -1 : 1))
}

function rowsOf(reads: readonly AlertRead[]): number {
  return reads.reduce((rows, { read }) => rows + (read.end?.rows ?? 0), 0)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function hoursApart(a: number, b: number): number {
  const apart = Math.abs(a - b)
  return Math.min(apart, 24 - apart)
}
