import { addDays, type DateOnly, type Instant } from '#kernel'
import { clockAt, dayNumber, type Hospital } from './hospital.ts'
import { historyAt, type Listing } from './journeys.ts'
import { patientAt } from './patients.ts'
import { endOf } from './tell-messages.ts'
import { zipOf } from './zip-archive.ts'

/** A file of the night after a day, and when it is there. A later one of the same name takes its place. */
export interface NightlyFile {
  readonly name: string
  readonly writtenAt: Instant
  readonly bytes: Buffer
}

const nightlyMinutes = 75
const correctedMinutes = 9 * 60 + 15
/** Every so many days the waiting list breaks off, and comes again whole in the morning. */
const brokenEvery = 4

/** What the system leaves in its folder for a day, in the order in which it does. */
export function filesOf(hospital: Hospital, day: DateOnly): readonly NightlyFile[] {
  const night = addDays(day, 1)
  const list = waitingList(hospital, day)
  const of = (name: string, bytes: Buffer, minutes = nightlyMinutes): NightlyFile => ({
    ...{ name: `${name}_${day.replaceAll('-', '')}`, bytes, writtenAt: clockAt(night, minutes) },
  })
  const named = (file: NightlyFile, ending: string) => ({ ...file, name: `${file.name}${ending}` })
  const whole = (minutes: number) => named(of('WL', csv(list, '|'), minutes), '.csv')
  const referrals = named(of('REFERRALS', zipOf('referrals.csv', csv(referralList(hospital, day), ','))), '.zip')
  if (!isBroken(day)) return [whole(nightlyMinutes), referrals]
  const broken = csv(list.slice(0, Math.trunc((list.length * 2) / 3)), '|')
  return [named(of('WL', broken), '.csv'), referrals, whole(correctedMinutes)]
}

export function isBroken(day: DateOnly): boolean {
  return dayNumber(day) % brokenEvery === 0
}

/** On the list at a moment, or lately off it. */
export function listingsAt(hospital: Hospital, at: Instant): readonly Listing[] {
  return historyAt(hospital, at)
    .flatMap(({ journeys }) => journeys.flatMap(({ listing }) => listing ?? []))
    .filter(({ listedAt }) => listedAt <= at)
}

/** How one of them stands: waiting, with a date, admitted, off the list. */
export function listingStatus({ dates, removed, stay }: Listing, at: Instant): 'W' | 'T' | 'A' | 'R' {
  if (removed !== null && removed.at <= at) return 'R'
  if (stay !== null && stay.admittedAt <= at) return 'A'
  return dates.some((date) => date.at <= at) ? 'T' : 'W'
}

function waitingList(hospital: Hospital, day: DateOnly): readonly (readonly string[])[] {
  const at = endOf(day)
  const rows = listingsAt(hospital, at).map((listing) => {
    const { id, referral, listedOn, priority, asDaycase, dates, removed, stay } = listing
    const patient = patientAt(hospital, referral.patient, at)
    const status = listingStatus(listing, at)
    const off = status === 'R' ? removed!.on : status === 'A' ? (stay!.admittedAt.slice(0, 10) as DateOnly) : null
    const to = status === 'W' ? null : (dates.findLast((date) => date.at <= at)?.day ?? null)
    return [
      ...[id, patient.number, patient.nhsNumber ?? '', `${patient.family}, ${patient.given}`, referral.specialty.local],
      ...[dayFirst(listedOn), priority, asDaycase ? 'DC' : 'IP', status, dayFirst(to), dayFirst(off)],
      status === 'R' ? removed!.why : '',
    ]
  })
  // A code that somebody typed in by hand.
  const odd = rows.findIndex(([id]) => id === rows.at(-1)?.[0])
  const spoilt = isSpoilt(day) && odd >= 0 ? rows.with(odd, rows[odd]!.with(7, 'D/C')) : rows
  const header = ['WL_ID', 'HOSP_NO', 'NHS_NO', 'PAT_NAME', 'SPEC', 'ON_LIST', 'PRI', 'MGT', 'STS', 'TCI', 'OFF_LIST']
  return [[...header, 'OFF_WHY'], ...spoilt]
}

/** Whether the last row of a day's waiting list has a code that no list knows. */
export function isSpoilt(day: DateOnly): boolean {
  return dayNumber(day) % 2 === 0
}

function referralList(hospital: Hospital, day: DateOnly): readonly (readonly string[])[] {
  const at = endOf(day)
  const rows = historyAt(hospital, at).flatMap(({ journeys }) =>
    journeys.map(({ referral: { id, patient, receivedOn, source, urgency, specialty, closedAt } }) => [
      ...[id, patientAt(hospital, patient, at).number, receivedOn.replaceAll('-', ''), source, urgency],
      ...[specialty.code, closedAt <= at ? 'C' : 'O'],
    ]),
  )
  return [['REF_NO', 'HOSP_NO', 'RECEIVED', 'SRC', 'URG', 'TFC', 'O_C'], ...rows]
}

function dayFirst(day: DateOnly | null): string {
  return day === null ? '' : day.split('-').reverse().join('/')
}

function csv(rows: readonly (readonly string[])[], delimiter: string): Buffer {
  const cell = (text: string) =>
    /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text
  return Buffer.from(rows.map((row) => `${row.map(cell).join(delimiter)}\r\n`).join(''))
}
