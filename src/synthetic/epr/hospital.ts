import { addDays, type DateOnly, type Instant, londonDay, londonInstant } from '#kernel'
import { syntheticErrors } from '../errors.ts'
import { codes } from '../plan-parts.ts'

/** A hospital with a system of its own, at a trust of the economy. */
export interface Hospital {
  /** The trust's tenant. */
  readonly tenant: string
  /** Whose data it is: a part of the trust with a code of its own, so that the trust's nightly files replace none. */
  readonly controller: string
  readonly name: string
  /** The trust whose people it treats, by the same numbers as the trust's own files. */
  readonly provider: string
  /** How many were its patients when it opened. */
  readonly people: number
  readonly firstNumber: number
  /** Whether names are only of letters that windows-1252 has. */
  readonly latinOnly: boolean
}

export const hospitals: readonly Hospital[] = [
  {
    ...{ tenant: 'alder-vale', controller: 'RZ4', name: 'Alder Vale Infirmary (synthetic)', provider: codes.alder },
    ...{ people: 600, firstNumber: 0, latinOnly: false },
  },
  {
    ...{ tenant: 'brook-haven', controller: 'RZ5', name: 'Brook Haven Infirmary (synthetic)', provider: codes.brook },
    ...{ people: 400, firstNumber: 500, latinOnly: true },
  },
]

/** FDP_SYNTHETIC_NO_HOSPITAL */
export function hospitalOf(tenant: string): Hospital {
  const found = hospitals.find((each) => each.tenant === tenant)
  if (found) return found
  throw syntheticErrors('FDP_SYNTHETIC_NO_HOSPITAL', { known: hospitals.map((each) => each.tenant).join(', ') })
}

/** The first day of which its system knows anything. */
export const openedOn = '2026-01-01' as DateOnly
/** What began longer ago is over, and no longer told of. */
export const daysTold = 120

const dayMs = 86_400_000
const minuteMs = 60_000

/** Days since it opened. */
export function dayNumber(day: DateOnly): number {
  return Math.round((Date.parse(day) - Date.parse(openedOn)) / dayMs)
}

/** The moment at which the hospital's clocks show so many minutes of a day. */
export function clockAt(day: DateOnly, minutes: number): Instant {
  return londonInstant(Date.parse(`${day}T00:00:00Z`) + minutes * minuteMs).instant
}

export function later(at: Instant, minutes: number): Instant {
  return new Date(Date.parse(at) + minutes * minuteMs).toISOString() as Instant
}

/** The days of which is told at a moment, oldest first. */
export function daysAt(at: Instant): readonly DateOnly[] {
  const today = londonDay(at)
  const first = [openedOn, addDays(today, -daysTold)].sort().at(-1)!
  const days: DateOnly[] = []
  for (let day = first; day <= today; day = addDays(day, 1)) days.push(day)
  return days
}

/** 1 is Monday, 7 Sunday. */
export function weekdayOf(day: DateOnly): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7
}
