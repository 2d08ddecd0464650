import { objectIn } from '#kernel'
import { BundleSplitter, type Entry } from './bundle-splitter.ts'
import type { Found } from './ndjson-resources.ts'
import { membersOf, resourceBytesMax, resourceFault } from './resource-text.ts'

/** RFC 4122, as FHIR R4 writes a reference within a Bundle. */
const uuidIn = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** A Bundle that is taken apart as it comes: held are one entry, and what stands around the entries. */
export interface BundleInPieces {
  push(chunk: Uint8Array): void
  /** What was found since, as it stands. Whether that is of a Bundle shows at its end, so nothing may be kept before. */
  take(): Found[]
  /**
   * The Bundle, with a number in the place of each entry. Errors: FDP_BUNDLE_NOT_ONE, FDP_RESOURCES_CUT_OFF; `push` may
   * throw FDP_BUNDLE_TOO_LARGE.
   */
  end(): Readonly<Record<string, unknown>>
}

export function bundleInPieces(): BundleInPieces {
  const splitter = new BundleSplitter()
  return {
    push: (chunk) => splitter.push(chunk),
    take: () => splitter.takeEntries().map(foundIn),
    end: () => splitter.end(),
  }
}

/** The resources of one Bundle, an entry each, as they stand. Errors: as of a Bundle in pieces. */
export async function* bundleResources(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Found> {
  const bundle = bundleInPieces()
  for await (const chunk of chunks) {
    bundle.push(chunk)
    yield* bundle.take()
  }
  bundle.end()
}

function foundIn(entry: Entry): Found {
  if (entry === null) return { fault: 'a resource that is too long' }
  if (objectIn(entry.toString('utf8')) === null) return { fault: 'no JSON object' }
  const resources = membersOf(entry).filter(({ name }) => name === 'resource')
  if (resources.length > 1) return { fault: 'an entry with two resources' }
  const text = resources[0]?.value
  if (text === undefined) return { fault: 'an entry without a resource' }
  const fault = text.length > resourceBytesMax ? 'a resource that is too long' : resourceFault(text)
  return fault === null ? { text: identified(text, entry) } : { fault }
}

/** A resource that a server has not given an id yet is known by the UUID of its entry, which is how others there refer to it. */
function identified(resource: Buffer, entry: Buffer): Buffer {
  const own = objectIn(resource.toString('utf8'))!
  if (own.id !== undefined) return resource
  const [, uuid] = uuidIn.exec(String(objectIn(entry.toString('utf8'))!.fullUrl)) ?? []
  return uuid === undefined ? resource : Buffer.concat([Buffer.from(`{"id":"${uuid}",`), resource.subarray(1)])
}
