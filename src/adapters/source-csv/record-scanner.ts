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

/** A field to look at once its record is whole: of more bytes than it may have characters, or with a stray quote. */
interface KeptField {
  readonly column: number
  readonly start: number
  readonly end: number
  /** The field has a quote inside but does not begin with one; the engine would take one after spaces for an opening. */
  readonly stray: boolean
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

/** Where the scanner stands: inside a plain or a quoted field, at the start of one, after a quote that may close one. */
const [inPlain, inQuoted, atStart, atClosing] = [0, 1, 2, 3]
/** What a byte may mean; `text` is everything else. */
const [text, isDelimiter, isQuote, isBreak, isNul] = [0, 1, 2, 3, 4]

/**
 * Finds records in UTF-8 text (RFC 4180, with LF, CRLF or CR, mixed), puts its row number in front of each as a first
 * field, ends each with LF, and leaves out broken ones, which it lists. One look at each byte; fields are not taken
 * apart. A quote opens a quoted field only as the first byte of the field; elsewhere it is a character like any other.
 * Where the first record ends in a delimiter more than the header, all have to, and it is left out: some systems write so.
 */
export class RecordScanner {
  /** Records passed on. */
  rows = 0
  rejectedRows = 0
  readonly rejects: Reject[] = []
  readonly #meaning = new Uint8Array(256)
  readonly #delimiter: number
  readonly #columns: number
  /** Whether records end in a delimiter more than the header has, as the first of them says; null before it. */
  #extra: boolean | null = null
  #out = Buffer.allocUnsafe(pieceBytes * (prefixBytesMax + 1))
  #state: number = atStart
  /** Written so far, and where the current record starts. */
  #w = 0
  #recordStart = 0
  #fieldStart = 0
  #field = 0
  #stray = false
  #kept: KeptField[] = []
  #broken: { column: number | null; reason: RejectReason } | null = null

  constructor(delimiter: string, columns: number) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#columns = columns
    this.#meaning[this.#delimiter] = isDelimiter
    this.#meaning[quote] = isQuote
    this.#meaning[lf] = isBreak
    this.#meaning[cr] = isBreak
    this.#meaning[0] = isNul
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
    if (this.#state === inQuoted) {
      throw csvErrors('FDP_CSV_QUOTE_OPEN', { row: this.#row(), column: this.#field + 1 })
    }
    const blank = this.#state === atStart && this.#field === 0 && this.#broken === null
    if (!blank) this.#endRecord(this.#field, this.#fieldStart, this.#stray)
    return this.#takeComplete()
  }

  /**
   * Looks at every byte; copies whole records, and at the end of the piece what there is of the last. What changes at
   * every field is held in local variables: this loop is most of the cost of reading a file.
   */
  #scan(piece: Buffer): void {
    const meaning = this.#meaning
    this.#room(piece.length)
    let state = this.#state
    let field = this.#field
    let stray = this.#stray
    let from = 0
    /** Where byte `i` of the piece comes to lie in the output: at `i + shift`. */
    let shift = this.#w
    let fieldStart = this.#fieldStart
    const { length } = piece
    for (let i = 0; i < length; i++) {
      const kind = meaning[piece[i]!]!
      if (kind === text) {
        if (state <= inQuoted) continue
        if (state === atClosing) this.#break('text after a closing quote', field + 1)
        state = inPlain
      } else if (state === inQuoted && kind !== isNul) {
        if (kind === isQuote) state = atClosing
      } else if (kind === isDelimiter) {
        if (stray || i + shift - fieldStart > limits.fieldCharactersMax) {
          this.#keep({ column: field + 1, start: fieldStart, end: i + shift, stray })
          stray = false
        }
        field++
        fieldStart = i + shift + 1
        state = atStart
      } else if (kind === isQuote) {
        if (state === inPlain) stray = true
        else state = inQuoted
      } else if (kind === isNul) {
        this.#break('a null character', field + 1)
        if (state !== inQuoted) state = inPlain
      } else {
        // The LF of CR LF ends a blank line, which is no record.
        const blank = state === atStart && field === 0 && this.#broken === null
        if (!blank) {
          this.#copy(piece, from, i)
          this.#endRecord(field, fieldStart, stray)
        }
        from = i + 1
        shift = this.#w - from
        stray = false
        field = 0
        fieldStart = this.#w
        state = atStart
      }
    }
    this.#state = state
    this.#field = field
    this.#stray = stray
    this.#fieldStart = fieldStart
    this.#copy(piece, from, piece.length)
    if (this.#w - this.#recordStart > recordBytesMax) this.#dropTooLong()
  }

  #copy(piece: Buffer, from: number, end: number): void {
    if (end > from) this.#w += piece.copy(this.#out, this.#w, from, end)
  }

