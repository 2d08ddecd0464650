import type { Identifier, SaidSegment } from '../saying/said-value.ts'
import type { Saying } from '../saying/saying.ts'
import { firstValue, notesOf, valuesOf } from '../visits/told-things.ts'

/** What was observed, under one code and sub-id; a text of many lines comes as many segments. */
export interface Observation {
  readonly code: string
  readonly subId: string
  /** OBX; none where there are only notes on the order itself. */
  readonly segments: readonly SaidSegment[]
  readonly notes: string | undefined
}

export interface OrderTold {
  readonly number: { readonly of: string; readonly is: Identifier }
  readonly segment: SaidSegment
  /** The ORC before it. */
  readonly control: SaidSegment | undefined
  readonly observations: readonly Observation[]
}

/**
 * The orders of a message that have a number, each with what follows it up to the next. An observation without a code has
 * nothing by which it is known again and is passed over. Notes on the order itself are an observation of its service.
 */
export function ordersIn({ segments }: Saying): readonly OrderTold[] {
  const starts = segments.flatMap(({ id }, at) => (id === 'OBR' ? [at] : []))
  return starts.flatMap((start, i): readonly OrderTold[] => {
    const [segment, ...rest] = segments.slice(start, starts[i + 1] ?? segments.length) as [SaidSegment]
    const before = segments[start - 1]
    const control = before?.id === 'ORC' ? before : undefined
    const number = numberOf(segment)
    return number ? [{ number, segment, control, observations: observationsIn(segment, rest) }] : []
  })
}

function numberOf(segment: SaidSegment): OrderTold['number'] | undefined {
  const filler = firstValue(valuesOf(segment, 'fillerOrder'), 'identifier')
  if (filler) return { of: 'order', is: filler }
  const placer = firstValue(valuesOf(segment, 'placerOrder'), 'identifier')
  return placer && { of: 'placed-order', is: placer }
}

function observationsIn(order: SaidSegment, rest: readonly SaidSegment[]): readonly Observation[] {
  const found = new Map<string, { code: string; subId: string; segments: SaidSegment[]; notes: SaidSegment[] }>()
  const at = (code: string, subId: string) => {
    const key = JSON.stringify([code, subId])
    const known = found.get(key) ?? { code, subId, segments: [], notes: [] }
    found.set(key, known)
    return known
  }
  const service = firstValue(valuesOf(order, 'service'), 'code')?.code ?? ''
  let last: { notes: SaidSegment[] } | null = null
  let isOfOrder = true
  for (const segment of rest) {
    if (segment.id === 'OBX') {
      isOfOrder = false
      const code = firstValue(valuesOf(segment, 'observation'), 'code')?.code
      const of = code === undefined ? null : at(code, firstValue(valuesOf(segment, 'subId'), 'text')?.text ?? '')
      of?.segments.push(segment)
      last = of
    } else if (segment.id === 'NTE') {
      if (isOfOrder) at(service, '').notes.push(segment)
      else last?.notes.push(segment)
    }
  }
  return [...found.values()].map((each) => ({ ...each, notes: notesOf(each.notes) }))
}
