import type { Property } from '#contracts'
import {
  type Appointment,
  appointmentsOf,
  type Identifier,
  type Patient,
  type PatientNumbers,
  patientNumbersOf,
  patientsOf,
  type Referral,
  type Result,
  referralsOf,
  resultsOf,
  type SaidValue,
  type Timestamp,
  type Visit,
  type VisitLog,
  visitsOf,
} from '#hl7v2'
import { type MessageDock, namesPatient } from './declaration.ts'
import type { KindOfThing, MapColumn, MessageMap } from './message-map.ts'

/** Whatever of a patient, a visit and the like a map can name: text that we made, what a message said, or nothing. */
export type Named = (path: string) => string | Timestamp | readonly SaidValue[] | null | undefined

type Names = (id: Identifier) => boolean

/**
 * All patients, visits and so on of a log as they are now, by key, in the order of keys. `isHere` tells by key which
 * patients, and results of which orders, are wanted.
 */
export function thingsOf(
  of: KindOfThing,
  log: VisitLog,
  dock: MessageDock,
  numbers: PatientNumbers = patientNumbersOf(log),
  isHere: (key: string) => boolean = () => true,
): ReadonlyMap<string, Named> {
  const names = namesPatient(dock)
  switch (of) {
    case 'patient':
      return named(
        [...patientsOf(log, names, numbers)].filter(([key]) => isHere(key)),
        names,
        ofPatient,
      )
    case 'visit':
      return named(visitsOf(log, numbers).visits, names, ofVisit)
    case 'appointment':
      return named(appointmentsOf(log, numbers).appointments, names, ofAppointment)
    case 'referral':
      return named(referralsOf(log, numbers).referrals, names, ofReferral)
    case 'result':
      return named(resultsOf(log, numbers, isHere).results, names, ofResult)
  }
}

function named<T>(
  things: Iterable<readonly [string, T]>,
  names: Names,
  read: (thing: T, path: string, names: Names) => ReturnType<Named>,
): ReadonlyMap<string, Named> {
  return new Map([...things].map(([key, thing]) => [key, (path: string) => read(thing, path, names)] as const))
}

function ofPatient({ number, nhsNumber, details }: Patient, path: string) {
  if (path === 'number') return number.value
  if (path === 'nhsNumber') return nhsNumber?.value.replaceAll(' ', '')
  return details.get(path)
}

function ofVisit({ number, patient, status, details, ...visit }: Visit, path: string, names: Names) {
  switch (path) {
    case 'number':
      return number.value
    case 'patient':
      return patient.find(names)?.value
    case 'status':
      return status
    case 'admitted':
    case 'discharged':
      return visit[path]
    default:
      return details.get(path)
  }
}

function ofAppointment({ number, patient, status, details, ...more }: Appointment, path: string, names: Names) {
  switch (path) {
    case 'number':
      return number.value
    case 'patient':
      return patient.find(names)?.value
    case 'status':
      return status
    case 'booked':
    case 'cancelled':
    case 'start':
    case 'end':
      return more[path]
    case 'minutes':
      return more.minutes === undefined ? undefined : String(more.minutes)
    case 'notes.text':
      return more.notes
    default:
      return details.get(path)
  }
}

function ofReferral({ number, patient, status, details, ...more }: Referral, path: string, names: Names) {
  switch (path) {
    case 'number':
      return number.value
    case 'patient':
      return patient.find(names)?.value
    case 'status':
      return status
    case 'cancelled':
    case 'referrer':
      return more[path]
    case 'notes.text':
      return more.notes
    default:
      return details.get(path)
  }
}

function ofResult({ number, patient, order, details, ...more }: Result, path: string, names: Names) {
  switch (path) {
    case 'number':
      return number
    case 'patient':
      return patient.find(names)?.value
    case 'order':
      return order.value
    case 'kind':
      return more.figure === undefined ? 'text' : 'figure'
    case 'figure':
    case 'observed':
      return more[path]
    case 'report.text':
      return more.report
    default:
      return details.get(path)
  }
}

/** With the end of its line. */
export function headerOf({ columns }: MessageMap): string {
  return `${columns.map(({ property }) => property.name).join(',')}\r\n`
}

/** With the end of its line; null where the map wants no row of it. */
export function rowOf(map: MessageMap, thing: Named): string | null {
  if (!isWanted(map, thing)) return null
  return `${map.columns.map((each) => quoted(cellOf(each, thing))).join(',')}\r\n`
}

function isWanted({ where }: MessageMap, named: Named): boolean {
  return Object.entries(where).every(([path, values]) => values.includes(textAt(named, path, 'text')))
}

function cellOf({ property, column }: MapColumn, named: Named): string {
  if ('always' in column) return column.always
  const value = textAt(named, column.from, property.type)
  if (column.codes === undefined) return value
  return Object.hasOwn(column.codes, value) ? column.codes[value]! : ''
}

/** The first that the field says; free text only where a map asks for `text`. Empty where there is nothing. */
function textAt(named: Named, path: string, type: Property['type']): string {
  const [segment, field, part] = path.split('.')
  const found = named(field === undefined ? path : `${segment}.${field}`)
  if (typeof found === 'string') return found
  if (found === null || found === undefined) return ''
  const values: readonly SaidValue[] = isTime(found) ? [{ kind: 'time', time: found }] : found
  for (const value of values) {
    const text = textOf(value, part, type)
    if (text) return text
  }
  return ''
}

function isTime(found: Timestamp | readonly SaidValue[]): found is Timestamp {
  return !Array.isArray(found)
}

function textOf(value: SaidValue, part: string | undefined, type: Property['type']): string | null | undefined {
  switch (value.kind) {
    case 'text':
      return part === 'text' ? value.text : ''
    case 'code':
      return part === undefined ? value.code : ''
    case 'number':
      return value.digits
    case 'identifier':
      return value.value
    case 'time':
      return timeText(value.time, type)
    case 'address':
      if (part === 'line1' || part === 'line2') return value.lines[part === 'line1' ? 0 : 1]
      return partOf(value, part)
    default:
      return partOf(value, part)
  }
}

function partOf(value: SaidValue, part: string | undefined): string {
  const found = part === undefined ? '' : Reflect.get(value, part)
  return typeof found === 'string' ? found : ''
}

/** A day as it was written; a moment only where an hour was written: nothing is made more exact than it was said. */
function timeText({ local, precision, instant }: Timestamp, type: Property['type']): string {
  if (type !== 'date') return instant ?? ''
  return precision === 'year' || precision === 'month' ? '' : local.slice(0, 10)
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
