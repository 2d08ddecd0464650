import { limits } from '#kernel'
import { csvErrors } from './errors.ts'

/** Why a record is set aside. Fixed words: nothing of the record itself. */
export type RejectReason =
  | 'too few columns'
  | 'too many columns'
  | 'text after a closing quote'
  | 'a null character'
  | 'a field that is too long'
  | 'a row that is too long'

export interface Reject {
  /** 1-based data row; the header and blank lines are not counted. */
  readonly row: number
  readonly column: number | null
  readonly reason: RejectReason
}

/** Bytes of one record as the engine's reader takes it; above it a record is a reject. */
export const recordBytesMax = 8 * 1024 * 1024
const rejectsListedMax = 10_000
/** A file with more broken records than this was read with the wrong dialect. */
const rejectsMax = 1_000_000
const pieceBytes = 64 * 1024
/** Digits of a row number and the delimiter after it. */
const prefixBytesMax = 17
const [lf, cr, quote] = [10, 13, 34]

/** Where the scanner stands in a record. */
const at = { start: 0, plain: 1, quoted: 2, closing: 3 } as const
/** What a byte may mean. */
const is = { text: 0, delimiter: 1, quote: 2, lf: 3, cr: 4, nul: 5 } as const

/**
 * Finds records in UTF-8 text (RFC 4180, with LF, CRLF or CR, mixed), puts its row number in front of each as a first
 * field, ends each with LF, and leaves out broken ones, which it lists. One look at each byte; fields are not taken
 * apart. A quote opens a quoted field only as the first byte of the field.
 */
export class RecordScanner {
  /** Records passed on. */
  rows = 0
  rejectedRows = 0
  readonly rejects: Reject[] = []
  readonly #meaning = new Uint8Array(256)
  readonly #delimiter: number
  readonly #columns: number
  #out = Buffer.allocUnsafe(pieceBytes * (prefixBytesMax + 1))
  #state: number = at.start
  /** Written so far, and where the current record starts. */
  #w = 0
  #recordStart = 0
  #fieldStart = 0
  #field = 0
  #broken: { column: number | null; reason: RejectReason } | null = null

