import { addDays, type DateOnly, type Instant } from '#kernel'
import { type Chance, quickChanceOf } from '../chance.ts'
import { clockAt, dayNumber, daysAt, type Hospital, later, weekdayOf } from './hospital.ts'
import { newcomersOf } from './patients.ts'

/*
 * What happens at the hospital, worked out day by day: a day's journeys follow from its date and the hospital alone, to
 * their end. How things stand at a moment is then a comparison of times.
 */

export interface Referral {
  readonly id: string
  readonly patient: number
  readonly receivedAt: Instant
  readonly receivedOn: DateOnly
  /** How the hospital writes it: from a practice, an optician, another consultant. */
  readonly source: 'GP' | 'OPT' | 'CONS'
  readonly urgency: 'R' | 'U' | '2WW'
  readonly specialty: Specialty
  /** When the whole journey was over. */
  readonly closedAt: Instant
}

export interface Booking {
  readonly id: string
  readonly referral: Referral
  readonly bookedAt: Instant
  readonly startsAt: Instant
  readonly minutes: number
  readonly isFirst: boolean
  readonly outcome: 'attended' | 'not-there' | 'cancelled' | 'moved'
  /** From when on the outcome is known. */
  readonly outcomeAt: Instant
}

export interface Listing {
  readonly id: string
  readonly referral: Referral
  readonly listedAt: Instant
  readonly listedOn: DateOnly
  readonly priority: 'P2' | 'P3' | 'P4'
  readonly asDaycase: boolean
  /** Dates for admission, as they were given one after the other. */
  readonly dates: readonly { readonly at: Instant; readonly day: DateOnly }[]
  /** Without having come in. */
  readonly removed: { readonly at: Instant; readonly on: DateOnly; readonly why: 'PAT' | 'FIT' } | null
  readonly stay: Stay | null
}

export interface Move {
  readonly id: string
  readonly at: Instant
  readonly ward: string
  readonly bed: string
}

export interface Stay {
  readonly id: string
  readonly patient: number
  /** Under a number made up at the door, until somebody knew who it was. */
  readonly unknown: { readonly number: string; readonly knownAt: Instant } | null
  readonly kind: 'elective' | 'emergency'
  readonly specialty: Specialty
  readonly admittedAt: Instant
  /** The first is the one at admission. */
  readonly moves: readonly [Move, ...Move[]]
  readonly dischargedAt: Instant
  /** Entered in error, and taken back then: nobody was admitted. */
  readonly mistakenUntil: Instant | null
  /** A transfer that did not happen: told and taken back. */
  readonly falseMove: { readonly at: Instant; readonly back: Instant; readonly ward: string } | null
  /** A discharge told too early: told and taken back. */
  readonly falseDischarge: { readonly at: Instant; readonly back: Instant } | null
}

export interface Specialty {
  /** Treatment function. */
  readonly code: string
  readonly local: string
  readonly ward: string
  readonly condition: { readonly snomed: string; readonly icd10: string; readonly name: string }
  readonly procedure: { readonly snomed: string; readonly name: string }
}

const specialty = (
  [code, local, ward]: readonly [string, string, string],
  [snomed, icd10, name]: readonly [string, string, string],
  [done, doneName]: readonly [string, string],
): Specialty => ({
  ...{ code, local, ward, condition: { snomed, icd10, name } },
  procedure: { snomed: done, name: doneName },
})

export const planned: readonly Specialty[] = [
  specialty(
    ['110', 'ORTH', 'Rowan'],
    ['239873007', 'M17.9', 'Osteoarthritis of knee'],
    ['609588000', 'Total knee replacement'],
  ),
  specialty(['100', 'GSUR', 'Hazel'], ['396232000', 'K40.9', 'Inguinal hernia'], ['44558001', 'Repair of hernia']),
  specialty(['130', 'OPHT', 'Day unit'], ['193570009', 'H26.9', 'Cataract'], ['54885007', 'Extraction of cataract']),
]
const urgent: readonly Specialty[] = [
  specialty(['300', 'GMED', 'Willow'], ['233604007', 'J18.9', 'Pneumonia'], ['168731009', 'Chest X-ray']),
  specialty(
    ['110', 'ORTH', 'Rowan'],
    ['5913000', 'S72.0', 'Fracture of neck of femur'],
    ['179344006', 'Fixation of fracture'],
  ),
]

export interface Journey {
  readonly referral: Referral
  readonly bookings: readonly Booking[]
  readonly listing: Listing | null
}

export interface Day {
  readonly day: DateOnly
  readonly journeys: readonly Journey[]
  readonly emergencies: readonly Stay[]
}

const referralsADay = 6
const emergenciesADay = 4
const hourMinutes = 60
const made = new Map<string, Day>()

/** Every day of which is told at a moment. */
export function historyAt(hospital: Hospital, at: Instant): readonly Day[] {
  return daysAt(at).map((day) => dayOf(hospital, day))
}

