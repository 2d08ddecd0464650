import { limits } from '#kernel'
import { hl7Errors } from '../errors.ts'
import { decodeBytes, type Encoding, encodingNamed } from './character-set.ts'
import { type Delimiters, parseDelimiters } from './delimiters.ts'
import { rawControl } from './escapes.ts'
import type { Message, Segment } from './message.ts'
import { parseSegment } from './parse-segment.ts'
import { formatPlace, type Place } from './place.ts'

const mark = [0xef, 0xbb, 0xbf]
const carriageReturn = 0x0d
const lineFeed = 0x0a
/** Of MSH-18: a few short names. */
const namesCharactersMax = 200

/**
 * One message in the vertical bar encoding (HL7 v2.9 chapter 2), without MLLP's frame. A byte order mark before it is
 * passed over. The end of the first segment says how segments end (CR, LF or CR LF), and no line may end otherwise: a
 * line break within a value would else be the beginning of a segment that nobody sent. Empty lines are no segments.
 * FDP_HL7_EMPTY, _TOO_LARGE, _HEADER, _CHARSET, _ENCODING, _CHARACTER, _SEGMENT, _ESCAPE, _FIELD, _VERSION.
 */
export function parseMessage(bytes: Uint8Array): Message {
  if (bytes.length > limits.hl7MessageBytesMax) {
    throw hl7Errors('FDP_HL7_TOO_LARGE', { max: limits.hl7MessageBytesMax, what: 'bytes in a message' })
  }
  const marked = mark.every((byte, i) => bytes[i] === byte)
  const body = marked ? bytes.subarray(mark.length) : bytes
  if (body.length === 0) throw hl7Errors('FDP_HL7_EMPTY')
  const { header, lineEnd } = firstLine(body)
  if (!header.startsWith('MSH')) {
    const problem = /^[FB]HS/.test(header) ? 'a batch, not one message' : 'the message does not begin with MSH'
    throw hl7Errors('FDP_HL7_HEADER', { place: formatPlace({ segment: 1 }), problem })
  }
  const delimiters = parseDelimiters(header, 1)
  const encoding = encodingOf(header, delimiters, marked)
  const lines = linesOf(decoded(body, encoding, delimiters), lineEnd, delimiters)
  const segments = lines.map((line, i) => parseSegment(line, i + 1, delimiters, encoding))
  return { delimiters, encoding, segments, ...headerOf(segments) }
}

/** The first segment, byte by byte, and how it ends. Its delimiters and the name in MSH-18 are ASCII. */
function firstLine(body: Uint8Array): { readonly header: string; readonly lineEnd: string } {
  const end = lineEndIn(body)
  const header = Buffer.from(body.buffer, body.byteOffset, end).toString('latin1')
  if (end === body.length) return { header, lineEnd: '\r' }
  if (body[end] === lineFeed) return { header, lineEnd: '\n' }
  return { header, lineEnd: body[end + 1] === lineFeed ? '\r\n' : '\r' }
}

/** Where the first line ends. */
export function lineEndIn(bytes: Uint8Array): number {
  const [feed, carriage] = [bytes.indexOf(lineFeed), bytes.indexOf(carriageReturn)].map((at) =>
    at < 0 ? bytes.length : at,
  )
  return Math.min(feed!, carriage!)
}

/** MSH-18: the first is how the message is written; others would be switched to by escape sequences, which are not read. */
function encodingOf(header: string, delimiters: Delimiters, marked: boolean): Encoding {
  const fault = (problem: string) =>
    hl7Errors('FDP_HL7_CHARSET', { place: formatPlace({ segment: 1, id: 'MSH', field: 18 }), problem })
  const names = header.split(delimiters.field, 18)[17] ?? ''
  if (names.length > namesCharactersMax) throw fault('a character set that is not read')
  const found = new Set(
    names
      .split(delimiters.repetition)
      .map((name) => name.trim().toUpperCase())
      .filter((name) => name !== '' && name !== '""')
      .map((name) => encodingNamed(name)),
  )
  if (found.has(null)) throw fault('a character set that is not read')
  if (found.size > 1) throw fault('more than one character set')
  const [named] = found
  if (marked && named === 'windows-1252') throw fault('a byte order mark of UTF-8 before another character set')
  return named ?? 'utf-8'
}