  constructor(delimiter: string, columns: number) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#columns = columns
    this.#meaning[this.#delimiter] = is.delimiter
    this.#meaning[quote] = is.quote
    this.#meaning[lf] = is.lf
    this.#meaning[cr] = is.cr
    this.#meaning[0] = is.nul
    this.#startRecord()
  }

  /** Takes the next bytes; gives the records that are complete, in pieces ready to be sent. */
  *push(chunk: Buffer): Generator<Buffer> {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      this.#scan(chunk.subarray(start, start + pieceBytes))
      const complete = this.#takeComplete()
      if (complete.length > 0) yield complete
    }
  }

  /** The last record if no line break ends it. Throws FDP_CSV_QUOTE_OPEN: what follows that quote cannot be told apart. */
  end(): Buffer {
    if (this.#state === at.quoted) {
      throw csvErrors('FDP_CSV_QUOTE_OPEN', { row: this.#row(), column: this.#field + 1 })
    }
    this.#endRecord()
    return this.#takeComplete()
  }

  #scan(piece: Buffer): void {
    const meaning = this.#meaning
    const out = this.#room(piece.length)
    let state = this.#state
    let w = this.#w
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!
      const kind = meaning[byte]!
      if (kind === is.text) {
        out[w++] = byte
        if (state === at.start) state = at.plain
        else if (state === at.closing) state = this.#break('text after a closing quote', this.#field + 1)
      } else if (kind === is.nul) {
        state = this.#break('a null character', this.#field + 1, state === at.start ? at.plain : state)
      } else if (state === at.quoted) {
        out[w++] = byte
        if (kind === is.quote) state = at.closing
      } else if (kind === is.quote) {
        out[w++] = byte
        if (state !== at.plain) state = at.quoted
      } else if (kind === is.delimiter) {
        this.#w = w
        this.#endField()
        out[w++] = byte
        this.#field++
        this.#fieldStart = w
        state = at.start
      } else {
        // CR LF ends a record and then a blank line, which is none.
        this.#w = w
        this.#state = state
        this.#endRecord()
        w = this.#w
        state = at.start
      }
    }
    this.#state = state
    this.#w = w
    if (w - this.#recordStart > recordBytesMax) this.#dropTooLong()
  }

  #break(reason: RejectReason, column: number | null, next: number = at.plain): number {
    this.#broken ??= { reason, column }
    return next
  }

  #endField(): void {
    const length = this.#w - this.#fieldStart
    if (length <= limits.fieldCharactersMax) return
    const field = this.#out.subarray(this.#fieldStart, this.#w)
    if (charactersOf(field) > limits.fieldCharactersMax) this.#break('a field that is too long', this.#field + 1)
  }

  #endRecord(): void {
    const blank = this.#state === at.start && this.#field === 0 && this.#broken === null
    if (!blank) {
      this.#endField()
      this.#checkColumns()
      if (this.#broken) this.#reject(this.#broken)
      else {
        this.#out[this.#w++] = lf
        this.rows++
        this.#recordStart = this.#w
      }
    }
    this.#startRecord()
  }

  #checkColumns(): void {
    const columns = this.#field + 1
    if (columns < this.#columns) this.#break('too few columns', columns + 1)
    if (columns > this.#columns) this.#break('too many columns', this.#columns + 1)
  }

  #reject(broken: { column: number | null; reason: RejectReason }): void {
    const row = this.#row()
    this.rejectedRows++
    if (this.rejects.length < rejectsListedMax) this.rejects.push({ row, ...broken })
    if (this.rejectedRows > rejectsMax) throw csvErrors('FDP_CSV_REJECTS_TOO_MANY', { max: rejectsMax, row })
  }

  #startRecord(): void {
    this.#broken = null
    this.#field = 0
    this.#state = at.start
    this.#w = this.#writeRow(this.#recordStart)
    this.#fieldStart = this.#w
  }

  #row(): number {
    return this.rows + this.rejectedRows + 1
  }

  /** The row number in decimal and the delimiter, at `w`. */
  #writeRow(w: number): number {
    const out = this.#out
    let digits = 1
    for (let rest = this.#row(); rest >= 10; rest = Math.floor(rest / 10)) digits++
    let value = this.#row()
    for (let i = w + digits - 1; i >= w; i--) {
      const rest = Math.floor(value / 10)
      out[i] = 48 + value - rest * 10
      value = rest
    }
    out[w + digits] = this.#delimiter
    return w + digits + 1
  }

  /** Keeps memory bounded when a record does not end; its bytes go, its end is still looked for. */
  #dropTooLong(): void {
    this.#break('a row that is too long', null)
    this.#w = this.#recordStart
    this.#fieldStart = this.#w
  }

  /** At worst every second byte ends a record and the next needs its number. */
  #room(bytes: number): Buffer {
    const needed = this.#w + bytes * (prefixBytesMax + 1)
    if (this.#out.length < needed) {
      const larger = Buffer.allocUnsafe(needed * 2)
      this.#out.copy(larger, 0, 0, this.#w)
      this.#out = larger
    }
    return this.#out
  }

  #takeComplete(): Buffer {
    const complete = Buffer.from(this.#out.subarray(0, this.#recordStart))
    this.#out.copyWithin(0, this.#recordStart, this.#w)
    this.#w -= this.#recordStart
    this.#fieldStart -= this.#recordStart
    this.#recordStart = 0
    return complete
  }
}

/** Characters (code points) of UTF-8 text: bytes that do not continue one. */
function charactersOf(text: Buffer): number {
  let count = 0
  for (const byte of text) if ((byte & 0xc0) !== 0x80) count++
  return count
}
