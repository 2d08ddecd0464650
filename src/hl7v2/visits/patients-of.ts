import { identifierKey } from '../saying/identifier-key.ts'
import type { Identifier, SaidValue } from '../saying/said-value.ts'
import { inOrder, patientNumbersOf } from './in-order.ts'
import type { PatientNumbers } from './patient-numbers.ts'
import { compareText } from './said-order.ts'
import type { VisitLog } from './visit-log.ts'

export interface Patient {
  readonly number: Identifier
  /** The one that was said last. */
  readonly nhsNumber: Identifier | null
  /** What PID and PD1 say, by our names (`PID.birth`), the latest of each; null where it was removed. */
  readonly details: ReadonlyMap<string, readonly SaidValue[] | null>
}

/**
 * Everybody of whom the messages of a log speak, by key of their number: the first of PID-3 that `names` tells. As with
 * visits, a function of which messages are in the log. Numbers that were given up (A40) are not there, and nothing that was
 * said of them is passed on: who stays is described by what was said of the number that stays.
 */
export function patientsOf(
  log: VisitLog,
  names: (id: Identifier) => boolean,
  numbers: PatientNumbers = patientNumbersOf(log),
): ReadonlyMap<string, Patient> {
  const replaced = numbers.replaced()
  const found = new Map<string, { number: Identifier; nhsNumber: Identifier | null; details: Map<string, Values> }>()
  for (const saying of inOrder(log)) {
    const { facility } = saying.name
    const number = saying.patient.find(names)
    const key = number && identifierKey(number, facility)
    if (!key || replaced.has(key)) continue
    const patient = found.get(key) ?? { number, nhsNumber: null, details: new Map() }
    found.set(key, patient)
    const [nhsNumber] = saying.patient.filter(({ scheme }) => scheme === 'nhs-number')
    if (nhsNumber) patient.nhsNumber = numbers.standingFor([nhsNumber], facility)[0]!
    for (const { id, fields } of saying.segments) {
      if (id !== 'PID' && id !== 'PD1') continue
      for (const { name, values } of fields) patient.details.set(`${id}.${name}`, values)
    }
  }
  return new Map([...found].sort(([a], [b]) => compareText(a, b)))
}

type Values = readonly SaidValue[] | null
