import { hl7Errors } from '../errors.ts'
import { type Message, placeIn, type Segment, segmentsOf, valueAt } from '../message/message.ts'
import { formatPlace } from '../message/place.ts'
import { parseTimestamp, type Timestamp, zoneOfMessage } from '../time/timestamp.ts'
import { type EventKind, eventKind, isWithoutPatient } from './events.ts'
import { sameAuthority } from './identifier-key.ts'
import { readSegment } from './read-fields.ts'
import type { ReadingContext } from './read-values.ts'
import type { Identifier, Said, SaidField, SaidSegment } from './said-value.ts'

/** By which a message is known again: who sent it, and its number there. */
export interface MessageName {
  readonly application: string
  readonly facility: string
  readonly controlId: string
}

/** Of two numbers of one patient, the one that is given up. */
export interface Replacement {
  readonly from: Identifier
  readonly into: Identifier
}

/** What a message says, without any look at what others said. */
export interface Saying {
  readonly event: EventKind
  readonly name: MessageName
  /** MSH-11. Whatever is not production is about nobody. */
  readonly processing: 'production' | 'training' | 'debugging'
  /** MSH-7, MSH-13. */
  readonly sent: Timestamp | undefined
  readonly sequence: number | undefined
  /** EVN-2, EVN-3, EVN-6: when it was entered, when it is planned for, when it happened. */
  readonly recorded: Timestamp | undefined
  readonly planned: Timestamp | undefined
  readonly occurred: Timestamp | undefined
  /** PID-3; for a merge the one that stays. Empty only for slots in a diary. */
  readonly patient: readonly Identifier[]
  /** PV1-19. */
  readonly visit: Identifier | undefined
  /** A40 alone. */
  readonly replaced: readonly Replacement[]
  /** Segments that are read, in order, each with what it says. */
  readonly segments: readonly SaidSegment[]
  /** Positions of segments that are not. */
  readonly unread: readonly number[]
}

/**
 * What a message of ADT A01–A13, A28, A31, A40, SIU S12–S26, ORU R01 or REF I12–I14 says; one patient a message. `zone` is of
 * times that say none, themselves or in MSH-7: an offset, or null for Europe/London. FDP_HL7_EVENT for others, FDP_HL7_TIME
 * and FDP_HL7_FIELD for a value that is not what its field holds.
 */
export function sayingOf(message: Message, zone: string | null = null): Saying {
  const header = message.segments[0]!
  const event = eventOf(message, header)
  const context: ReadingContext = {
    delimiters: message.delimiters,
    zone: zoneOfMessage(valueAt(header, 7) ?? '', zone),
  }
  const segments: SaidSegment[] = []
  const unread: number[] = []
  for (const segment of message.segments.slice(1)) {
    const said = readSegment(segment, context)
    if (said) segments.push(said)
    else unread.push(segment.at)
  }
  const patient = identifiers(onlyOne(message, 'PID'), segments, 'identifiers')
  if (patient.length === 0 && !isWithoutPatient(event)) throw missing(message, 'PID', 3)
  const [visit] = identifiers(onlyOne(message, 'PV1'), segments, 'visitNumber')
  const replaced = event === 'patients-merged' ? replacements(message, patient, segments) : []
  return {
    ...{ event, name: nameOf(message, header), processing: processingOf(header) },
    ...{ sent: timeAt(header, 7, context), sequence: sequenceOf(header) },
    ...eventTimes(segmentsOf(message, 'EVN')[0], context),
    ...{ patient, visit, replaced, segments, unread },
  }
}

