import type { Saying } from '../saying/saying.ts'
import { PatientNumbers } from './patient-numbers.ts'
import { compareOrder, saidOrder } from './said-order.ts'
import type { VisitLog } from './visit-log.ts'

/** Messages of production that say a time, in the order in which they were said. */
export function inOrder(log: VisitLog, isOf: (saying: Saying) => boolean = () => true): readonly Saying[] {
  return [...log.values()]
    .filter(({ saying }) => saying.processing === 'production' && isOf(saying))
    .flatMap(({ saying }) => saidOrder(saying) ?? [])
    .sort(compareOrder)
    .map(({ saying }) => saying)
}

/** Which number stands for which, after all merges of a log. */
export function patientNumbersOf(log: VisitLog): PatientNumbers {
  const numbers = new PatientNumbers()
  for (const saying of inOrder(log, ({ replaced }) => replaced.length > 0)) numbers.merge(saying)
  return numbers
}