function decoded(body: Uint8Array, encoding: Encoding, delimiters: Delimiters): string {
  const text = decodeBytes(body, encoding)
  if (typeof text === 'string') return text
  const place = formatPlace(placeInBytes(body.subarray(0, text.offset), delimiters))
  throw hl7Errors('FDP_HL7_ENCODING', { place, offset: text.offset, encoding })
}

/** Only for an error: lines that hold something are segments. */
function placeInBytes(before: Uint8Array, delimiters: Delimiters): Place {
  let [segment, start] = [1, 0]
  for (let at = 0; at < before.length; at++) {
    if (before[at] !== carriageReturn && before[at] !== lineFeed) continue
    if (at > start) segment++
    start = at + 1
  }
  return placeAfter(Buffer.from(before.subarray(start)).toString('latin1'), segment, delimiters)
}

/** The place at which a line stands that is written so far. */
function placeAfter(line: string, segment: number, delimiters: Delimiters): Place {
  let separators = 0
  for (let at = line.indexOf(delimiters.field); at !== -1; at = line.indexOf(delimiters.field, at + 1)) separators++
  if (separators === 0) return { segment }
  const id = line.slice(0, 3)
  return { segment, id, field: id === 'MSH' ? separators + 1 : separators }
}

function linesOf(text: string, lineEnd: string, delimiters: Delimiters): readonly string[] {
  checkSize(text, delimiters)
  // One more than may be, with empty lines counted: nothing is left out that was not looked at.
  const all = withoutLineEnds(text).split(lineEnd, limits.hl7SegmentsMax + 1)
  if (all.length > limits.hl7SegmentsMax) {
    throw hl7Errors('FDP_HL7_TOO_LARGE', { max: limits.hl7SegmentsMax, what: 'lines in a message' })
  }
  const lines = all.filter((line) => line !== '')
  lines.forEach((line, i) => {
    const wrong = line.search(rawControl)
    if (wrong === -1) return
    const place = formatPlace(placeAfter(line.slice(0, wrong), i + 1, delimiters))
    throw hl7Errors('FDP_HL7_CHARACTER', { place })
  })
  return lines
}

function withoutLineEnds(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\r' || text[end - 1] === '\n')) end--
  return text.slice(0, end)
}

/** Before anything is taken apart: each delimiter makes one value more, each escape character a part of one. */
function checkSize(text: string, { field, component, repetition, subcomponent, escape: mark }: Delimiters): void {
  const counts = new Uint8Array(128)
  for (const each of [field, component, repetition, subcomponent, mark]) if (each) counts[each.charCodeAt(0)] = 1
  let values = 0
  for (let i = 0; i < text.length; i++) values += counts[text.charCodeAt(i)] ?? 0
  if (values > limits.hl7ValuesMax) {
    throw hl7Errors('FDP_HL7_TOO_LARGE', { max: limits.hl7ValuesMax, what: 'values in a message' })
  }
}

/** What every message has to say of itself, or nobody could answer it. */
function headerOf(segments: readonly Segment[]): Pick<Message, 'type' | 'trigger' | 'controlId' | 'version'> {
  const [header, ...others] = segments as [Segment, ...Segment[]]
  const second = others.find(({ id }) => /^(MSH|FHS|BHS|BTS|FTS)$/.test(id))
  if (second) {
    const place = formatPlace({ segment: second.at, id: second.id })
    throw hl7Errors('FDP_HL7_SEGMENT', { place, problem: 'a second message, or part of a batch' })
  }
  const said = (field: number, component: number) => header.fields[field]?.[0]?.[component - 1]?.[0] ?? undefined
  const place = (field: number) => formatPlace({ segment: 1, id: 'MSH', field })
  const required = (field: number) => {
    const value = said(field, 1)?.trim() ?? ''
    if (value === '') throw hl7Errors('FDP_HL7_FIELD', { place: place(field), problem: 'it has to be there' })
    return value
  }
  const [type, controlId, version] = [required(9), required(10), required(12)]
  if (!/^2(\.[1-9](\.[1-9])?)?$/.test(version)) throw hl7Errors('FDP_HL7_VERSION', { place: place(12) })
  return { type, controlId, version, trigger: said(9, 2)?.trim() || undefined }
}