function eventOf(message: Message, header: Segment): EventKind {
  const fault = (problem: string, place: string) => hl7Errors('FDP_HL7_EVENT', { place, problem })
  const event = message.trigger === undefined ? null : eventKind(message.type, message.trigger)
  if (event === null) throw fault('an event that is not read', placeIn(header, 9))
  // EVN-1 says it again up to version 2.6, from 2.7 on it is withdrawn (HL7 v2.9 section 3.4.1.1).
  const evn = message.version < '2.7' ? segmentsOf(message, 'EVN')[0] : undefined
  const code = evn && valueAt(evn, 1)?.trimEnd()
  if (evn && code && code !== message.trigger) throw fault('another event than MSH-9 names', placeIn(evn, 1))
  return event
}

/** A message about several patients or visits would be several facts under one name. */
function onlyOne(message: Message, id: string): Segment | undefined {
  const [first, second] = segmentsOf(message, id)
  if (!second) return first
  const place = formatPlace({ segment: second.at, id })
  throw hl7Errors('FDP_HL7_EVENT', { place, problem: 'more than one patient or visit in a message' })
}

function fieldNamed(segments: readonly SaidSegment[], at: number, name: string): SaidField | undefined {
  return segments.find((segment) => segment.at === at)?.fields.find((field) => field.name === name)
}

function identifiers(of: Segment | undefined, segments: readonly SaidSegment[], name: string): readonly Identifier[] {
  const values = (of && fieldNamed(segments, of.at, name)?.values) ?? []
  return values.filter((value) => value.kind === 'identifier')
}

/** Each number in MRG-1 is given up for the one of PID-3 that the same authority gave as the same type. */
function replacements(
  message: Message,
  patient: readonly Identifier[],
  segments: readonly SaidSegment[],
): readonly Replacement[] {
  const merge = onlyOne(message, 'MRG')
  const prior = identifiers(merge, segments, 'priorIdentifiers')
  if (!merge || prior.length === 0) throw missing(message, 'MRG', 1)
  const pairs = prior.flatMap((from) => {
    const into = patient.filter((each) => sameAuthority(each, from))
    if (into.length > 1) throw unclear(merge, 'two numbers of PID-3 that it could be given up for')
    return into.map((each) => ({ from, into: each }))
  })
  if (pairs.length === 0) throw unclear(merge, 'no number of PID-3 has its authority and type')
  return pairs
}

function unclear(merge: Segment, problem: string) {
  return hl7Errors('FDP_HL7_FIELD', { place: placeIn(merge, 1), problem })
}

function missing(message: Message, id: string, field: number) {
  const found = segmentsOf(message, id)[0]
  const place = found ? placeIn(found, field) : `${id}-${field}`
  return hl7Errors('FDP_HL7_FIELD', { place, problem: 'it has to be there' })
}

function nameOf(message: Message, header: Segment): MessageName {
  const said = (field: number) => valueAt(header, field)?.trimEnd() ?? ''
  return { application: said(3), facility: said(4), controlId: message.controlId }
}

function processingOf(header: Segment): Saying['processing'] {
  const code = valueAt(header, 11)?.trimEnd()
  if (code === 'P') return 'production'
  if (code === 'T') return 'training'
  if (code === 'D') return 'debugging'
  throw hl7Errors('FDP_HL7_FIELD', { place: placeIn(header, 11), problem: 'neither P, T nor D' })
}

function sequenceOf(header: Segment): number | undefined {
  const text: Said<string> = valueAt(header, 13)?.trim()
  if (!text) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw hl7Errors('FDP_HL7_FIELD', { place: placeIn(header, 13), problem: 'not a number' })
}

function eventTimes(evn: Segment | undefined, context: ReadingContext) {
  const at = (field: number) => evn && timeAt(evn, field, context)
  return { recorded: at(2), planned: at(3), occurred: at(6) }
}

function timeAt(segment: Segment, field: number, { zone }: ReadingContext): Timestamp | undefined {
  const text = valueAt(segment, field)?.trimEnd()
  if (!text) return undefined
  const time = parseTimestamp(text, zone)
  if (time === null) throw hl7Errors('FDP_HL7_TIME', { place: placeIn(segment, field) })
  return time
}
