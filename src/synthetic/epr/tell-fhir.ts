import { type Instant, type JsonObject, londonOffsetMs } from '#kernel'
import type { Hospital } from './hospital.ts'
import { type Booking, historyAt, type Specialty, type Stay, standingAt, staysOf } from './journeys.ts'
import { type HospitalPatient, patientAt, patientsAt } from './patients.ts'

export const resourceTypes = ['Patient', 'Encounter', 'Condition', 'Procedure'] as const
export type ResourceType = (typeof resourceTypes)[number]
export type Resources = Readonly<Record<ResourceType, readonly JsonObject[]>>

const recordNumber = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] }
const snomed = 'http://snomed.info/sct'
const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const verification = 'http://terminology.hl7.org/CodeSystem/condition-ver-status'
const status = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus'

/** What the hospital's FHIR R4 server holds at a moment, identifiers as UK Core has them. */
export function resourcesAt(hospital: Hospital, at: Instant): Resources {
  const history = historyAt(hospital, at)
  const stays = staysOf(history).filter(({ admittedAt }) => admittedAt <= at)
  const journeys = history.flatMap((day) => day.journeys)
  const bookings = journeys.flatMap((journey) => journey.bookings).filter(({ bookedAt }) => bookedAt <= at)
  const seen = bookings.filter(({ outcome, outcomeAt }) => outcome === 'attended' && outcomeAt <= at)
  const real = stays.filter((stay) => standingAt(stay, at) !== null)
  const numberOf = (n: number) => patientAt(hospital, n, at).number
  const subject = (stay: Stay) => numberOfStay(hospital, stay, at)
  const unknown = stays.flatMap((stay) => (isUnknown(stay, at) ? [unknownResource(stay)] : []))
  return {
    Patient: [...patientsAt(hospital, at).map(patientResource), ...unknown],
    Encounter: [
      ...stays.map((stay) => stayResource(stay, subject(stay), at)),
      ...bookings.map((booking) => bookingResource(booking, numberOf(booking.referral.patient), at)),
    ],
    Condition: [
      ...seen.map(({ id, outcomeAt, referral }) =>
        condition(`C${id}`, id, numberOf(referral.patient), referral.specialty, outcomeAt),
      ),
      ...real
        .filter(({ kind }) => kind === 'emergency')
        .map((stay) => condition(`C${stay.id}`, stay.id, subject(stay), stay.specialty, stay.admittedAt)),
    ],
    Procedure: real
      .filter((stay) => stay.kind === 'elective' && operatedAt(stay) <= at)
      .map((stay) => procedure(stay, subject(stay))),
  }
}

/** In the theatre, two hours after coming in. */
export function operatedAt({ admittedAt }: Stay): Instant {
  return new Date(Date.parse(admittedAt) + 7_200_000).toISOString() as Instant
}

export function isUnknown({ unknown }: Stay, at: Instant): boolean {
  return unknown !== null && at < unknown.knownAt
}

/** Under which number the hospital has somebody at a moment. */
export function numberOfStay(hospital: Hospital, stay: Stay, at: Instant): string {
  return isUnknown(stay, at) ? stay.unknown!.number : patientAt(hospital, stay.patient, at).number
}

function subjectOf(number: string): JsonObject {
  return { reference: `Patient/${number}`, identifier: { type: recordNumber, value: number } }
}

function patientResource(patient: HospitalPatient): JsonObject {
  const { number, nhsNumber, family, given, born, sex, addressLines, postcode, phone } = patient
  const coding = [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus', code: '01' }]
  return {
    ...{ resourceType: 'Patient', id: number, gender: sex.toLowerCase(), birthDate: born! },
    identifier: [
      {
        ...{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber! },
        extension: [{ url: status, valueCodeableConcept: { coding } }],
      },
      { type: recordNumber, value: number },
    ],
    name: [{ use: 'official', family, given: [given] }],
    address: [{ line: [...addressLines], city: 'Alderbrook', postalCode: postcode }],
    telecom: [{ system: 'phone', value: phone }],
  }
}

function unknownResource({ unknown }: Stay): JsonObject {
  const number = unknown!.number
  return {
    resourceType: 'Patient',
    id: number,
    identifier: [{ type: recordNumber, value: number }],
    name: [{ family: 'UNKNOWN' }],
  }
}

function stayResource(stay: Stay, patient: string, at: Instant): JsonObject {
  const standing = standingAt(stay, at)
  const end = standing?.dischargedAt ?? null
  return {
    ...{ resourceType: 'Encounter', id: stay.id, subject: subjectOf(patient) },
    status: standing === null ? 'entered-in-error' : end === null ? 'in-progress' : 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    period: { start: zoned(stay.admittedAt), ...(end === null ? {} : { end: zoned(end) }) },
  }
}

function bookingResource({ id, startsAt, outcome, outcomeAt }: Booking, patient: string, at: Instant): JsonObject {
  const isKnown = outcomeAt <= at
  return {
    ...{ resourceType: 'Encounter', id, subject: subjectOf(patient) },
    status: !isKnown ? 'planned' : outcome === 'attended' ? 'finished' : 'cancelled',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    period: { start: zoned(startsAt) },
  }
}

function condition(
  id: string,
  encounter: string,
  patient: string,
  { condition: what }: Specialty,
  at: Instant,
): JsonObject {
  return {
    ...{ resourceType: 'Condition', id, subject: subjectOf(patient) },
    encounter: { reference: `Encounter/${encounter}` },
    clinicalStatus: { coding: [{ system: clinical, code: 'active' }] },
    verificationStatus: { coding: [{ system: verification, code: 'confirmed' }] },
    code: {
      coding: [
        { system: snomed, code: what.snomed, display: what.name },
        { system: 'http://hl7.org/fhir/sid/icd-10-uk', code: what.icd10 },
      ],
    },
    onsetDateTime: zoned(at),
  }
}

function procedure(stay: Stay, patient: string): JsonObject {
  const { snomed: code, name: display } = stay.specialty.procedure
  return {
    ...{ resourceType: 'Procedure', id: `P${stay.id}`, status: 'completed' },
    ...{ subject: subjectOf(patient), encounter: { reference: `Encounter/${stay.id}` } },
    ...{ code: { coding: [{ system: snomed, code, display }] }, performedDateTime: zoned(operatedAt(stay)) },
  }
}

/** On the hospital's clocks, with how far they are from UTC. */
function zoned(at: Instant): string {
  const ms = Date.parse(at)
  const offset = londonOffsetMs(ms)
  const hours = String(offset / 3_600_000).padStart(2, '0')
  return `${new Date(ms + offset).toISOString().slice(0, 19)}+${hours}:00`
}
