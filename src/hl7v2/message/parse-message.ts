import { limits } from '#kernel'
import { hl7Errors } from '../errors.ts'
import { decodeBytes, type Encoding, encodingNamed } from './character-set.ts'
import { type Delimiters, parseDelimiters } from './delimiters.ts'
import { rawControl } from './escapes.ts'
import type { Message, Segment } from './message.ts'
import { parseSegment } from './parse-segment.ts'
import { formatPlace } from './place.ts'

const mark = [0xef, 0xbb, 0xbf]
const carriageReturn = 0x0d
const lineFeed = 0x0a

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
  const end = body.findIndex((byte) => byte === carriageReturn || byte === lineFeed)
  const header = Buffer.from(end === -1 ? body : body.subarray(0, end)).toString('latin1')
  if (end === -1) return { header, lineEnd: '\r' }
  if (body[end] === lineFeed) return { header, lineEnd: '\n' }
  return { header, lineEnd: body[end + 1] === lineFeed ? '\r\n' : '\r' }
}

/** MSH-18: the first is how the message is written; others would be switched to by escape sequences, which are not read. */
function encodingOf(header: string, delimiters: Delimiters, marked: boolean): Encoding {
  const fault = (problem: string) =>
    hl7Errors('FDP_HL7_CHARSET', { place: formatPlace({ segment: 1, id: 'MSH', field: 18 }), problem })
  const names = (header.split(delimiters.field)[17] ?? '').split(delimiters.repetition)
  const found = new Set(
    names
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
  const before = Buffer.from(body.subarray(0, text.offset)).toString('latin1')
  const lines = before.split(/\r\n?|\n/).filter((line, i, all) => line !== '' || i === all.length - 1)
  const place = formatPlace(placeAfter(lines.at(-1) ?? '', lines.length, delimiters))
  throw hl7Errors('FDP_HL7_ENCODING', { place, offset: text.offset, encoding })
}

/** The place at which a line stands that is written so far. */
function placeAfter(line: string, segment: number, delimiters: Delimiters) {
  const id = line.slice(0, 3)
  const separators = line.split(delimiters.field).length - 1
  return separators === 0 ? { segment } : { segment, id, field: id === 'MSH' ? separators + 1 : separators }
}

function linesOf(text: string, lineEnd: string, delimiters: Delimiters): readonly string[] {
  checkSize(text, delimiters)
  const lines = text
    .replace(/[\r\n]+$/, '')
    .split(lineEnd, limits.hl7SegmentsMax + 1)
    .filter((line) => line !== '')
  if (lines.length > limits.hl7SegmentsMax) {
    throw hl7Errors('FDP_HL7_TOO_LARGE', { max: limits.hl7SegmentsMax, what: 'segments in a message' })
  }
  lines.forEach((line, i) => {
    const wrong = line.search(rawControl)
    if (wrong === -1) return
    const place = formatPlace(placeAfter(line.slice(0, wrong), i + 1, delimiters))
    throw hl7Errors('FDP_HL7_CHARACTER', { place })
  })
  return lines
}

/** Before anything is taken apart: each delimiter makes one value more. */
function checkSize(text: string, { field, component, repetition, subcomponent }: Delimiters): void {
  const counts = new Uint8Array(128)
  for (const each of [field, component, repetition, subcomponent ?? field]) counts[each.charCodeAt(0)] = 1
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
