import type { Json } from '#kernel'
import type { RemoteObject, RemoteOntology } from '#ports'
import { compareErrors } from './errors.ts'

export type Side = 'old' | 'new'

const pagesMax = 1_000_000

/** One server's objects of a type in the order of their keys, one page in memory. FDP_COMPARE_ORDER. */
export async function* sortedObjects(
  remote: RemoteOntology,
  side: Side,
  type: string,
  select: readonly string[],
  pageSize: number,
): AsyncGenerator<RemoteObject> {
  let last: Json = null
  let pageToken: string | null = null
  for (let pages = 0; pages < pagesMax; pages++) {
    const page = await remote.page({ type, select, pageSize, pageToken })
    for (const object of page.objects) {
      const key = object.__primaryKey ?? null
      if (last !== null && compareKeys(last, key) >= 0) throw compareErrors('FDP_COMPARE_ORDER', { side, type })
      last = key
      yield object
    }
    pageToken = page.nextPageToken
    if (pageToken === null) return
  }
  throw new Error('a type without an end')
}

/** Numbers by size, everything else by the code points of its text (which is the order of its UTF-8 bytes). */
export function compareKeys(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a), 'utf8'), Buffer.from(String(b), 'utf8'))
}
