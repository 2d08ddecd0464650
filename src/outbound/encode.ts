import { formatSegments, parseMessage, type Value } from '#hl7v2'
import { type Instant, londonOffsetMs } from '#kernel'
import type { Party } from './declaration.ts'
import { outboundErrors } from './errors.ts'
import type { MapField, MapSource, OutboundMap } from './outbound-map.ts'

/** What a record says, by path: exact text, null for nothing. */
export type RecordValues = ReadonlyMap<string, string | null>

export interface MessageHead {
  readonly from: Party
  readonly to: Party
  /** `SIU^S12`. */
  readonly event: string
  /** MSH-10. */
  readonly id: string
  /** MSH-7: when the action was applied or taken back, so that a repeat is the same bytes. */
  readonly at: Instant
  readonly processing: string
  readonly version: string
}

/**
 * The bytes of a message. A repetition or a segment for which the record says nothing is left out, with what is always said
 * there; null is left out too, since HL7's null would remove what the other side has. FDP_OUTBOUND_INCOMPLETE.
 */
export function encodeMessage(head: MessageHead, map: OutboundMap, values: RecordValues): Uint8Array {
  const segments = map.segments.flatMap(({ id, fields }) => {
    const said = fields.map((field) => ({ ...field, text: textOf(field, head, values) }))
    const missing = said.find(({ text, source }) => text === null && source.kind === 'from' && source.required)
    if (missing) throw outboundErrors('FDP_OUTBOUND_INCOMPLETE', { place: `${id}-${missing.field}` })
    return isSilent(said) ? [] : [{ id, fields: fieldsOf(said) }]
  })
  const bytes = Buffer.from(formatSegments([{ id: 'MSH', fields: headFields(head, map) }, ...segments]), 'utf8')
  checkStructure(bytes, ['MSH', ...segments.map(({ id }) => id)])
  return bytes
}

interface Said extends MapField {
  readonly text: string | null
}

/** Whether there are values of the record to be said and none was there. */
function isSilent(said: readonly Said[]): boolean {
  const ofRecord = said.filter(({ source }) => source.kind === 'from')
  return ofRecord.length > 0 && ofRecord.every(({ text }) => text === null)
}

function fieldsOf(said: readonly Said[]): Value[][][][] {
  const fields: Value[][][][] = []
  const loud = said.filter((each) => !isSilent(said.filter((other) => isBeside(each, other))))
  for (const { field, repetition, component, subcomponent, text } of loud) {
    if (text === null) continue
    const parts = (((fields[field] ??= [])[repetition - 1] ??= [])[component - 1] ??= [])
    parts[subcomponent - 1] = text
  }
  // A repetition that is left out leaves no gap.
  return filled(fields, () => []).map((field) =>
    field.flatMap((parts) => (parts ? [filled(parts, () => []).map((part) => filled(part, () => undefined))] : [])),
  )
}

function isBeside(a: MapField, b: MapField): boolean {
  return a.field === b.field && a.repetition === b.repetition
}

function filled<T>(sparse: readonly (T | undefined)[], none: () => T): T[] {
  return Array.from(sparse, (each) => each ?? none())
}

function headFields({ from, to, event, id, at, processing, version }: MessageHead, { structure }: OutboundMap) {
  const [type = '', trigger = ''] = event.split('^')
  const texts = ['', '', '', from.application, from.facility, to.application, to.facility, timeText(at), '']
  const kind: Value[][] = [[type], [trigger], [structure]]
  const rest = [id, processing, version, '', '', '', '', 'GBR', 'UNICODE UTF-8']
  const one = (text: string): Value[][][] => (text === '' ? [] : [[[cleaned(text)]]])
  return [...texts.map(one), [kind], ...rest.map(one)]
}

function textOf({ source }: MapField, head: MessageHead, values: RecordValues): string | null {
  const text = sourceText(source, head, values)
  const clean = text === null ? '' : cleaned(text)
  return clean.trim() === '' ? null : clean
}

function sourceText(source: MapSource, { event, at }: MessageHead, values: RecordValues): string | null {
  switch (source.kind) {
    case 'always':
      return source.text
    case 'by-event': {
      const trigger = event.slice(4)
      return Object.hasOwn(source.texts, trigger) ? source.texts[trigger]! : null
    }
    case 'at':
      return timeText(at)
    case 'from': {
      const text = values.get(source.path.path) ?? null
      if (text === null) return null
      if (source.codes !== null) return Object.hasOwn(source.codes, text) ? source.codes[text]! : null
      const { type } = source.path.property
      if (type === 'date') return text.slice(0, 10).replaceAll('-', '')
      return type === 'timestamp' ? timeText(text as Instant) : text
    }
  }
}

/** As London's clocks show it, with how far they are ahead of UTC: `20260701093000+0100`. */
function timeText(at: Instant): string {
  const ms = Date.parse(at)
  const offset = londonOffsetMs(ms)
  const shown = new Date(ms + offset).toISOString().slice(0, 19).replaceAll(/\D/g, '')
  return `${shown}+${new Date(offset).toISOString().slice(11, 16).replace(':', '')}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const lineEnd = /\r\n|[\n\r\u000b\u000c\u0085\u2028\u2029]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g

/**
 * No value can end a field, a segment or a frame: delimiters are escaped behind this, every kind of line end becomes one
 * that is written `\.br\` (never as bytes that the other side might take for one), and every other control is a blank.
 */
function cleaned(text: string): string {
  return text.toWellFormed().replaceAll(lineEnd, '\n').replaceAll(control, ' ')
}

/** Read back by the parser, it has the segments that it was made of: anything else is a fault of ours and goes nowhere. */
function checkStructure(bytes: Uint8Array, ids: readonly string[]): void {
  const read = parseMessage(bytes).segments.map(({ id }) => id)
  if (read.join() !== ids.join()) throw new Error('a message was made with other segments than its map has')
}
