import type { Instant } from '#kernel'
import type { Hospital } from './hospital.ts'
import { historyAt, standingAt, staysOf } from './journeys.ts'
import { patientAt, patientsAt } from './patients.ts'
import { isUnknown, numberOfStay } from './tell-fhir.ts'

const databaseReader = 'fdp_reader'

/** The hospital's tables, and a user who reads three of them and nothing else. */
export function databaseSchema(password: string): string {
  return `
CREATE SCHEMA pas;
CREATE TABLE pas.patient_index (
  hosp_no text PRIMARY KEY, nhs_no text, family text NOT NULL, given text, born date, sex_code char(1),
  address text, postcode text
);
CREATE TABLE pas.op_booking (
  booking_ref text PRIMARY KEY, referral_ref text NOT NULL, hosp_no text NOT NULL, tfc char(3) NOT NULL,
  booked_at timestamptz NOT NULL, clinic_at timestamptz NOT NULL, length_min int NOT NULL, first_or_fu char(1) NOT NULL,
  outcome char(2), outcome_at timestamptz
);
CREATE TABLE pas.bed_move (
  move_ref text PRIMARY KEY, visit_no text NOT NULL, hosp_no text NOT NULL, ward text NOT NULL, bed text NOT NULL,
  from_at timestamptz NOT NULL, to_at timestamptz
);
CREATE ROLE ${databaseReader} LOGIN PASSWORD '${password}';
GRANT USAGE ON SCHEMA pas TO ${databaseReader};
GRANT SELECT ON pas.patient_index, pas.op_booking, pas.bed_move TO ${databaseReader};
`
}

/** Puts the tables as they are at a moment, in one transaction. */
export function databaseAt(hospital: Hospital, at: Instant): string {
  const tables = {
    'pas.patient_index': patientRows(hospital, at),
    'pas.op_booking': bookingRows(hospital, at),
    'pas.bed_move': moveRows(hospital, at),
  }
  const copies = Object.entries(tables).map(
    ([table, rows]) =>
      `COPY ${table} FROM stdin;\n${rows.map((row) => `${row.map(field).join('\t')}\n`).join('')}\\.\n`,
  )
  return `BEGIN;\nTRUNCATE ${Object.keys(tables).join(', ')};\n${copies.join('')}COMMIT;\n`
}

type Row = readonly (string | number | null)[]

function patientRows(hospital: Hospital, at: Instant): readonly Row[] {
  const unknown = staysOf(historyAt(hospital, at)).filter((stay) => stay.admittedAt <= at && isUnknown(stay, at))
  return [
    ...patientsAt(hospital, at).map(({ number, nhsNumber, family, given, born, sex, addressLines, postcode }) => [
      ...[number, nhsNumber, family, given, born, sex.slice(0, 1), addressLines.join('\n'), postcode],
    ]),
    ...unknown.map((stay) => [stay.unknown!.number, null, 'UNKNOWN', null, null, null, null, null]),
  ]
}

const outcomes = { attended: 'AT', 'not-there': 'NA', cancelled: 'CX', moved: 'RS' } as const

function bookingRows(hospital: Hospital, at: Instant): readonly Row[] {
  const bookings = historyAt(hospital, at).flatMap(({ journeys }) => journeys.flatMap((journey) => journey.bookings))
  return bookings
    .filter(({ bookedAt }) => bookedAt <= at)
    .map(({ id, referral, bookedAt, startsAt, minutes, isFirst, outcome, outcomeAt }) => {
      const isKnown = outcomeAt <= at
      return [
        ...[id, referral.id, patientAt(hospital, referral.patient, at).number, referral.specialty.code, bookedAt],
        ...[startsAt, minutes, isFirst ? 'F' : 'U', isKnown ? outcomes[outcome] : null, isKnown ? outcomeAt : null],
      ]
    })
}

function moveRows(hospital: Hospital, at: Instant): readonly Row[] {
  return staysOf(historyAt(hospital, at)).flatMap((stay) => {
    const standing = standingAt(stay, at)
    const number = standing && numberOfStay(hospital, stay, at)
    return (standing?.moves ?? []).map((move, i, { [i + 1]: next }): Row => {
      const until = next?.at ?? standing!.dischargedAt
      return [move.id, stay.id, number, move.ward, move.bed, move.at, until]
    })
  })
}

/** As COPY reads it. */
function field(value: string | number | null): string {
  if (value === null) return '\\N'
  return String(value).replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
