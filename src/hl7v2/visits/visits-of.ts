import { isOfVisit } from '../saying/events.ts'
import { identifierKey } from '../saying/identifier-key.ts'
import type { Identifier } from '../saying/said-value.ts'
import type { MessageName, Saying } from '../saying/saying.ts'
import { inOrder, patientNumbersOf } from './in-order.ts'
import type { PatientNumbers } from './patient-numbers.ts'
import { compareText, saidOrder } from './said-order.ts'
import { courseOf, type VisitCourse } from './visit.ts'
import { nameKey, type VisitLog } from './visit-log.ts'

export interface Visit extends Omit<VisitCourse, 'latest'> {
  readonly number: Identifier
  /** Numbers of the patient, each as what it stands for after all merges. */
  readonly patient: readonly Identifier[]
}

export interface Visits {
  /** By key of the visit's number, in the order of keys. */
  readonly visits: ReadonlyMap<string, Visit>
  /** Keys of patients' numbers that were given up, with the key of what stands for them. */
  readonly replaced: ReadonlyMap<string, string>
  /** Messages about a visit that say no number of it or no time: nothing follows from them. */
  readonly unplaced: readonly MessageName[]
  /** Messages of one name with different content. */
  readonly differed: readonly MessageName[]
}

/**
 * The state of all visits of a log. A function of which messages are in it: in which order they came, and how often, makes
 * no difference. Appointments, results and referrals are no visits and change nothing here; nor do messages of training
 * and debugging.
 */
export function visitsOf(log: VisitLog, numbers: PatientNumbers = patientNumbersOf(log)): Visits {
  const heard = [...log.values()].filter(({ saying }) => saying.processing === 'production')
  const isPlaced = (saying: Saying) => saidOrder(saying) !== null && (saying.visit || !isOfVisit(saying.event))
  const isOurs = ({ event }: Saying) => isOfVisit(event) || event === 'patients-merged'
  const unplaced = heard.map(({ saying }) => saying).filter((saying) => isOurs(saying) && !isPlaced(saying))
  const byVisit = new Map<string, [Saying, ...Saying[]]>()
  for (const saying of inOrder(log, ({ event, visit }) => isOfVisit(event) && visit !== undefined)) {
    const key = identifierKey(saying.visit!, saying.name.facility)
    const before = byVisit.get(key)
    if (before) before.push(saying)
    else byVisit.set(key, [saying])
  }
  const visits = [...byVisit]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, of]) => [key, visitOf(of, numbers)] as const)
  return {
    ...{ visits: new Map(visits), replaced: numbers.replaced(), unplaced: sortedNames(unplaced) },
    differed: sortedNames(heard.filter(({ differed }) => differed).map(({ saying }) => saying)),
  }
}

function visitOf(sayings: readonly [Saying, ...Saying[]], numbers: PatientNumbers): Visit {
  const { latest, ...course } = courseOf(sayings)
  const patient = numbers.standingFor(latest.patient, latest.name.facility)
  return { number: latest.visit!, patient, ...course }
}

function sortedNames(sayings: readonly Saying[]): readonly MessageName[] {
  return sayings.map(({ name }) => name).sort((a, b) => compareText(nameKey(a), nameKey(b)))
}
