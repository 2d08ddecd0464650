import { addDays, type DateOnly, type Instant, londonDay } from '#kernel'
import { chanceOf, quickChanceOf } from '../chance.ts'
import { economyPerson, type PersonRow, personRow, testNhsNumber } from '../people.ts'
import { clockAt, dayNumber, type Hospital, openedOn, weekdayOf } from './hospital.ts'

/** Somebody whom the hospital knows. */
export interface HospitalPatient {
  /** The hospital's own number. */
  readonly number: string
  /** Null of somebody whom nobody knew when they were brought in. */
  readonly nhsNumber: string | null
  readonly given: string
  readonly family: string
  readonly born: DateOnly | null
  readonly sex: 'Female' | 'Male'
  readonly addressLines: readonly string[]
  readonly postcode: string
  readonly phone: string
  /** Null of those who were there when the system was opened. */
  readonly registeredAt: Instant | null
}

/** NHS numbers from here on are of people whom only this hospital knows. */
const newNumbersFrom = 20_000
const newcomersADay = 2
const known = new Map<string, HospitalPatient>()

/** The n-th patient: first the people of the trust, then newcomers by the day on which they were registered. */
export function patientOf(hospital: Hospital, n: number): HospitalPatient {
  const key = `${hospital.controller}/${n}`
  let found = known.get(key)
  if (!found) known.set(key, (found = madePatient(hospital, n)))
  return found
}

function madePatient(hospital: Hospital, n: number): HospitalPatient {
  const { provider, people, latinOnly } = hospital
  const isNew = n >= people
  const person = isNew
    ? personRow(chanceOf(`${hospital.controller}/newcomer/${n}`), {
        ...{ personId: `${provider}-P${10_000 + n}`, nhsNumber: testNhsNumber(newNumbersFrom + n) },
        ...{ today: openedOn, latinOnly },
      })
    : economyPerson({ provider, n, firstNumber: hospital.firstNumber, latinOnly })
  const day = isNew ? addDays(openedOn, Math.trunc((n - people) / newcomersADay)) : null
  return patientFrom(person, day && clockAt(day, 8 * 60 + ((n - people) % newcomersADay) * 25))
}

function patientFrom(person: PersonRow, registeredAt: Instant | null): HospitalPatient {
  return {
    ...{ number: person.mrn!, nhsNumber: person.nhsNumber, given: person.firstName!, family: person.surname! },
    ...{ born: person.dateOfBirth as DateOnly, sex: person.sex as 'Female' | 'Male' },
    ...{ addressLines: person.addressLine1!.split('\n'), postcode: person.postcode!, phone: person.phoneNumber! },
    registeredAt,
  }
}

/** Who are registered on a day as new: two on each working day. */
export function newcomersOf(hospital: Hospital, day: DateOnly): readonly number[] {
  if (weekdayOf(day) > 5) return []
  const first = hospital.people + dayNumber(day) * newcomersADay
  return Array.from({ length: newcomersADay }, (_, i) => first + i)
}

/** Shares no divisor with how many people there are: everybody moves once in so many days. */
const moverStep = 13

/** A change of address, at eleven: each day one of those who were there from the beginning. */
export function moverOf(hospital: Hospital, day: DateOnly): { readonly n: number; readonly at: Instant } {
  return { n: (dayNumber(day) * moverStep) % hospital.people, at: clockAt(day, 11 * 60) }
}

/** Everybody whom the hospital knows at a moment by a number of its own, as they are then. */
export function patientsAt(hospital: Hospital, at: Instant): readonly HospitalPatient[] {
  const all = Array.from({ length: hospital.people }, (_, n) => patientAt(hospital, n, at))
  for (let day = openedOn; day <= londonDay(at); day = addDays(day, 1)) {
    for (const n of newcomersOf(hospital, day)) {
      const patient = patientOf(hospital, n)
      if (patient.registeredAt! <= at) all.push(patient)
    }
  }
  return all
}

/** One of them as they are at a moment. */
export function patientAt(hospital: Hospital, n: number, at: Instant): HospitalPatient {
  const patient = patientOf(hospital, n)
  if (n >= hospital.people) return patient
  const [turn, today] = [turnOf(hospital, n), dayNumber(londonDay(at))]
  const last = turn + Math.floor((today - turn) / hospital.people) * hospital.people
  const moved = [last, last - hospital.people]
    .filter((number) => number >= 0)
    .map((number) => addDays(openedOn, number))
    .find((day) => moverOf(hospital, day).at <= at)
  return moved === undefined ? patient : { ...patient, ...newAddress(hospital, moved) }
}

const turns = new Map<number, readonly number[]>()

/** The first day, by number, on which somebody moves. */
function turnOf({ people }: Hospital, n: number): number {
  let found = turns.get(people)
  if (!found) {
    const inTurn: number[] = []
    for (let number = 0; number < people; number++) inTurn[(number * moverStep) % people] = number
    turns.set(people, (found = inTurn))
  }
  return found[n]!
}

function newAddress(hospital: Hospital, day: DateOnly): Pick<HospitalPatient, 'addressLines' | 'postcode'> {
  const chance = quickChanceOf(`${hospital.controller}/moved/${day}`)
  return {
    addressLines: [`${chance.below(200) + 1} ${chance.pick(['Harbour Row', 'Station Road', 'Elm Grove'])}`],
    postcode: `ZZ${chance.below(4) + 1} ${chance.below(9) + 1}${chance.pick(['FG', 'LN', 'PQ'])}`,
  }
}