/** What begins on a day, with all that comes of it. */
export function dayOf(hospital: Hospital, day: DateOnly): Day {
  const key = `${hospital.controller}/${day}`
  let found = made.get(key)
  if (!found) {
    const isWorking = weekdayOf(day) <= 5
    found = {
      day,
      journeys: isWorking ? Array.from({ length: referralsADay }, (_, k) => journeyOf(hospital, day, k)) : [],
      emergencies: Array.from({ length: emergenciesADay }, (_, k) => emergencyOf(hospital, day, k)),
    }
    made.set(key, found)
  }
  return found
}

const tag = (day: DateOnly, k: number) => `${day.replaceAll('-', '').slice(2)}${k}`
const half = (hospital: Hospital) => Math.trunc(hospital.people / 2)

/** The next working day from there. */
function workingDay(day: DateOnly): DateOnly {
  return weekdayOf(day) <= 5 ? day : workingDay(addDays(day, 1))
}

function journeyOf(hospital: Hospital, day: DateOnly, k: number): Journey {
  const chance = quickChanceOf(`${hospital.controller}/${day}/referral/${k}`)
  // The first of a day are those who were registered for it; the others come from the half that no emergency takes.
  const patient =
    newcomersOf(hospital, day)[k] ?? half(hospital) + ((dayNumber(day) * referralsADay + k) % half(hospital))
  const receivedAt = clockAt(day, 9 * hourMinutes + k * 20)
  const about = {
    ...{ id: `R${tag(day, k)}`, patient, receivedAt, receivedOn: day, specialty: chance.pick(planned) },
    source: chance.percent(80) ? ('GP' as const) : chance.pick(['OPT', 'CONS'] as const),
    urgency: chance.percent(75) ? ('R' as const) : chance.pick(['U', '2WW'] as const),
  }
  const referral: { -readonly [K in keyof Referral]: Referral[K] } = { ...about, closedAt: receivedAt }
  const bookings = bookingsOf(chance, referral)
  const last = bookings.at(-1)!
  const goesOn = last.outcome === 'attended' && chance.percent(55)
  const listing = goesOn ? listingOf(chance, referral, last) : null
  referral.closedAt = listing?.stay?.dischargedAt ?? listing?.removed?.at ?? last.outcomeAt
  return { referral, bookings, listing }
}

function bookingsOf(chance: Chance, referral: Referral): readonly Booking[] {
  const bookings: Booking[] = []
  const add = (bookedAt: Instant, from: DateOnly, mayMove: boolean) => {
    const day = workingDay(addDays(from, 5 + chance.below(18)))
    const startsAt = clockAt(day, 9 * hourMinutes + chance.below(28) * 15)
    const outcome = outcomeOf(chance, mayMove)
    const known =
      outcome === 'attended' || outcome === 'not-there' ? later(startsAt, 40) : later(startsAt, -2 * 24 * 60)
    const id = `${referral.id.replace('R', 'B')}${bookings.length}`
    bookings.push({
      ...{ id, referral, bookedAt, startsAt, minutes: 30, isFirst: bookings.length === 0, outcome },
      // Nobody cancels at night.
      outcomeAt: known,
    })
    if (outcome === 'moved') add(later(known, 10), day, false)
  }
  add(later(referral.receivedAt, 24 * 60 + chance.below(120)), referral.receivedOn, true)
  return bookings
}

function outcomeOf(chance: Chance, mayMove: boolean): Booking['outcome'] {
  if (chance.percent(80)) return 'attended'
  if (mayMove && chance.percent(50)) return 'moved'
  return chance.percent(60) ? 'not-there' : 'cancelled'
}

function listingOf(chance: Chance, referral: Referral, clinic: Booking): Listing {
  const listedOn = clinic.startsAt.slice(0, 10) as DateOnly
  const listedAt = later(clinic.outcomeAt, 30)
  const id = referral.id.replace('R', 'W')
  const asDaycase = referral.specialty.ward === 'Day unit' || chance.percent(30)
  const priority = referral.urgency === 'R' ? chance.pick(['P3', 'P4'] as const) : ('P2' as const)
  const about = { id, referral, listedAt, listedOn, priority, asDaycase }
  if (chance.percent(10)) {
    const on = workingDay(addDays(listedOn, 6 + chance.below(10)))
    const removed = { at: clockAt(on, 15 * hourMinutes), on, why: chance.pick(['PAT', 'FIT'] as const) }
    return { ...about, dates: [], removed, stay: null }
  }
  const givenOn = workingDay(addDays(listedOn, 2 + chance.below(6)))
  const day = workingDay(addDays(givenOn, 9 + chance.below(15)))
  const dates = [{ at: clockAt(givenOn, 14 * hourMinutes), day }]
  // The hospital has no bed on the day.
  if (chance.percent(8)) {
    const again = workingDay(addDays(day, 7))
    dates.push({ at: clockAt(day, 7 * hourMinutes), day: again })
  }
  return { ...about, dates, removed: null, stay: electiveStay(chance, about, dates.at(-1)!.day) }
}

