import { hl7Errors } from '../errors.ts'
import type { Delimiters } from '../message/delimiters.ts'
import { placeIn, type Repetition, type Segment, type Value } from '../message/message.ts'
import { parseTimestamp } from '../time/timestamp.ts'
import type { Authority, Identifier, Said, SaidValue } from './said-value.ts'

/** What all values of one message are read with. */
export interface ReadingContext {
  readonly delimiters: Delimiters
  /** Zone of times that say none; null is Europe/London. */
  readonly zone: string | null
}

/** One repetition of a field, and where it stands. */
export interface Spot {
  readonly segment: Segment
  readonly field: number
  readonly repetition: number
  readonly parts: Repetition
  readonly context: ReadingContext
}

export type ValueType = keyof typeof readers

/** Values of one repetition; none where it says nothing. FDP_HL7_TIME, FDP_HL7_FIELD. */
export function readValues(type: ValueType, spot: Spot): readonly SaidValue[] {
  return readers[type](spot)
}

const readers = {
  code: codes,
  text: ({ parts, context }: Spot) => texts(wholeText(parts, context.delimiters)),
  time: times,
  number: numbers,
  identifier: (spot: Spot) => single(readIdentifier(spot)),
  entity: (spot: Spot) => single(readEntity(spot)),
  name: ({ parts }: Spot): readonly SaidValue[] => [
    {
      ...{ kind: 'name', family: said(parts, 1), given: said(parts, 2), middle: said(parts, 3) },
      ...{ suffix: said(parts, 4), prefix: said(parts, 5), use: said(parts, 7) },
    },
  ],
  address: ({ parts }: Spot): readonly SaidValue[] => [
    {
      kind: 'address',
      lines: [said(parts, 1), said(parts, 2)].filter((line) => typeof line === 'string'),
      ...{ town: said(parts, 3), county: said(parts, 4), postcode: said(parts, 5) },
      ...{ country: said(parts, 6), use: said(parts, 7) },
    },
  ],
  location: ({ parts }: Spot): readonly SaidValue[] => [
    {
      ...{ kind: 'location', pointOfCare: said(parts, 1), room: said(parts, 2), bed: said(parts, 3) },
      ...{ facility: said(parts, 4), status: said(parts, 5), building: said(parts, 7), floor: said(parts, 8) },
    },
    ...texts(said(parts, 9)),
  ],
  staff: ({ parts }: Spot): readonly SaidValue[] => [
    {
      ...{ kind: 'staff', id: said(parts, 1), family: said(parts, 2), given: said(parts, 3) },
      authority: authorityOf(parts, 9),
    },
  ],
} as const satisfies Record<string, (spot: Spot) => readonly SaidValue[]>

/** Trailing blanks are padding in HL7, and a value of nothing else says nothing. */
function trimmed(value: Value): Said<string> {
  const text = typeof value === 'string' ? value.trimEnd() : value
  return text === '' ? undefined : text
}

function said(parts: Repetition, component: number, subcomponent = 1): Said<string> {
  return trimmed(parts[component - 1]?.[subcomponent - 1])
}

function known(parts: Repetition, component: number, subcomponent = 1): string | undefined {
  return said(parts, component, subcomponent) ?? undefined
}

function single<T>(value: T | null): readonly T[] {
  return value === null ? [] : [value]
}

function texts(text: Said<string>): readonly SaidValue[] {
  return typeof text === 'string' ? [{ kind: 'text', text }] : []
}

/** A text whose sender did not escape a delimiter is put together again: nothing of it is lost. */
function wholeText(parts: Repetition, { component, subcomponent }: Delimiters): Said<string> {
  if (parts.length === 1 && parts[0]!.length === 1) return trimmed(parts[0]![0])
  const shown = (value: Value) => (value === null ? '""' : (value ?? ''))
  return trimmed(parts.map((part) => part.map(shown).join(subcomponent ?? '')).join(component))
}

/** CE, CWE, IS, ID: a code and its system, twice at most. What it is called, and what was typed instead, is text. */
function codes({ parts }: Spot): readonly SaidValue[] {
  const code = (at: number): readonly SaidValue[] => {
    const value = known(parts, at)
    return value === undefined ? [] : [{ kind: 'code', code: value, system: known(parts, at + 2) }]
  }
  const named = [2, 5, 9].flatMap((at) => texts(said(parts, at)))
  return [...code(1), ...code(4), ...named]
}

function times({ segment, field, repetition, parts, context }: Spot): readonly SaidValue[] {
  const text = said(parts, 1)
  if (typeof text !== 'string') return []
  const time = parseTimestamp(text, context.zone)
  if (time === null) throw hl7Errors('FDP_HL7_TIME', { place: placeIn(segment, field, { repetition }) })
  return [{ kind: 'time', time }]
}

function numbers({ segment, field, repetition, parts }: Spot): readonly SaidValue[] {
  const digits = known(parts, 1)?.trimStart()
  if (digits === undefined) return []
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(digits) && parts.length === 1) return [{ kind: 'number', digits }]
  throw hl7Errors('FDP_HL7_FIELD', { place: placeIn(segment, field, { repetition }), problem: 'not a number' })
}

function authorityOf(parts: Repetition, component: number): Authority {
  return { namespace: known(parts, component, 1), universalId: known(parts, component, 2) }
}

/** CX. Null where it holds no value of its own. */
export function readIdentifier({ parts }: Pick<Spot, 'parts'>): Identifier | null {
  const value = known(parts, 1)
  if (value === undefined) return null
  const [authority, type] = [authorityOf(parts, 4), known(parts, 5)]
  return { kind: 'identifier', value, authority, type, scheme: isNhsNumber(authority, type) ? 'nhs-number' : 'other' }
}

/** EI: value, then who numbers. */
function readEntity({ parts }: Spot): Identifier | null {
  const value = known(parts, 1)
  if (value === undefined) return null
  const authority = { namespace: known(parts, 2), universalId: known(parts, 3) }
  return { kind: 'identifier', value, authority, type: undefined, scheme: 'other' }
}

/** The NHS number's OID in England and Wales. */
const nhsNumberOid = '2.16.840.1.113883.2.1.4.1'

/** Type `NH` alone is any nation's health number, so authority `NHS` or its OID decides; no other may be said beside. */
function isNhsNumber({ namespace, universalId }: Authority, type: string | undefined): boolean {
  if (type !== undefined && type !== 'NH') return false
  if (universalId !== undefined) return universalId === nhsNumberOid
  return namespace === 'NHS' || namespace === nhsNumberOid
}
