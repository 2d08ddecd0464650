import { addDays, type DateOnly, type Instant, londonDay, londonOffsetMs } from '#kernel'
import { quickChanceOf } from '../chance.ts'
import { clockAt, type Hospital, later, openedOn } from './hospital.ts'
import { type Booking, historyAt, type Move, type Referral, type Stay, staysOf } from './journeys.ts'
import { type HospitalPatient, moverOf, newcomersOf, patientAt, patientOf, patientsAt } from './patients.ts'

/** A message of the hospital's feed, and when it is sent: most of them at once, some hours later, some twice. */
export interface SentMessage {
  readonly at: Instant
  readonly id: string
  readonly bytes: Buffer
}

/** Whatever the hospital says of something, before it is a message. */
interface Said {
  readonly event: string
  /** What it is about; with the event it names the message. */
  readonly of: string
  /** When it happened; null for what only the sender's record is about. */
  readonly occurred: Instant
  readonly recorded: Instant
  readonly patient: () => HospitalPatient
  readonly more: readonly string[]
}

const feed = 'PAS'
const secondMs = 1_000
/** Longest that a message is on its way; those of the night are never late, so that a day's are all there by its end. */
const lateMinutesMax = 300

/** What is sent after a moment and up to another, in order. */
export function messagesBetween(hospital: Hospital, after: Instant, upTo: Instant): readonly SentMessage[] {
  const from = later(after, -lateMinutesMax - 120)
  const said = [
    ...peopleSaid(hospital, from, upTo),
    ...historySaid(hospital, upTo).filter((each) => each.recorded > from),
  ]
  return said
    .flatMap((each) => sent(hospital, each))
    .filter(({ at }) => at > after && at <= upTo)
    .sort(inOrder)
}

/** What a feed begins with: everybody, and all that was said of what is not over. */
export function messagesToBegin(hospital: Hospital, at: Instant): readonly SentMessage[] {
  const everybody = patientsAt(hospital, at).map(
    (patient): Said => ({
      ...{
        event: 'ADT^A28',
        of: `${patient.number}${wall(at)}`,
        occurred: at,
        recorded: at,
        patient: () => patient,
        more: [],
      },
    }),
  )
  const open = historySaid(hospital, at, (until) => until > at)
  return [...everybody, ...open]
    .flatMap((each) => sent(hospital, each))
    .filter((each) => each.at <= later(at, 1))
    .sort(inOrder)
}

function inOrder(a: SentMessage, b: SentMessage): number {
  return a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1
}

function peopleSaid(hospital: Hospital, from: Instant, upTo: Instant): readonly Said[] {
  const said: Said[] = []
  for (let day = [londonDay(from), openedOn].sort().at(-1)!; day <= londonDay(upTo); day = addDays(day, 1)) {
    for (const n of newcomersOf(hospital, day)) {
      const patient = patientOf(hospital, n)
      const at = patient.registeredAt!
      said.push({ event: 'ADT^A28', of: patient.number, occurred: at, recorded: at, patient: () => patient, more: [] })
    }
    const { n, at } = moverOf(hospital, day)
    const of = `${patientOf(hospital, n).number}${wall(at)}`
    const patient = () => patientAt(hospital, n, at)
    said.push({ event: 'ADT^A31', of, occurred: at, recorded: at, patient, more: [] })
  }
  return said.filter(({ recorded }) => recorded > from && recorded <= upTo)
}

function historySaid(hospital: Hospital, upTo: Instant, isWanted = (_until: Instant) => true): readonly Said[] {
  const history = historyAt(hospital, upTo)
  const journeys = history.flatMap((day) => day.journeys)
  const said = [
    ...staysOf(history)
      .filter(({ dischargedAt }) => isWanted(dischargedAt))
      .flatMap((stay) => staySaid(hospital, stay)),
    ...journeys
      .filter(({ referral }) => isWanted(referral.closedAt))
      .map(({ referral }) => referralSaid(hospital, referral)),
    ...journeys
      .flatMap(({ bookings }) => bookings)
      .filter(({ outcomeAt }) => isWanted(outcomeAt))
      .flatMap((booking) => bookingSaid(hospital, booking)),
  ]
  return said.filter(({ recorded }) => recorded <= upTo)
}

function staySaid(hospital: Hospital, stay: Stay): readonly Said[] {
  const { id, admittedAt, moves, dischargedAt, mistakenUntil, falseMove, falseDischarge, unknown } = stay
  const tell = (event: string, occurred: Instant, recorded: Instant, more: readonly string[], of = id): Said => {
    const isUnknown = unknown !== null && recorded < unknown.knownAt
    const patient = () => (isUnknown ? unknownPatient(unknown.number) : patientAt(hospital, stay.patient, recorded))
    return { event: `ADT^${event}`, of, occurred, recorded, patient, more }
  }
  const visit = (move: Pick<Move, 'ward' | 'bed'>, discharged: Instant | null = null) => [pv1(stay, move, discharged)]
  const chance = quickChanceOf(`${hospital.controller}/${id}/entered`)
  // Somebody had other things to do first.
  const entered = later(admittedAt, chance.percent(8) ? 50 : 1)
  const said = [tell('A01', admittedAt, entered, visit(moves[0]))]
  if (mistakenUntil !== null) return [...said, tell('A11', admittedAt, later(mistakenUntil, 10), visit(moves[0]))]
  moves.slice(1).forEach((move) => {
    said.push(tell('A02', move.at, later(move.at, 1), visit(move), move.id))
  })
  const last = moves.at(-1)!
  if (falseMove !== null) {
    const { at, back, ward } = falseMove
    said.push(tell('A02', at, later(at, 1), visit({ ward, bed: 'A1' }), `${id}-no`), tell('A12', at, back, visit(last)))
  }
  if (falseDischarge !== null) {
    const { at, back } = falseDischarge
    said.push(tell('A03', at, later(at, 1), visit(last, at), `${id}-no`), tell('A13', at, back, visit(last)))
  }
  said.push(tell('A03', dischargedAt, later(dischargedAt, 1), visit(last, dischargedAt)))
  if (unknown !== null) {
    const known = tell('A40', unknown.knownAt, unknown.knownAt, [`MRG|${unknown.number}^^^${hospital.controller}^MR`])
    said.push(known)
  }
  return said
}

