import { type FdpError, isFdpError, limits } from '#kernel'
import { hl7Errors } from '../errors.ts'
import type { Message } from './message.ts'
import { lineEndIn, parseMessage } from './parse-message.ts'

/** One message of a file: read, or refused with the reason. The others are not touched by it. */
export interface BatchItem {
  /** From 1, among the messages of the file. */
  readonly number: number
  /** As they came, for whoever keeps them. */
  readonly bytes: Uint8Array
  readonly message: Message | null
  readonly refused: FdpError | null
}

interface Line {
  readonly id: string
  /** From 1. */
  readonly number: number
  readonly start: number
  readonly end: number
}

/**
 * A file of messages: with FHS, BHS, BTS and FTS around them (HL7 v2.9 section 2.10.3), some of these or none. Each
 * message says its own delimiters and character set; the lines that hold the batch together are read as ASCII, and only
 * the counts in BTS-1 and FTS-1 are looked at. What is wrong with the batch refuses it whole: FDP_HL7_BATCH,
 * FDP_HL7_EMPTY, FDP_HL7_TOO_LARGE.
 */
export function parseBatch(bytes: Uint8Array): readonly BatchItem[] {
  if (bytes.length > limits.hl7BatchBytesMax) {
    throw hl7Errors('FDP_HL7_TOO_LARGE', { max: limits.hl7BatchBytesMax, what: 'bytes in a batch' })
  }
  const spans = new BatchLines(bytes).messages()
  return spans.map(({ start, end }, i) => {
    const item = { number: i + 1, bytes: bytes.subarray(start, end) }
    try {
      return { ...item, message: parseMessage(item.bytes), refused: null }
    } catch (error) {
      if (!isFdpError(error)) throw error
      return { ...item, message: null, refused: error }
    }
  })
}

type State = 'start' | 'file' | 'batch' | 'between' | 'bare' | 'end'

/** What may come where. `bare`: messages without a batch around them. */
const next: Readonly<Record<string, Readonly<Partial<Record<State, State>>>>> = {
  FHS: { start: 'file' },
  BHS: { start: 'batch', file: 'batch', between: 'batch' },
  MSH: { start: 'bare', file: 'bare', bare: 'bare', batch: 'batch' },
  BTS: { batch: 'between' },
  FTS: { file: 'end', between: 'end', bare: 'end' },
}

class BatchLines {
  readonly #bytes: Uint8Array
  #state: State = 'start'
  #hasFile = false
  #batches = 0
  #inBatch = 0
  #last = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  messages(): readonly { readonly start: number; readonly end: number }[] {
    const found: { start: number; end: number }[] = []
    for (const line of lines(this.#bytes)) {
      this.#last = line.number
      const isFrame = line.id in next
      if (isFrame) this.#step(line)
      else if (found.length === 0 || !['batch', 'bare'].includes(this.#state) || this.#betweenMessages()) {
        throw this.#fault('a segment that belongs to no message')
      }
      if (line.id === 'MSH') found.push({ start: line.start, end: line.end })
      else if (!isFrame) found.at(-1)!.end = line.end
      if (found.length > limits.hl7BatchMessagesMax) {
        throw hl7Errors('FDP_HL7_TOO_LARGE', { max: limits.hl7BatchMessagesMax, what: 'messages in a batch' })
      }
    }
    if (this.#state === 'start') throw hl7Errors('FDP_HL7_EMPTY')
    if (this.#state === 'batch' || (this.#hasFile && this.#state !== 'end')) throw this.#fault('the file is cut off')
    return found
  }

  /** After BHS, before its first message. */
  #betweenMessages(): boolean {
    return this.#state === 'batch' && this.#inBatch === 0
  }

  #step(line: Line): void {
    const to = next[line.id]![this.#state]
    if (to === undefined) throw this.#fault('not what comes here in a batch')
    this.#state = to
    if (line.id === 'FHS') this.#hasFile = true
    if (line.id === 'MSH') this.#inBatch++
    if (line.id === 'BHS') {
      this.#batches++
      this.#inBatch = 0
    }
    if (line.id === 'FTS' && !this.#hasFile) throw this.#fault('the end of a file that was never begun')
    if (line.id === 'BTS') this.#count(line, this.#inBatch)
    if (line.id === 'FTS') this.#count(line, this.#batches)
  }

  /** BTS-1 and FTS-1 may be left out; a file without batches counts as one or as none. */
  #count(line: Line, counted: number): void {
    const [text = ''] = Buffer.from(this.#bytes.subarray(line.start, line.end))
      .toString('latin1')
      .split(/[\r\n]/)
    const said = text.slice(4).split(text.charAt(3))[0]?.trim() ?? ''
    const bare = line.id === 'FTS' && counted === 0 && said === '1'
    if (said !== '' && said !== String(counted) && !bare) throw this.#fault('another count than there is')
  }

  #fault(problem: string) {
    return hl7Errors('FDP_HL7_BATCH', { segment: this.#last, problem })
  }
}

/** Lines that hold something. They all end as the first one does; another end within one is its message's to refuse. */
function* lines(bytes: Uint8Array): Generator<Line> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = lineEndIn(all)
  const lineEnd = all[first] === 0x0a ? '\n' : all[first + 1] === 0x0a ? '\r\n' : '\r'
  const marked = all[0] === 0xef && all[1] === 0xbb && all[2] === 0xbf
  let number = 0
  for (let start = marked ? 3 : 0; start < all.length; ) {
    if (all[start] === 0x0d || all[start] === 0x0a) {
      start++
      continue
    }
    const found = all.indexOf(lineEnd, start, 'latin1')
    const end = found === -1 ? all.length : found + lineEnd.length
    const id = all.toString('latin1', start, Math.min(start + 3, found === -1 ? end : found))
    yield { id, number: ++number, start, end }
    start = end
  }
}
