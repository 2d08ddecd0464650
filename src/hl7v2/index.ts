/**
 * HL7 v2: messages as they are sent between systems, taken apart; what the ones that we read say (`Saying`); and what
 * follows from many of them about visits.
 *
 * Promises: strict and whole: a message is read to its last value or refused, with a code, the segment and the field; null
 * (`""`), empty and a value are three things; an unknown segment is kept; a time keeps the precision and zone that were
 * written, and how a local time became a moment is said with it; free text is marked apart from codes; the state of
 * visits is the same in whatever order, and how often, messages came.
 * Never: puts a value into an error, looks anything up, opens a socket or a file, or decides who a person is.
 */

export { type Hl7Speaker, hl7Language } from './acknowledge/language.ts'
export {
  type Appointment,
  type AppointmentStatus,
  type Appointments,
  appointmentKeys,
  appointmentsOf,
} from './appointments/appointments-of.ts'
export { hl7Errors } from './errors.ts'
export type { Encoding } from './message/character-set.ts'
export type { Delimiters } from './message/delimiters.ts'
export { formatSegments } from './message/format-message.ts'
export {
  type At,
  type Component,
  type Field,
  isNullField,
  type Message,
  type Repetition,
  type Segment,
  segmentsOf,
  type Value,
  valueAt,
} from './message/message.ts'
export { type BatchItem, parseBatch } from './message/parse-batch.ts'
export { parseMessage } from './message/parse-message.ts'
export {
  type Referral,
  type ReferralStatus,
  type Referrals,
  referralKeys,
  referralsOf,
} from './referrals/referrals-of.ts'
export { type Result, type Results, resultKeys, resultsOf } from './results/results-of.ts'
export { cancelledBy, type EventKind, isOfVisit } from './saying/events.ts'
export { identifierKey } from './saying/identifier-key.ts'
export { isReadField } from './saying/read-fields.ts'
export type {
  AddressValue,
  Authority,
  CodeValue,
  Identifier,
  LocationValue,
  NameValue,
  NumberValue,
  Said,
  SaidField,
  SaidSegment,
  SaidValue,
  StaffValue,
  TextValue,
  TimeValue,
} from './saying/said-value.ts'
export { type MessageName, type Replacement, type Saying, sayingOf } from './saying/saying.ts'
export { type Precision, parseTimestamp, type Timestamp, zoneOfMessage } from './time/timestamp.ts'
export { patientNumbersOf } from './visits/in-order.ts'
export type { PatientNumbers } from './visits/patient-numbers.ts'
export { type Patient, patientsOf } from './visits/patients-of.ts'
export { type SaidOrder, saidOrder } from './visits/said-order.ts'
export type { Transfer, VisitStatus } from './visits/visit.ts'
export { emptyVisitLog, type VisitLog, visitLogOf, withSaying } from './visits/visit-log.ts'
export { type Visit, type Visits, visitsOf } from './visits/visits-of.ts'
