import type { Field, Segment } from '../message/message.ts'
import { isNullField, valueAt } from '../message/message.ts'
import { type ReadingContext, readValues, type ValueType } from './read-values.ts'
import type { SaidField, SaidSegment, SaidValue } from './said-value.ts'

/** `19`, or `11.4` for a field of which only what begins with a component is read. */
type Fields = Readonly<Record<string, readonly [name: string, type: ValueType]>>

/**
 * What is read of each segment: HL7's number, our name, how. Anything else of a message is kept by whoever keeps its
 * bytes. Next of kin, guarantors and insurers are not read: they are people of whom nothing is needed here.
 */
const read: Readonly<Record<string, Fields>> = {
  EVN: { 4: ['reason', 'code'], 5: ['operator', 'staff'] },
  PID: {
    ...{ 3: ['identifiers', 'identifier'], 5: ['names', 'name'], 7: ['birth', 'time'], 8: ['sex', 'code'] },
    ...{ 10: ['race', 'code'], 11: ['addresses', 'address'], 13: ['homeTelephone', 'text'] },
    ...{ 14: ['workTelephone', 'text'], 15: ['language', 'code'], 16: ['maritalStatus', 'code'] },
    ...{ 17: ['religion', 'code'], 18: ['account', 'identifier'], 22: ['ethnicGroup', 'code'] },
    ...{ 29: ['death', 'time'], 30: ['deceased', 'code'], 32: ['identityReliability', 'code'] },
  },
  PD1: { 3: ['practice', 'text'], 4: ['generalPractitioner', 'staff'] },
  PV1: {
    ...{ 2: ['patientClass', 'code'], 3: ['location', 'location'], 4: ['admissionType', 'code'] },
    ...{ 5: ['preadmitNumber', 'identifier'], 6: ['priorLocation', 'location'], 7: ['attending', 'staff'] },
    ...{ 8: ['referring', 'staff'], 9: ['consulting', 'staff'], 10: ['hospitalService', 'code'] },
    ...{ 11: ['temporaryLocation', 'location'], 14: ['admitSource', 'code'], 17: ['admitting', 'staff'] },
    ...{ 18: ['patientType', 'code'], 19: ['visitNumber', 'identifier'], 36: ['dischargeDisposition', 'code'] },
    ...{ 37: ['dischargedTo', 'code'], 42: ['pendingLocation', 'location'], 44: ['admitted', 'time'] },
    ...{ 45: ['discharged', 'time'], 50: ['alternateVisit', 'identifier'] },
  },
  PV2: { 3: ['admitReason', 'code'], 8: ['expectedAdmission', 'time'], 9: ['expectedDischarge', 'time'] },
  AL1: { 2: ['allergyType', 'code'], 3: ['allergen', 'code'], 4: ['severity', 'code'], 5: ['reaction', 'text'] },
  DG1: { 3: ['diagnosis', 'code'], 4: ['description', 'text'], 5: ['diagnosed', 'time'], 6: ['diagnosisType', 'code'] },
  PR1: { 3: ['procedure', 'code'], 4: ['description', 'text'], 5: ['performed', 'time'] },
  MRG: { 1: ['priorIdentifiers', 'identifier'], 5: ['priorVisit', 'identifier'] },
  SCH: {
    ...{ 1: ['placerAppointment', 'entity'], 2: ['fillerAppointment', 'entity'], 6: ['eventReason', 'code'] },
    ...{ 7: ['appointmentReason', 'code'], 8: ['appointmentType', 'code'], 9: ['duration', 'number'] },
    ...{ 10: ['durationUnits', 'code'], 25: ['fillerStatus', 'code'] },
    // Up to version 2.4 the time of an appointment stands here, later in TQ1.
    ...{ '11.4': ['start', 'time'], '11.5': ['end', 'time'] },
  },
  TQ1: { 7: ['start', 'time'], 8: ['end', 'time'], 9: ['priority', 'code'] },
  AIS: { 3: ['service', 'code'], 4: ['start', 'time'], 7: ['duration', 'number'], 10: ['fillerStatus', 'code'] },
  AIG: { 3: ['resource', 'code'], 8: ['start', 'time'], 14: ['fillerStatus', 'code'] },
  AIL: { 3: ['location', 'location'], 4: ['locationType', 'code'], 6: ['start', 'time'], 12: ['fillerStatus', 'code'] },
  AIP: { 3: ['staff', 'staff'], 4: ['role', 'code'], 6: ['start', 'time'], 12: ['fillerStatus', 'code'] },
  ORC: { 1: ['control', 'code'], 2: ['placerOrder', 'entity'], 3: ['fillerOrder', 'entity'], 5: ['status', 'code'] },
  OBR: {
    ...{ 2: ['placerOrder', 'entity'], 3: ['fillerOrder', 'entity'], 4: ['service', 'code'] },
    ...{ 6: ['requested', 'time'], 7: ['observed', 'time'] },
    ...{ 8: ['observedEnd', 'time'], 13: ['clinicalInformation', 'text'], 14: ['specimenReceived', 'time'] },
    ...{ 16: ['orderedBy', 'staff'], 22: ['reported', 'time'], 24: ['section', 'code'], 25: ['status', 'code'] },
    31: ['reason', 'code'],
  },
  OBX: {
    ...{ 3: ['observation', 'code'], 4: ['subId', 'text'], 6: ['units', 'code'], 7: ['referenceRange', 'text'] },
    ...{ 8: ['flags', 'code'], 11: ['status', 'code'], 14: ['observed', 'time'] },
  },
  NTE: { 3: ['note', 'text'] },
  RF1: {
    ...{ 1: ['status', 'code'], 2: ['priority', 'code'], 3: ['referralType', 'code'], 4: ['disposition', 'code'] },
    ...{ 5: ['category', 'code'], 6: ['originatingReferral', 'entity'], 7: ['effective', 'time'] },
    ...{ 8: ['expires', 'time'], 9: ['processed', 'time'], 10: ['reason', 'code'], 11: ['externalReferral', 'entity'] },
  },
  PRD: { 1: ['role', 'code'], 2: ['names', 'name'], 7: ['numbers', 'entity'] },
}

