/** What happened, by message type and trigger event (HL7 v2.9 chapters 3, 7, 10, 11). Our words. */
const kinds = {
  ADT: {
    A01: 'admitted',
    A02: 'transferred',
    A03: 'discharged',
    A04: 'registered',
    A05: 'expected',
    A06: 'became-inpatient',
    A07: 'became-outpatient',
    A08: 'visit-updated',
    A09: 'leaving',
    A10: 'arriving',
    A11: 'admission-cancelled',
    A12: 'transfer-cancelled',
    A13: 'discharge-cancelled',
    A28: 'person-added',
    A31: 'person-updated',
    A40: 'patients-merged',
  },
  SIU: {
    S12: 'appointment-booked',
    S13: 'appointment-rescheduled',
    S14: 'appointment-modified',
    S15: 'appointment-cancelled',
    S16: 'appointment-discontinued',
    S17: 'appointment-deleted',
    S18: 'appointment-resource-added',
    S19: 'appointment-resource-modified',
    S20: 'appointment-resource-cancelled',
    S21: 'appointment-resource-discontinued',
    S22: 'appointment-resource-deleted',
    S23: 'slots-blocked',
    S24: 'slots-opened',
    S26: 'appointment-missed',
  },
  ORU: { R01: 'results-reported' },
  REF: { I12: 'patient-referred', I13: 'referral-modified', I14: 'referral-cancelled' },
} as const

type Kinds = typeof kinds
export type EventKind = { [T in keyof Kinds]: Kinds[T][keyof Kinds[T]] }[keyof Kinds]

/** Null for a message that is not read. */
export function eventKind(type: string, trigger: string): EventKind | null {
  const of: Readonly<Record<string, Readonly<Record<string, EventKind>>>> = kinds
  if (!Object.hasOwn(of, type) || !Object.hasOwn(of[type]!, trigger)) return null
  return of[type]![trigger]!
}

/** What an event takes back; null for others. */
export function cancelledBy(kind: EventKind): readonly EventKind[] | null {
  return cancelled[kind] ?? null
}

const cancelled: Readonly<Partial<Record<EventKind, readonly EventKind[]>>> = {
  'admission-cancelled': ['admitted', 'registered'],
  'transfer-cancelled': ['transferred'],
  'discharge-cancelled': ['discharged'],
}

const ofPersons: readonly EventKind[] = ['person-added', 'person-updated', 'patients-merged']

/** Events of a visit, which need its number. */
export function isOfVisit(kind: EventKind): boolean {
  return (Object.values(kinds.ADT) as readonly EventKind[]).includes(kind) && !ofPersons.includes(kind)
}

/** Events of an appointment of a patient, which need its number. */
export function isOfAppointment(kind: EventKind): boolean {
  return (Object.values(kinds.SIU) as readonly EventKind[]).includes(kind) && !isWithoutPatient(kind)
}

/** Events of a referral, which need its number. */
export function isOfReferral(kind: EventKind): boolean {
  return (Object.values(kinds.REF) as readonly EventKind[]).includes(kind)
}

/** Events of slots in a diary, which no patient has. */
export function isWithoutPatient(kind: EventKind): boolean {
  return kind === 'slots-blocked' || kind === 'slots-opened'
}