function pv1(stay: Stay, { ward, bed }: Pick<Move, 'ward' | 'bed'>, discharged: Instant | null): string {
  const fields = new Array<string>(46).fill('')
  fields[0] = 'PV1'
  fields[2] = 'I'
  fields[3] = `${ward}^${bed.slice(0, 1)}^${bed}`
  fields[4] = stay.kind === 'emergency' ? 'EM' : 'EL'
  fields[10] = stay.specialty.local
  fields[19] = `${stay.id}^^^${feed}^VN`
  fields[44] = wall(stay.admittedAt)
  if (discharged !== null) {
    fields[36] = 'HOME'
    fields[45] = wall(discharged)
  }
  return fields.join('|')
}

function referralSaid(hospital: Hospital, { id, patient, receivedAt, urgency, specialty }: Referral): Said {
  const who = () => patientAt(hospital, patient, receivedAt)
  const more = [`RF1|P|${urgency}|${specialty.local}|||${id}^${feed}|${wall(receivedAt)}`, 'PRD|RP|MADE-UP^PRACTICE']
  return { event: 'REF^I12', of: id, occurred: receivedAt, recorded: receivedAt, patient: who, more }
}

function bookingSaid(hospital: Hospital, booking: Booking): readonly Said[] {
  const { id, bookedAt, startsAt, minutes, outcome, outcomeAt, referral } = booking
  const tell = (event: string, at: Instant, status: string): Said => {
    const schedule = new Array<string>(26).fill('')
    schedule[0] = 'SCH'
    schedule[2] = `${id}^${feed}`
    schedule[8] = booking.isFirst ? 'NEW' : 'FUP'
    schedule[11] = `^^^${wall(startsAt)}^${wall(later(startsAt, minutes))}`
    schedule[25] = status
    return {
      ...{ event: `SIU^${event}`, of: id, occurred: at, recorded: at, more: [schedule.join('|')] },
      patient: () => patientAt(hospital, referral.patient, at),
    }
  }
  const made = tell('S12', bookedAt, 'Booked')
  if (outcome === 'attended') return [made]
  return [made, outcome === 'not-there' ? tell('S26', outcomeAt, 'Noshow') : tell('S15', outcomeAt, 'Cancelled')]
}

function unknownPatient(number: string): HospitalPatient {
  return {
    ...{ number, nhsNumber: null, given: 'Unknown', family: 'UNKNOWN', born: null, sex: 'Female' },
    ...{ addressLines: [], postcode: '', phone: '', registeredAt: null },
  }
}

/** Some messages go late, and some twice. */
function sent(hospital: Hospital, said: Said): readonly SentMessage[] {
  const [type = '', trigger = ''] = said.event.split('^')
  const id = `${trigger}-${said.of}`
  const chance = quickChanceOf(`${hospital.controller}/${id}/sent`)
  const hour = Number(wall(said.recorded).slice(8, 10))
  const isLate = chance.percent(5) && hour >= 6 && hour < 18
  const at = isLate ? later(said.recorded, 30 + chance.below(lateMinutesMax - 30)) : later(said.recorded, 0)
  const lines = [
    `MSH|^~\\&|${feed}|${hospital.controller}|FDP|${hospital.controller}|${wall(at)}||${type}^${trigger}|${id}|P|2.4||||||UNICODE UTF-8`,
    ...(type === 'ADT' ? [`EVN|${trigger}|${wall(said.recorded)}||||${wall(said.occurred)}`] : []),
  ]
  // A referral says first what it is, an appointment too.
  const pid = pidOf(hospital, said.patient())
  const rest = type === 'ADT' ? [pid, ...said.more] : [said.more[0]!, ...said.more.slice(1), pid]
  const message = { at, id, bytes: Buffer.from([...lines, ...rest].map((line) => `${line}\r`).join('')) }
  return chance.percent(3) ? [message, { ...message, at: later(at, 2) }] : [message]
}

function pidOf({ controller }: Hospital, patient: HospitalPatient): string {
  const { number, nhsNumber, family, given, born, sex, addressLines, postcode, phone } = patient
  const fields = new Array<string>(33).fill('')
  fields[0] = 'PID'
  fields[3] = `${number}^^^${controller}^MR${nhsNumber === null ? '' : `~${nhsNumber}^^^NHS^NH`}`
  fields[5] = `${family}^${given}`
  fields[7] = born?.replaceAll('-', '') ?? ''
  fields[8] = sex === 'Female' ? 'F' : 'M'
  fields[11] = postcode === '' ? '' : `${addressLines[0]}^${addressLines[1] ?? ''}^Alderbrook^^${postcode}`
  fields[13] = phone
  fields[32] = nhsNumber === null ? '' : '01'
  return fields.join('|').replace(/\|+$/, '')
}

/** What the hospital's clocks show, which say no zone: when they go back, an hour is told twice. */
export function wall(at: Instant): string {
  const ms = Date.parse(at)
  return new Date(ms + londonOffsetMs(ms)).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')
}

/** The end of a day there. */
export function endOf(day: DateOnly): Instant {
  return new Date(Date.parse(clockAt(addDays(day, 1), 0)) - secondMs).toISOString() as Instant
}
