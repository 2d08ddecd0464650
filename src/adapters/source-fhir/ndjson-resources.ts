import { resourceErrors } from './errors.ts'
import { type ResourceFault, resourceBytesMax, resourceFault, trimmed } from './resource-text.ts'

/** A line or an entry of a file: the text of one resource, or why it is none. */
export type Found = { readonly text: Buffer } | { readonly fault: ResourceFault }

const lineFeed = 0x0a
const mark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Resources a line each (NDJSON, as in FHIR Bulk Data). Blank lines are none. Throws FDP_RESOURCES_CUT_OFF where the last
 * line has no end and is no resource.
 */
export async function* ndjsonResources(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Found> {
  let line = new Line()
  let lines = 0
  const take = (): Found | null => {
    const bytes = lines === 0 ? withoutMark(line.bytes()) : line.bytes()
    const tooLong = line.tooLong
    line = new Line()
    const text = trimmed(bytes)
    if (text.length === 0 && !tooLong) return null
    lines++
    const fault = tooLong ? 'a resource that is too long' : resourceFault(text)
    return fault === null ? { text } : { fault }
  }
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let from = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
      line.add(bytes.subarray(from, end))
      from = end + 1
      const found = take()
      if (found) yield found
    }
    line.add(bytes.subarray(from))
  }
  const last = take()
  if (last && 'fault' in last) throw resourceErrors('FDP_RESOURCES_CUT_OFF', { row: lines })
  if (last) yield last
}

/** The bytes of a line that goes on over several chunks; of one that is too long, none. */
class Line {
  tooLong = false
  #parts: Buffer[] = []
  #length = 0

  add(part: Buffer): void {
    this.#length += part.length
    if (this.#length > resourceBytesMax) {
      this.tooLong = true
      this.#parts = []
    } else if (part.length > 0) this.#parts.push(part)
  }

  bytes(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
  }
}

/** Without the mark that some systems write before UTF-8. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(mark) ? bytes.subarray(3) : bytes
}
