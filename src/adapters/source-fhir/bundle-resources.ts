import { BundleSplitter, type Entry } from './bundle-splitter.ts'
import type { Found } from './ndjson-resources.ts'
import { jsonObject, membersOf, resourceBytesMax, resourceFault } from './resource-text.ts'

/**
 * The resources of one Bundle, an entry each, as they stand. The Bundle is taken apart as it comes: held are one entry,
 * and what stands around the entries. Whether that is a Bundle shows at its end, so nothing may be kept before.
 * Errors: FDP_BUNDLE_NOT_ONE, FDP_BUNDLE_TOO_LARGE, FDP_RESOURCES_CUT_OFF.
 */
export async function* bundleResources(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Found> {
  const splitter = new BundleSplitter()
  for await (const chunk of chunks) {
    splitter.push(chunk)
    for (const entry of splitter.takeEntries()) yield foundIn(entry)
  }
  splitter.end()
}

function foundIn(entry: Entry): Found {
  if (entry === null) return { fault: 'a resource that is too long' }
  if (jsonObject(entry.toString('utf8')) === null) return { fault: 'no JSON object' }
  const resources = membersOf(entry).filter(({ name }) => name === 'resource')
  if (resources.length > 1) return { fault: 'an entry with two resources' }
  const text = resources[0]?.value
  if (text === undefined) return { fault: 'an entry without a resource' }
  const fault = text.length > resourceBytesMax ? 'a resource that is too long' : resourceFault(text)
  return fault === null ? { text } : { fault }
}
