import type { Identifier, SaidSegment, SaidValue } from '../saying/said-value.ts'
import type { MessageName, Saying } from '../saying/saying.ts'
import type { Timestamp } from '../time/timestamp.ts'
import { patientNumbersOf } from '../visits/in-order.ts'
import type { PatientNumbers } from '../visits/patient-numbers.ts'
import { compareText } from '../visits/said-order.ts'
import { firstValue, thingKey, toldBy, valuesOf } from '../visits/told-things.ts'
import type { VisitLog } from '../visits/visit-log.ts'
import { type Observation, type OrderTold, ordersIn } from './orders-in.ts'

export interface Result {
  /** The order's number, what was observed, and its sub-id, with `/` between them. */
  readonly number: string
  readonly order: Identifier
  readonly patient: readonly Identifier[]
  /** OBX-5 in words, then notes, a line each: free text. */
  readonly report: string
  /** OBX-5 where it is a number, to the last digit. */
  readonly figure: string | undefined
  /** OBX-14, else OBR-7. */
  readonly observed: Timestamp | undefined
  readonly details: ReadonlyMap<string, readonly SaidValue[] | null>
}

export interface Results {
  /** By number of the result within its order's key. */
  readonly results: ReadonlyMap<string, Result>
  readonly unplaced: readonly MessageName[]
}

/** OBX-11 of what is no result, or none any more (table 0085, HL7 v2.9 section 7.4.2.11). */
const without: readonly string[] = ['D', 'W', 'X', 'N', 'O', 'I', 'S']

/** By the number of who did it (OBR-3), else of who ordered it (OBR-2). Null for what reports no results. */
export function resultKeys(saying: Saying): readonly string[] | null {
  if (saying.event !== 'results-reported') return null
  return [...new Set(ordersIn(saying).map(({ number }) => orderKey(number, saying)))]
}

function orderKey({ of, is }: OrderTold['number'], saying: Saying): string {
  return thingKey(of, is, saying)
}

/**
 * The results of a log, of orders that `isWanted`: a function of which messages are in it, as the state of visits is. What a
 * later message says of an observation takes the place of what was said of it; an order that is cancelled has none.
 */
export function resultsOf(
  log: VisitLog,
  numbers: PatientNumbers = patientNumbersOf(log),
  isWanted: (orderKey: string) => boolean = () => true,
): Results {
  const { byKey, unplaced } = toldBy(log, resultKeys)
  const results = [...byKey]
    .filter(([key]) => isWanted(key))
    .flatMap(([key, sayings]) => resultsOfOrder(key, sayings, numbers))
  return { results: new Map(results), unplaced }
}

function resultsOfOrder(
  key: string,
  sayings: readonly [Saying, ...Saying[]],
  numbers: PatientNumbers,
): readonly (readonly [string, Result])[] {
  const standing = new Map<string, Omit<Result, 'patient'>>()
  for (const saying of sayings) {
    for (const order of ordersIn(saying)) {
      if (orderKey(order.number, saying) !== key) continue
      if (firstValue(valuesOf(order.segment, 'status'), 'code')?.code === 'X') standing.clear()
      for (const observation of order.observations) {
        const number = [order.number.is.value, observation.code, observation.subId]
          .filter((part) => part !== '')
          .map(encodeURIComponent)
          .join('/')
        const found = resultIn(number, order, observation)
        if (found) standing.set(number, found)
        else if (found === null) standing.delete(number)
      }
    }
  }
  const latest = sayings.at(-1)!
  const patient = numbers.standingFor(latest.patient, latest.name.facility)
  return [...standing]
    .sort(([a], [b]) => compareText(a, b))
    .map(([number, result]) => [JSON.stringify([key, number]), { ...result, patient }] as const)
}

/** Undefined where nothing is said of it, null where it is taken back. */
function resultIn(
  number: string,
  order: OrderTold,
  { segments, notes }: Observation,
): Omit<Result, 'patient'> | null | undefined {
  const [first] = segments
  const status = firstValue(valuesOf(first, 'status'), 'code')?.code ?? ''
  const values = segments.map((segment) => valuesOf(segment, 'value'))
  if (without.includes(status) || values.some((each) => each === null)) return null
  const lines = [...values.flatMap((each) => wordsOf(each ?? [])), ...(notes === undefined ? [] : [notes])]
  if (lines.length === 0) return undefined
  const said = values.flatMap((each) => each ?? [])
  const figure = said.length === 1 ? firstValue(said, 'number')?.digits : undefined
  const time = (segment: SaidSegment | undefined) => firstValue(valuesOf(segment, 'observed'), 'time')?.time
  return {
    ...{ number, order: order.number.is, report: lines.join('\n'), figure },
    observed: time(first) ?? time(order.segment),
    details: new Map(
      [order.control, order.segment, first].flatMap((segment) =>
        (segment?.fields ?? []).map(({ name, values: each }) => [`${segment!.id}.${name}`, each] as const),
      ),
    ),
  }
}

/** Texts where there are any, else what stands there; of a coded value its name, else its code. */
function wordsOf(values: readonly SaidValue[]): readonly string[] {
  const texts = values.flatMap((value) => (value.kind === 'text' ? [value.text] : []))
  if (texts.length > 0) return texts
  return values.flatMap((value) => {
    if (value.kind === 'number') return [value.digits]
    if (value.kind === 'time') return [value.time.local]
    return value.kind === 'code' ? [value.code] : []
  })
}