  /** The first thing wrong with a record is its reason. */
  #break(reason: RejectReason, column: number | null): void {
    this.#broken ??= { reason, column }
  }

  #keep(field: KeptField): void {
    if (!this.#broken) this.#kept.push(field)
  }

  #endRecord(field: number, fieldStart: number, stray: boolean): void {
    if (stray || this.#w - fieldStart > limits.fieldCharactersMax) {
      this.#keep({ column: field + 1, start: fieldStart, end: this.#w, stray })
    }
    const isLastEmpty = this.#w === fieldStart
    this.#extra ??= isLastEmpty && field === this.#columns
    if (this.#kept.length > 0) this.#lookAgain()
    if (this.#extra && isLastEmpty && field === this.#columns) this.#w--
    else if (this.#extra || field + 1 !== this.#columns) this.#breakColumns(field + 1)
    if (this.#broken) this.#reject(this.#broken)
    else {
      this.#out[this.#w++] = lf
      this.rows++
      this.#recordStart = this.#w
    }
    this.#startRecord()
  }

  /** Rare: refuses fields of too many characters; puts quotes around those that have one inside. */
  #lookAgain(): void {
    const kept = this.#kept
    this.#kept = []
    if (this.#broken) return
    const parts: Buffer[] = []
    let from = this.#recordStart
    for (const { column, start, end, stray } of kept) {
      const field = this.#out.subarray(start, end)
      if (charactersOf(field) > limits.fieldCharactersMax) this.#break('a field that is too long', column)
      if (!stray) continue
      parts.push(this.#out.subarray(from, start), Buffer.from(`"${field.toString('utf8').replaceAll('"', '""')}"`))
      from = end
    }
    if (parts.length === 0) return
    const record = Buffer.concat([...parts, this.#out.subarray(from, this.#w)])
    this.#w = this.#recordStart
    this.#room(record.length + pieceBytes)
    this.#w += record.copy(this.#out, this.#w)
  }

  #breakColumns(columns: number): void {
    if (columns < this.#columns + Number(this.#extra)) this.#break('too few columns', columns + 1)
    else this.#break('too many columns', this.#columns + 1)
  }

  #reject(broken: { column: number | null; reason: RejectReason }): void {
    const row = this.#row()
    this.rejectedRows++
    if (this.rejects.length < rejectsListedMax) this.rejects.push({ row, ...broken })
    if (this.rejectedRows > rejectsMax) throw csvErrors('FDP_CSV_REJECTS_TOO_MANY', { max: rejectsMax, row })
  }

  #startRecord(): void {
    this.#broken = null
    this.#kept = []
    this.#field = 0
    this.#stray = false
    this.#state = atStart
    this.#w = this.#writeRow(this.#recordStart)
    this.#fieldStart = this.#w
  }

  #row(): number {
    return this.rows + this.rejectedRows + 1
  }

  /** The row number in decimal and the delimiter, at `w`. */
  #writeRow(w: number): number {
    const out = this.#out
    let value = this.#row()
    let end = w + 1
    for (let power = 10; power <= value; power *= 10) end++
    for (let i = end - 1; i >= w; i--) {
      const rest = Math.floor(value / 10)
      out[i] = 48 + value - rest * 10
      value = rest
    }
    out[end] = this.#delimiter
    return end + 1
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

  /** What there is of the record that goes on moves to the front, and every place in it that is remembered with it. */
  #takeComplete(): Buffer {
    const by = this.#recordStart
    const complete = Buffer.from(this.#out.subarray(0, by))
    this.#out.copyWithin(0, by, this.#w)
    this.#w -= by
    this.#fieldStart -= by
    if (this.#kept.length > 0)
      this.#kept = this.#kept.map((field) => ({ ...field, start: field.start - by, end: field.end - by }))
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
