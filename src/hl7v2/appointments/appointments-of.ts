import { type EventKind, isOfAppointment } from '../saying/events.ts'
import type { Identifier, Said, SaidValue } from '../saying/said-value.ts'
import type { MessageName, Saying } from '../saying/saying.ts'
import type { Timestamp } from '../time/timestamp.ts'
import { patientNumbersOf } from '../visits/in-order.ts'
import type { PatientNumbers } from '../visits/patient-numbers.ts'
import {
  type Details,
  firstOf,
  firstValue,
  layOver,
  notesOf,
  numberIn,
  saidAt,
  thingKey,
  toldBy,
  valuesOf,
} from '../visits/told-things.ts'
import type { VisitLog } from '../visits/visit-log.ts'

/** `known`: spoken of, and no more. `deleted`: entered by mistake. */
export type AppointmentStatus =
  | 'waiting'
  | 'booked'
  | 'started'
  | 'attended'
  | 'missed'
  | 'cancelled'
  | 'deleted'
  | 'known'

export interface Appointment {
  readonly number: Identifier
  readonly patient: readonly Identifier[]
  readonly status: AppointmentStatus
  /** When the booking that holds was told; when it was cancelled, if it is. */
  readonly booked: Timestamp | undefined
  readonly cancelled: Timestamp | undefined
  /** TQ1, else SCH-11, else the first resource that says a time. */
  readonly start: Said<Timestamp>
  readonly end: Said<Timestamp>
  /** SCH-9, whole minutes; undefined where its unit is not said. */
  readonly minutes: number | undefined
  /** Free text, a line each note. */
  readonly notes: string | undefined
  readonly details: ReadonlyMap<string, readonly SaidValue[] | null>
}

export interface Appointments {
  readonly appointments: ReadonlyMap<string, Appointment>
  readonly unplaced: readonly MessageName[]
}

const segments = ['SCH', 'TQ1', 'AIS', 'AIG', 'AIL', 'AIP', 'PV1']

/** What an event itself makes of an appointment, whatever SCH-25 still says. */
const ends: Readonly<Partial<Record<EventKind, AppointmentStatus>>> = {
  'appointment-cancelled': 'cancelled',
  'appointment-discontinued': 'cancelled',
  'appointment-deleted': 'deleted',
  'appointment-missed': 'missed',
}
const begins: readonly EventKind[] = ['appointment-booked', 'appointment-rescheduled']

/** SCH-25 by table 0278 (HL7 v2.9 section 10.6.1.25), in lower case. */
const fillerStatuses: Readonly<Record<string, AppointmentStatus>> = {
  ...{ pending: 'waiting', waitlist: 'waiting', booked: 'booked', overbook: 'booked', started: 'started' },
  ...{ complete: 'attended', noshow: 'missed', cancelled: 'cancelled', dc: 'cancelled', deleted: 'deleted' },
}

/** By the number of who keeps the diary (SCH-2), else of who asked (SCH-1). Null for what is no appointment. */
export function appointmentKeys(saying: Saying): readonly string[] | null {
  if (!isOfAppointment(saying.event)) return null
  const number = numberOf(saying)
  return number === undefined ? [] : [thingKey(number.of, number.is, saying)]
}

/** The state of all appointments of a log: a function of which messages are in it, as that of visits is. */
export function appointmentsOf(log: VisitLog, numbers: PatientNumbers = patientNumbersOf(log)): Appointments {
  const { byKey, unplaced } = toldBy(log, appointmentKeys)
  const appointments = [...byKey].map(([key, sayings]) => [key, appointmentOf(sayings, numbers)] as const)
  return { appointments: new Map(appointments), unplaced }
}

function numberOf(saying: Saying) {
  const filler = numberIn(saying, 'SCH', 'fillerAppointment')
  if (filler) return { of: 'appointment', is: filler }
  const placer = numberIn(saying, 'SCH', 'placerAppointment')
  return placer && { of: 'placed-appointment', is: placer }
}

function appointmentOf(sayings: readonly [Saying, ...Saying[]], numbers: PatientNumbers): Appointment {
  const details: Details = new Map()
  let status: AppointmentStatus = 'known'
  let [booked, cancelled]: (Timestamp | undefined)[] = []
  let [start, end]: Said<Timestamp>[] = []
  let notes: string | undefined
  for (const saying of sayings) {
    layOver(details, saying, segments)
    const next: AppointmentStatus = statusIn(saying) ?? status
    if (next === 'cancelled' && status !== 'cancelled') cancelled = saidAt(saying)
    if (saying.event === 'appointment-booked') booked = saidAt(saying)
    status = next
    const times = timesIn(saying)
    if (times.start !== undefined) [start, end] = [times.start, times.end]
    else if (times.end !== undefined) end = times.end
    notes = notesOf(saying.segments) ?? notes
  }
  const latest = sayings.at(-1)!
  return {
    ...{ number: numberOf(latest)!.is, patient: numbers.standingFor(latest.patient, latest.name.facility) },
    ...{ status, booked, cancelled: status === 'cancelled' ? cancelled : undefined, start, end },
    ...{ minutes: minutesOf(details), notes, details },
  }
}

function statusIn(saying: Saying): AppointmentStatus | undefined {
  const ended = ends[saying.event]
  if (ended) return ended
  const said = firstValue(valuesOf(firstOf(saying, 'SCH'), 'fillerStatus'), 'code')?.code.toLowerCase() ?? ''
  if (Object.hasOwn(fillerStatuses, said)) return fillerStatuses[said]
  return begins.includes(saying.event) ? 'booked' : undefined
}

/** A new beginning makes the old end void. */
function timesIn(saying: Saying): { readonly start: Said<Timestamp>; readonly end: Said<Timestamp> } {
  const at = (id: string, name: string): Said<Timestamp> => {
    const values = valuesOf(firstOf(saying, id), name)
    return values === null ? null : firstValue(values, 'time')?.time
  }
  const first = (ids: readonly string[], name: string) =>
    ids.map((id) => at(id, name)).find((time) => time !== undefined)
  return { start: first(['TQ1', 'SCH', 'AIS', 'AIG', 'AIL', 'AIP'], 'start'), end: first(['TQ1', 'SCH'], 'end') }
}

const minutesEach: Readonly<Record<string, number>> = { s: 1 / 60, sec: 1 / 60, m: 1, min: 1, h: 60, hr: 60 }

function minutesOf(details: Details): number | undefined {
  const duration = firstValue(details.get('SCH.duration'), 'number')
  const unit = firstValue(details.get('SCH.durationUnits'), 'code')?.code.toLowerCase() ?? ''
  if (!duration || !Object.hasOwn(minutesEach, unit)) return undefined
  const minutes = Number(duration.digits) * minutesEach[unit]!
  return Number.isSafeInteger(minutes) && minutes >= 0 ? minutes : undefined
}
