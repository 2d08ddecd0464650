import { limits, objectIn } from '#kernel'
import { fhirServerErrors } from './errors.ts'
import type { Watch } from './hand-on.ts'
import { BrokenOff } from './wire.ts'

const [lineFeed, openObject] = [0x0a, 0x7b]
/** A longer line is no resource that could be taken. */
const lineBytesMax = 4 * limits.fieldCharactersMax

/** Counts resources a line each as they pass, and sees whether the last is whole. */
export class LineWatch implements Watch {
  resources = 0
  /** Whether the last line has an end, or there is none. */
  isEnded = true
  /** Of the line that has not ended; null once that is too long to be held. */
  #open: Buffer[] | null = []
  #openBytes = 0

  /** FDP_FHIRSERVER_ANSWER for a line that cannot be a resource, such as a page for people. */
  pass(chunk: Buffer): void {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      this.#add(chunk.subarray(from, end))
      this.#endLine()
      from = end + 1
    }
    this.#add(chunk.subarray(from))
  }

  /** Throws BrokenOff where the last line has no end and is no resource. May be asked again when more has passed. */
  end(): void {
    const last = Buffer.concat(this.#open ?? []).toString('utf8')
    this.isEnded = this.#open !== null && last.trim() === ''
    if (this.isEnded) return
    if (objectIn(last) === null) throw new BrokenOff(notWhole('a file of the export ends within a resource'))
    this.#endLine()
  }

  #add(part: Buffer): void {
    if (part.length === 0) return
    this.#openBytes += part.length
    if (this.#openBytes > lineBytesMax) this.#open = null
    this.#open?.push(part)
  }

  #endLine(): void {
    const begins = this.#open === null ? openObject : firstOf(this.#open)
    if (begins !== null && begins !== openObject) {
      throw notWhole('a file of the export holds a line that is no resource')
    }
    if (begins !== null) this.resources++
    this.#open = []
    this.#openBytes = 0
  }
}

/** The first byte that is not blank; a mark of the order of bytes is passed over. */
function firstOf(parts: readonly Buffer[]): number | null {
  for (const part of parts) {
    for (const byte of part) if (byte > 0x20 && ![0xef, 0xbb, 0xbf].includes(byte)) return byte
  }
  return null
}

function notWhole(what: string): Error {
  return fhirServerErrors('FDP_FHIRSERVER_ANSWER', { what })
}
