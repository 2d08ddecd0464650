import { isOfReferral } from '../saying/events.ts'
import type { Identifier, SaidValue } from '../saying/said-value.ts'
import type { MessageName, Saying } from '../saying/saying.ts'
import type { Timestamp } from '../time/timestamp.ts'
import { patientNumbersOf } from '../visits/in-order.ts'
import type { PatientNumbers } from '../visits/patient-numbers.ts'
import {
  type Details,
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

/** By RF1-1; `known`: it says none of these. */
export type ReferralStatus = 'pending' | 'accepted' | 'rejected' | 'expired' | 'cancelled' | 'known'

export interface Referral {
  readonly number: Identifier
  readonly patient: readonly Identifier[]
  readonly status: ReferralStatus
  readonly cancelled: Timestamp | undefined
  /** Number of the provider who refers (PRD-7 of role RP). */
  readonly referrer: string | undefined
  /** Free text, a line each note. */
  readonly notes: string | undefined
  readonly details: ReadonlyMap<string, readonly SaidValue[] | null>
}

export interface Referrals {
  readonly referrals: ReadonlyMap<string, Referral>
  readonly unplaced: readonly MessageName[]
}

/** RF1-1 by table 0283 (HL7 v2.9 section 11.8.1.1). */
const statuses: Readonly<Record<string, ReferralStatus>> = {
  ...{ P: 'pending', A: 'accepted', R: 'rejected', E: 'expired' },
}

/** By the number of who refers (RF1-6). Null for what is no referral. */
export function referralKeys(saying: Saying): readonly string[] | null {
  if (!isOfReferral(saying.event)) return null
  const number = numberIn(saying, 'RF1', 'originatingReferral')
  return number === undefined ? [] : [thingKey('referral', number, saying)]
}

/** The state of all referrals of a log: a function of which messages are in it, as that of visits is. */
export function referralsOf(log: VisitLog, numbers: PatientNumbers = patientNumbersOf(log)): Referrals {
  const { byKey, unplaced } = toldBy(log, referralKeys)
  const referrals = [...byKey].map(([key, sayings]) => [key, referralOf(sayings, numbers)] as const)
  return { referrals: new Map(referrals), unplaced }
}

/** A cancelled one stays so until it is referred anew; a change alone does not bring it back. */
function referralOf(sayings: readonly [Saying, ...Saying[]], numbers: PatientNumbers): Referral {
  const details: Details = new Map()
  let cancelled: Saying | null = null
  let [notes, referrer]: (string | undefined)[] = []
  for (const saying of sayings) {
    layOver(details, saying, ['RF1', 'PV1'])
    if (saying.event === 'patient-referred') cancelled = null
    if (saying.event === 'referral-cancelled') cancelled ??= saying
    notes = notesOf(saying.segments) ?? notes
    referrer = referrerIn(saying) ?? referrer
  }
  const latest = sayings.at(-1)!
  const said = firstValue(details.get('RF1.status'), 'code')?.code ?? ''
  const status = Object.hasOwn(statuses, said) ? statuses[said]! : 'known'
  return {
    number: numberIn(latest, 'RF1', 'originatingReferral')!,
    patient: numbers.standingFor(latest.patient, latest.name.facility),
    status: cancelled ? 'cancelled' : status,
    cancelled: cancelled ? saidAt(cancelled) : undefined,
    ...{ referrer, notes, details },
  }
}

function referrerIn({ segments }: Saying): string | undefined {
  const isReferrer = (values: readonly SaidValue[] | null | undefined) => firstValue(values, 'code')?.code === 'RP'
  const found = segments.find((each) => each.id === 'PRD' && isReferrer(valuesOf(each, 'role')))
  return firstValue(valuesOf(found, 'numbers'), 'identifier')?.value
}
