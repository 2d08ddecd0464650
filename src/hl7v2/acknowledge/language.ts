import { type Clock, type FdpError, isFdpError, type Random, toHex } from '#kernel'
import type { MessageLanguage, Verdict } from '#ports'
import { formatSegments } from '../message/format-message.ts'
import { type Field, type Message, type Segment, segmentsOf, type Value, valueAt } from '../message/message.ts'
import { parseMessage } from '../message/parse-message.ts'

export interface Hl7Speaker {
  readonly clock: Clock
  readonly random: Random
  /** What has to be readable besides the message itself: `sayingOf`, say. Throws an error of this module. */
  check?(message: Message): unknown
}

/**
 * Acknowledgements of HL7 v2 in the original mode (v2.9 section 2.9.2): AA, AE where the message itself is wrong, AR where
 * it is of a kind that is not taken or something here failed. MSA-3 is our code; from 2.5 on ERR says it with the sentence.
 * MSH-15 and MSH-16 (enhanced mode) are not looked at.
 */
export function hl7Language(speaker: Hl7Speaker): MessageLanguage {
  return {
    refusal: (bytes) => refusal(bytes, speaker),
    answer: (bytes, refused) => Buffer.from(answerText(bytes, refused, speaker)),
    verdict,
  }
}

function refusal(bytes: Uint8Array, { check }: Hl7Speaker): FdpError | null {
  try {
    const message = parseMessage(bytes)
    check?.(message)
    return null
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}

/** A header that is longer is answered as if it were cut off here. */
const headerBytesMax = 4_096

/** The header alone, as far as it can be read: it is asked for of messages that are refused too. */
function headerOf(bytes: Uint8Array): Segment | null {
  const start = bytes.subarray(0, headerBytesMax)
  const end = start.findIndex((byte) => byte === 0x0d || byte === 0x0a)
  try {
    return parseMessage(end === -1 ? start : start.subarray(0, end)).segments[0]!
  } catch {
    return null
  }
}

function answerText(bytes: Uint8Array, refused: FdpError | null, { clock, random }: Hl7Speaker): string {
  const header = headerOf(bytes)
  const copied = (field: number): Field => (header?.fields[field] ?? []).slice(0, 1)
  const said = (field: number, component = 1): Value => (header ? valueAt(header, field, { component }) : undefined)
  const version = said(12) ?? '2.4'
  const now = clock.now().replace(/\D/g, '')
  const msh = [
    ...[[], [], [], copied(5), copied(6), copied(3), copied(4), one(`${now.slice(0, 14)}+0000`), []],
    ...[parts('ACK', said(9, 2), 'ACK'), one(toHex(random.bytes(8))), one(said(11) ?? 'P'), one(version)],
    ...[[], [], [], [], [], one('UNICODE UTF-8')],
  ]
  const msa = [[], one(codeOf(refused)), one(said(10)), ...(refused ? [one(refused.code)] : [])]
  const answer = [
    { id: 'MSH', fields: msh },
    { id: 'MSA', fields: msa },
  ]
  if (refused && version >= '2.5') answer.push({ id: 'ERR', fields: errFields(refused) })
  return formatSegments(answer)
}

function one(value: Value): Field {
  return value === undefined ? [] : [[[value]]]
}

function parts(...values: readonly Value[]): Field {
  return [values.map((value) => [value])]
}

/** Table 0357, by our code; everything else is 207, an error within the application. */
const conditions: Readonly<Record<string, readonly [code: string, name: string]>> = {
  FDP_HL7_SEGMENT: ['100', 'Segment sequence error'],
  FDP_HL7_FIELD: ['102', 'Data type error'],
  FDP_HL7_TIME: ['102', 'Data type error'],
  FDP_HL7_EVENT: ['201', 'Unsupported event code'],
  FDP_HL7_VERSION: ['203', 'Unsupported version id'],
}
const internal = ['207', 'Application error'] as const

function errFields(refused: FdpError): Field[] {
  const [code, name] = conditions[refused.code] ?? internal
  const empty: Field = []
  return [
    ...[empty, empty, empty, parts(code, name, 'HL70357'), one('E'), one(refused.code), empty, empty],
    one(`${refused.message}; ${refused.help}`),
  ]
}

const notTaken = ['FDP_HL7_EVENT', 'FDP_HL7_VERSION', 'FDP_HL7_CHARSET']

function codeOf(refused: FdpError | null): 'AA' | 'AE' | 'AR' {
  if (refused === null) return 'AA'
  return refused.code.startsWith('FDP_HL7_') && !notTaken.includes(refused.code) ? 'AE' : 'AR'
}

/** AR for reasons that have nothing to do with the message may pass; what is said of its kind does not. */
function verdict(sent: Uint8Array, answer: Uint8Array): Verdict {
  const unrelated: Verdict = { says: 'unrelated', code: '' }
  const own = headerOf(sent)
  const msa = own && answerSegment(answer, 'MSA')
  if (!msa || valueAt(msa, 2)?.trim() !== valueAt(own, 10)?.trim()) return unrelated
  const code = valueAt(msa, 1)?.trim() ?? ''
  if (code === 'AA' || code === 'CA') return { says: 'accepted', code }
  if (code === 'AE' || code === 'CE') return { says: 'refused', code }
  if (code !== 'AR' && code !== 'CR') return unrelated
  const err = answerSegment(answer, 'ERR')
  return { says: err && /^20[0-3]$/.test(valueAt(err, 3) ?? '') ? 'refused' : 'later', code }
}

function answerSegment(answer: Uint8Array, id: string): Segment | null {
  try {
    return segmentsOf(parseMessage(answer), id)[0] ?? null
  } catch {
    return null
  }
}
