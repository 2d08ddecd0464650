import { objectIn } from '#kernel'
import { resourceErrors } from './errors.ts'
import { isBlank, resourceBytesMax } from './resource-text.ts'

/** What may stand around the entries: type, links, signature. */
const frameBytesMax = 1_000_000
/** An entry beside its resource: address, request, search. */
const entryBytesMax = resourceBytesMax + 1_000_000
const [quote, backslash, openObject, closeObject, openList, closeList] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]
const [comma, colon, placeholder] = [0x2c, 0x3a, 0x30]

/** Null: longer than the limit. */
export type Entry = Buffer | null

/**
 * Finds the elements of the list `entry` of the outermost object. All other bytes make the frame, in which `0` stands
 * for each element: so the frame is JSON exactly if the file is, apart from what the elements hold.
 */
export class BundleSplitter {
  readonly #frame: number[] = []
  #entries: Entry[] = []
  #count = 0
  #depth = 0
  #inText = false
  #escaped = false
  /** Of the outermost object: the name being read or last read, as it stands with its quotes. */
  #name: number[] = []
  #readsName = false
  #isValue = false
  /** Within the list `entry`, and within an element of it. */
  #inList = false
  #lists = 0
  #inElement = false
  #parts: Buffer[] = []
  #elementBytes = 0

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let elementFrom = this.#inElement ? 0 : -1
    for (let i = 0; i < bytes.length; i++) {
      if (this.#inElement && this.#inText && !this.#escaped) i = textEnd(bytes, i)
      if (i === bytes.length) break
      const byte = bytes[i]!
      if (this.#inElement) {
        if (this.#endsElement(byte)) {
          this.#keep(bytes.subarray(elementFrom, i))
          this.#endElement()
          this.#outside(byte)
        } else this.#follow(byte)
      } else if (this.#startsElement(byte)) {
        this.#inElement = true
        elementFrom = i
        this.#toFrame(placeholder)
        this.#follow(byte)
      } else this.#outside(byte)
    }
    if (this.#inElement) this.#keep(bytes.subarray(elementFrom))
  }

  takeEntries(): Entry[] {
    const taken = this.#entries
    this.#entries = []
    return taken
  }

  end(): Readonly<Record<string, unknown>> {
    const frame = Buffer.from(this.#frame).toString('utf8')
    if (frame.trim() === '') throw notOne('it is empty')
    if (this.#depth > 0 || this.#inText || this.#inElement)
      throw resourceErrors('FDP_RESOURCES_CUT_OFF', { row: this.#count + 1 })
    const bundle = objectIn(frame.startsWith('\ufeff') ? frame.slice(1) : frame)
    if (bundle === null) throw notOne('it is not one JSON object')
    if (bundle.resourceType !== 'Bundle') throw notOne('its `resourceType` is another')
    if (this.#lists > 1) throw notOne('it has two lists of entries')
    if (bundle.entry !== undefined && this.#lists === 0) throw notOne('its `entry` is no list')
    return bundle
  }

  /** An element of the list lies at depth 2; the comma or bracket after it does not belong to it. */
  #endsElement(byte: number): boolean {
    return this.#depth === 2 && !this.#inText && (byte === comma || byte === closeList)
  }

  #startsElement(byte: number): boolean {
    return this.#inList && this.#depth === 2 && byte !== comma && byte !== closeList && !isBlank(byte)
  }

  #keep(part: Buffer): void {
    this.#elementBytes += part.length
    if (this.#elementBytes > entryBytesMax) this.#parts = []
    else if (part.length > 0) this.#parts.push(part)
  }

  #endElement(): void {
    this.#entries.push(this.#elementBytes > entryBytesMax ? null : Buffer.concat(this.#parts))
    this.#count++
    this.#inElement = false
    this.#parts = []
    this.#elementBytes = 0
  }

  /** Texts and brackets, wherever they stand. */
  #follow(byte: number): void {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false
      else if (byte === backslash) this.#escaped = true
      else if (byte === quote) this.#inText = false
    } else if (byte === quote) this.#inText = true
    else if (byte === openObject || byte === openList) this.#depth++
    else if (byte === closeObject || byte === closeList) this.#depth--
  }

  #outside(byte: number): void {
    this.#toFrame(byte)
    const wasText = this.#inText
    this.#follow(byte)
    if (this.#readsName) {
      this.#name.push(byte)
      if (wasText && !this.#inText) this.#readsName = false
      return
    }
    if (wasText) return
    if (byte === quote && this.#depth === 1 && !this.#isValue) {
      this.#readsName = true
      this.#name = [byte]
    } else if (byte === colon && this.#depth === 1) this.#isValue = true
    else if (byte === comma && this.#depth === 1) this.#isValue = false
    else if (byte === openList && this.#depth === 2 && this.#isValue && nameOf(this.#name) === 'entry') {
      this.#inList = true
      this.#lists++
    } else if (byte === closeList && this.#depth === 1) this.#inList = false
  }

  #toFrame(byte: number): void {
    this.#frame.push(byte)
    if (this.#frame.length > frameBytesMax) throw resourceErrors('FDP_BUNDLE_TOO_LARGE', { max: frameBytesMax })
  }
}

/** Where the next quote or backslash stands: most of a Bundle is text. */
function textEnd(bytes: Buffer, from: number): number {
  let i = from
  while (i < bytes.length && bytes[i] !== quote && bytes[i] !== backslash) i++
  return i
}

/** A name may be written with escapes. */
function nameOf(quoted: readonly number[]): string | null {
  try {
    return String(JSON.parse(Buffer.from(quoted).toString('utf8')))
  } catch {
    return null
  }
}

function notOne(problem: string): Error {
  return resourceErrors('FDP_BUNDLE_NOT_ONE', { problem })
}
