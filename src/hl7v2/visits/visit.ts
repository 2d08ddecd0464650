import { cancelledBy, type EventKind } from '../saying/events.ts'
import type { LocationValue, Said, SaidValue } from '../saying/said-value.ts'
import type { MessageName, Saying } from '../saying/saying.ts'
import type { Timestamp } from '../time/timestamp.ts'

/** `known`: spoken of, and no more. */
export type VisitStatus = 'expected' | 'inpatient' | 'outpatient' | 'discharged' | 'cancelled' | 'known'

/** One change of place, as it holds now. */
export interface Transfer {
  /** EVN-6; EVN-2 is when somebody entered it. */
  readonly occurred: Timestamp | undefined
  readonly recorded: Timestamp | undefined
  readonly to: Said<LocationValue>
}

export interface VisitCourse {
  readonly status: VisitStatus
  readonly location: Said<LocationValue>
  /** PV1-44, else EVN-6 of the admission or registration that holds. PV1-45, else EVN-6 of the discharge. */
  readonly admitted: Said<Timestamp>
  readonly discharged: Said<Timestamp>
  readonly transfers: readonly Transfer[]
  /** What PV1 and PV2 say, by our names (`PV1.hospitalService`), the latest of each; null where it was removed. */
  readonly details: ReadonlyMap<string, readonly SaidValue[] | null>
  /** Cancels that found nothing to cancel: what they take back may still come. */
  readonly unmatched: readonly MessageName[]
  /** The message that says who the patient is. */
  readonly latest: Saying
}

const begins: Readonly<Partial<Record<EventKind, VisitStatus>>> = {
  expected: 'expected',
  admitted: 'inpatient',
  registered: 'outpatient',
  'became-inpatient': 'inpatient',
  'became-outpatient': 'outpatient',
  discharged: 'discharged',
}

const withinAdmission: readonly EventKind[] = ['transferred', 'discharged', 'leaving', 'arriving']

/**
 * The course of one visit from its messages, in the order in which they were said. A message that is cancelled counts as
 * not said; the cancel itself says where the patient is now. Cancelling an admission takes with it what followed from it.
 */
export function courseOf(sayings: readonly [Saying, ...Saying[]]): VisitCourse {
  const { standing, unmatched } = withoutCancelled(sayings)
  const status = statusOf(standing)
  const details = new Map<string, readonly SaidValue[] | null>()
  for (const saying of standing) {
    for (const { id, fields } of saying.segments) {
      if (id !== 'PV1' && id !== 'PV2') continue
      for (const { name, values } of fields) details.set(`${id}.${name}`, values)
    }
  }
  const isThere = ['inpatient', 'outpatient', 'discharged'].includes(status)
  return {
    ...{ status, location: locationOf(details), unmatched, latest: standing.at(-1)! },
    admitted: !isThere
      ? undefined
      : timeOf(details, 'PV1.admitted', standing, ['admitted', 'registered', 'became-inpatient']),
    discharged: status !== 'discharged' ? undefined : timeOf(details, 'PV1.discharged', standing, ['discharged']),
    transfers: standing.filter(({ event }) => event === 'transferred').map(transferOf),
    details,
  }
}

function withoutCancelled(sayings: readonly Saying[]) {
  let standing: Saying[] = []
  const unmatched: MessageName[] = []
  for (const saying of sayings) {
    const takesBack = cancelledBy(saying.event)
    const gone = takesBack ? cancelledOnes(saying, standing, takesBack) : []
    if (takesBack && gone.length === 0) unmatched.push(saying.name)
    if (gone.length > 0) {
      const first = standing.indexOf(gone[0]!)
      standing = standing.filter((each, at) => !gone.includes(each) && !(at > first && followsFrom(gone[0]!, each)))
    }
    standing.push(saying)
  }
  return { standing, unmatched }
}

/**
 * Those that happened when the cancel says (EVN-6), else the last, and with it those that say the same event of the same
 * time: somebody sent it under two names.
 */
function cancelledOnes(cancel: Saying, standing: readonly Saying[], kinds: readonly EventKind[]): readonly Saying[] {
  const may = standing.filter(({ event }) => kinds.includes(event))
  const at = (time: Timestamp | undefined) =>
    may.filter(({ occurred }) => occurred && time && isSameTime(occurred, time))
  const named = at(cancel.occurred)
  if (named.length > 0) return named
  const last = may.at(-1)
  return last ? [...new Set([...at(last.occurred), last])] : []
}

/** Two days are the same day, and never a moment within it. */
function isSameTime(a: Timestamp, b: Timestamp): boolean {
  return a.instant === b.instant && (a.instant !== null || a.local === b.local)
}

function followsFrom(cancelled: Saying, each: Saying): boolean {
  const isAdmission = cancelled.event === 'admitted' || cancelled.event === 'registered'
  return isAdmission && withinAdmission.includes(each.event)
}

/** What began last; a visit of which nothing stands any more and something was taken back, was taken back. */
function statusOf(standing: readonly Saying[]): VisitStatus {
  const statuses = standing.map(({ event }) => (event === 'admission-cancelled' ? 'cancelled' : begins[event]))
  const last = statuses.findLast((status) => status !== undefined)
  if (last !== 'cancelled') return last ?? 'known'
  return statuses.includes('expected') ? 'expected' : 'cancelled'
}

function locationOf(details: VisitCourse['details']): Said<LocationValue> {
  const values = details.get('PV1.location')
  return values === null ? null : values?.find((value) => value.kind === 'location')
}

function timeOf(
  details: VisitCourse['details'],
  name: string,
  standing: readonly Saying[],
  kinds: readonly EventKind[],
): Said<Timestamp> {
  const values = details.get(name)
  if (values === null) return null
  const said = values?.find((value) => value.kind === 'time')?.time
  return said ?? standing.findLast(({ event }) => kinds.includes(event))?.occurred
}

function transferOf(saying: Saying): Transfer {
  const field = saying.segments.find(({ id }) => id === 'PV1')?.fields.find(({ name }) => name === 'location')
  const to = field?.values === null ? null : field?.values.find((value) => value.kind === 'location')
  return { occurred: saying.occurred, recorded: saying.recorded, to }
}