/** Whether a field is read under that name: `PV1`, `hospitalService`. */
export function isReadField(segment: string, name: string): boolean {
  return Object.hasOwn(read, segment) && Object.values(read[segment]!).some(([each]) => each === name)
}

/** Types of OBX-2 that hold something else than text. Anything else, known or not, is text. */
const observed: Readonly<Record<string, ValueType>> = {
  ...{ NM: 'number', CE: 'code', CWE: 'code', CNE: 'code', IS: 'code', ID: 'code' },
  ...{ DT: 'time', TS: 'time', DTM: 'time' },
}

interface Row {
  readonly field: number
  readonly component: number
  readonly name: string
  readonly type: ValueType
}

const rows: ReadonlyMap<string, readonly Row[]> = new Map(
  Object.entries(read).map(([id, fields]) => [
    id,
    Object.entries(fields).map(([key, [name, type]]) => {
      const [field = 0, component = 1] = key.split('.').map(Number)
      return { field, component, name, type }
    }),
  ]),
)

/** Null for a segment that is not read. Fields that say nothing are left out. FDP_HL7_TIME, FDP_HL7_FIELD. */
export function readSegment(segment: Segment, context: ReadingContext): SaidSegment | null {
  const known = rows.get(segment.id)
  if (!known) return null
  const wanted = segment.id === 'OBX' ? [...known, observation(segment)] : known
  return { id: segment.id, at: segment.at, fields: wanted.flatMap((row) => saidField(segment, row, context)) }
}

/** OBX-5, by what OBX-2 says it is. */
function observation(segment: Segment): Row {
  const type = (valueAt(segment, 2) ?? '').trimEnd()
  return { field: 5, component: 1, name: 'value', type: Object.hasOwn(observed, type) ? observed[type]! : 'text' }
}

function saidField(segment: Segment, row: Row, context: ReadingContext): readonly SaidField[] {
  const { field, component, name, type } = row
  const raw = segment.fields[field]
  if (raw === undefined || raw.length === 0) return []
  if (isNullField(segment, field)) return [{ field, name, values: null }]
  const values = repetitions(raw, component).flatMap((each): readonly SaidValue[] =>
    readValues(type, { segment, field, ...each, context }),
  )
  return values.length === 0 ? [] : [{ field, name, values }]
}

/** Those that say anything at all, from a component on. */
function repetitions(field: Field, component: number) {
  return field
    .map((all, i) => ({ parts: all.slice(component - 1), repetition: i + 1 }))
    .filter(({ parts }) => parts.some((part) => part.some((value) => value !== undefined)))
}