function electiveStay(
  chance: Chance,
  { id, referral, asDaycase }: Pick<Listing, 'id' | 'referral' | 'asDaycase'>,
  day: DateOnly,
): Stay {
  const admittedAt = clockAt(day, 7 * hourMinutes + 30 + chance.below(60))
  const ward = asDaycase ? 'Day unit' : referral.specialty.ward
  const days = asDaycase ? 0 : 1 + chance.below(5)
  const stay = id.replace('W', 'V')
  return {
    ...{ id: stay, patient: referral.patient, unknown: null, kind: 'elective', specialty: referral.specialty },
    ...{ admittedAt, moves: movesOf(chance, stay, admittedAt, [ward]) },
    dischargedAt: clockAt(addDays(day, days), (asDaycase ? 16 : 10) * hourMinutes + chance.below(90)),
    ...{ mistakenUntil: null, falseMove: null, falseDischarge: null },
  }
}

function emergencyOf(hospital: Hospital, day: DateOnly, k: number): Stay {
  const chance = quickChanceOf(`${hospital.controller}/${day}/emergency/${k}`)
  const number = dayNumber(day) * emergenciesADay + k
  // Seven shares no divisor with the half: a long time passes before the same one comes again.
  const patient = (number * 7) % half(hospital)
  const kind = chance.pick(urgent)
  const id = `V${tag(day, k)}E`
  const admittedAt = arrival(chance, day, k)
  const nights = 3 + chance.below(7)
  const out = (minutes: number) => clockAt(addDays(day, nights), minutes)
  const minutes = 11 * hourMinutes + chance.below(240)
  const isUnknown = weekdayOf(day) === 1 && k === 0
  const moves = movesOf(chance, id, admittedAt, ['Admissions', kind.ward, ...(chance.percent(20) ? ['Alder'] : [])])
  const isMistaken = k === 1 && dayNumber(day) % 9 === 0
  return {
    ...{ id, patient, kind: 'emergency', specialty: kind, admittedAt },
    unknown: isUnknown ? { number: `T${tag(day, k)}`, knownAt: clockAt(addDays(day, 1), 10 * hourMinutes + 20) } : null,
    moves: isMistaken ? [moves[0]] : moves,
    dischargedAt: out(minutes),
    mistakenUntil: isMistaken ? later(admittedAt, 45) : null,
    falseMove:
      !isMistaken && chance.percent(12)
        ? { at: later(moves.at(-1)!.at, 30), back: later(moves.at(-1)!.at, 75), ward: 'Beech' }
        : null,
    falseDischarge: !isMistaken && chance.percent(12) ? { at: out(minutes - 100), back: out(minutes - 60) } : null,
  }
}

/** At any hour; on the night on which an hour is shown twice, two come in the same quarter past one. */
function arrival(chance: Chance, day: DateOnly, k: number): Instant {
  const first = clockAt(day, hourMinutes + 15)
  const isShownTwice = clockAt(day, 2 * hourMinutes) > later(first, 60)
  if (isShownTwice && k >= 2) return k === 2 ? first : later(first, 60)
  return later(clockAt(day, 0), 6 * k * hourMinutes + chance.below(5 * hourMinutes))
}

/** A stay on each ward: the first a few hours, the others about a day. */
function movesOf(
  chance: Chance,
  stay: string,
  admittedAt: Instant,
  wards: readonly string[],
): readonly [Move, ...Move[]] {
  let at = admittedAt
  const moves = wards.map((ward, i): Move => {
    if (i > 0) at = later(at, i === 1 ? 180 + chance.below(240) : 20 * hourMinutes + chance.below(240))
    return { id: `${stay}-${i + 1}`, at, ward, bed: `${chance.pick(['A', 'B', 'C'])}${chance.below(6) + 1}` }
  })
  return moves as [Move, ...Move[]]
}

/** Every stay of some days, planned or not. */
export function staysOf(history: readonly Day[]): readonly Stay[] {
  return history.flatMap(({ journeys, emergencies }) => [
    ...journeys.flatMap(({ listing }) => listing?.stay ?? []),
    ...emergencies,
  ])
}

/** How a stay stands at a moment, as the hospital's own system shows it: mistakes too, until they are taken back. */
export interface Standing {
  readonly moves: readonly Move[]
  readonly dischargedAt: Instant | null
}

/** Null where nobody was admitted, or was so by mistake. */
export function standingAt(stay: Stay, at: Instant): Standing | null {
  const { admittedAt, moves, falseMove, falseDischarge, dischargedAt, mistakenUntil, id } = stay
  if (admittedAt > at || (mistakenUntil !== null && mistakenUntil <= at)) return null
  const made = moves.filter((move) => move.at <= at)
  const isOn = (mistake: { readonly at: Instant; readonly back: Instant } | null) =>
    mistake !== null && mistake.at <= at && at < mistake.back
  const wrong = isOn(falseMove) ? [{ id: `${id}-no`, at: falseMove!.at, ward: falseMove!.ward, bed: 'A1' }] : []
  const out = dischargedAt <= at ? dischargedAt : isOn(falseDischarge) ? falseDischarge!.at : null
  return { moves: [...made, ...wrong], dischargedAt: out }
}
