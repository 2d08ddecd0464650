import type { TabularReader, TabularResult } from '#ports'
import { bundleResources } from './bundle-resources.ts'
import { resourceErrors } from './errors.ts'
import { type Found, ndjsonResources, withoutMark } from './ndjson-resources.ts'
import { type ResourceFault, resourceBytesMax, resourceFault, trimmed } from './resource-text.ts'

type Split = (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Found>

const [rejectsListedMax, rejectsMax] = [10_000, 1_000_000]
const pieceBytes = 256 * 1024
/** Two fields where the header has one: the reader of delimited text sets it aside under its number. */
const brokenRecord = Buffer.from('x,x\n')
const quote = Buffer.from('"')
const quoteAndEnd = Buffer.from('"\n')

/** One resource a line. `delimited` reads CSV; its promises hold for what is read here. Throws FDP_RESOURCES_*. */
export function fhirNdjsonReader(delimited: TabularReader): TabularReader {
  return resourceReader(delimited, ndjsonResources)
}

/** One Bundle, a resource an entry. Throws FDP_RESOURCES_* and FDP_BUNDLE_*. */
export function fhirBundleReader(delimited: TabularReader): TabularReader {
  return resourceReader(delimited, bundleResources)
}

/** One resource, the whole file. Throws FDP_RESOURCES_*. */
export function fhirResourceReader(delimited: TabularReader): TabularReader {
  return resourceReader(delimited, oneResource)
}

async function* oneResource(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Found> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.byteLength
    if (length <= resourceBytesMax) parts.push(chunk)
  }
  const text = trimmed(withoutMark(Buffer.concat(parts)))
  const fault = length > resourceBytesMax ? 'a resource that is too long' : resourceFault(text)
  // Of one resource that is not whole there is nothing to set it aside from.
  if (fault !== null) throw resourceErrors('FDP_RESOURCES_NOT_ONE', { fault })
  yield { text }
}

function resourceReader(delimited: TabularReader, split: Split): TabularReader {
  return {
    async read({ bytes, engine, table }): Promise<TabularResult> {
      const chunks = typeof bytes === 'function' ? bytes() : bytes
      const faults = new Map<number, ResourceFault>()
      const dialect = { encoding: 'utf-8', delimiter: ',' } as const
      const read = await delimited.read({ bytes: delimitedText(split(chunks), faults), dialect, engine, table })
      const rejects = read.rejects.map(({ row, reason }) => ({ row, column: null, reason: faults.get(row) ?? reason }))
      return { ...read, rejects }
    },
  }
}

/** A header and a quoted field for each resource. What is none becomes a record that is set aside for it. */
async function* delimitedText(
  found: AsyncGenerator<Found>,
  faults: Map<number, ResourceFault>,
): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [Buffer.from('resource\n')]
  let bytes = 0
  let row = 0
  let broken = 0
  for await (const each of found) {
    row++
    if ('fault' in each) {
      if (++broken > rejectsMax) throw resourceErrors('FDP_RESOURCES_REJECTS_TOO_MANY', { max: rejectsMax, row })
      if (broken <= rejectsListedMax) faults.set(row, each.fault)
      pieces.push(brokenRecord)
    } else pieces.push(quote, doubled(each.text), quoteAndEnd)
    bytes += 'fault' in each ? brokenRecord.length : each.text.length
    if (bytes < pieceBytes) continue
    yield Buffer.concat(pieces)
    pieces = []
    bytes = 0
  }
  yield Buffer.concat(pieces)
}

/** Quotes within a quoted field are doubled. */
function doubled(text: Buffer): Buffer {
  return Buffer.from(text.toString('latin1').replaceAll('"', '""'), 'latin1')
}
