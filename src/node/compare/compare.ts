import { linkTables } from '#contracts'
import { isFdpError, type JsonObject } from '#kernel'
import type { RemoteOntology, RemoteType } from '#ports'
import { compareGroupings, compareLinks, compareQueries } from './compare-figures.ts'
import { compareObjects, type Difference, type Pair } from './compare-objects.ts'

/** One line of a comparison: numbers and names, never a value or a key. */
export interface Compared {
  readonly kind: 'type' | 'property' | 'objects' | 'differs in' | 'link' | 'count by' | 'query'
  readonly name: string
  /** Null where that server does not answer. */
  readonly old: number | null
  readonly new: number | null
  readonly differences: number
}

export interface CompareInput {
  readonly pair: Pair
  /** API names; all, if left out. */
  readonly types: readonly string[]
  readonly pageRows: number
  /** Given to the queries that take parameters of these names. */
  readonly parameters: JsonObject
  /** Told of every object that is not the same; for a file that only whoever compares can read. */
  difference(difference: Difference): Promise<void>
  progress?(label: string, done: number, total: number): void
}

/**
 * Holds two servers of the Ontology API against each other: types, properties, every object, what links lead to, counts
 * by a few properties, and queries without parameters of their own. Both are asked with their own token, so each shows
 * what that token may see. A page a side in memory, however large they are.
 * FDP_REMOTE_*, FDP_COMPARE_ORDER.
 */
export async function* compare(input: CompareInput): AsyncGenerator<Compared> {
  const { pair, types, progress } = input
  const [old, now] = await Promise.all([pair.old.objectTypes(), pair.new.objectTypes()])
  const named = [...new Set([...old, ...now].map(({ apiName }) => apiName))].sort()
  const chosen = named.filter((name) => types.length === 0 || types.includes(name))
  for (const [i, name] of chosen.entries()) {
    progress?.(name, i, chosen.length)
    const find = (of: readonly RemoteType[]) => of.find(({ apiName }) => apiName === name)
    const [left, right] = [find(old), find(now)]
    if (left && right) yield* compareType(input, left, right, chosen)
    else {
      // What the table of a link holds is compared as that link, where a server shows no such type.
      const differences = linkTables().some((table) => table.apiName === name) ? 0 : 1
      yield { kind: 'type', name, old: left ? 1 : 0, new: right ? 1 : 0, differences }
    }
  }
  if (types.length === 0) yield* await compareQueries(pair, input.parameters)
  progress?.('done', chosen.length, chosen.length)
}

async function* compareType(
  input: CompareInput,
  old: RemoteType,
  now: RemoteType,
  chosen: readonly string[],
): AsyncGenerator<Compared> {
  const { pair, pageRows, difference } = input
  const name = old.apiName
  const [left, right] = [Object.keys(old.properties), Object.keys(now.properties)]
  const common = left.filter((property) => right.includes(property))
  for (const property of [...left, ...right].filter((each) => !common.includes(each))) {
    const there = { old: left.includes(property) ? 1 : 0, new: right.includes(property) ? 1 : 0 }
    yield { kind: 'property', name: `${name}.${property}`, ...there, differences: 1 }
  }
  const rows = await unlessRefused(() => compareObjects(pair, { old, new: now }, common, pageRows, difference))
  if (rows === null) {
    const gives = { old: await givesObjects(pair.old, name), new: await givesObjects(pair.new, name) }
    const numbers = { old: gives.old ? 1 : null, new: gives.new ? 1 : null }
    yield { kind: 'objects', name, ...numbers, differences: gives.old || gives.new ? 1 : 0 }
    return
  }
  const differences = rows.onlyOld + rows.onlyNew + rows.differing
  yield { kind: 'objects', name, old: rows.old, new: rows.new, differences }
  for (const [property, objects] of rows.byProperty) {
    // Counted with the objects above.
    yield { kind: 'differs in', name: `${name}.${property}`, old: objects, new: objects, differences: 0 }
  }
  yield* await compareLinks(pair, name, chosen)
  yield* await compareGroupings(pair, name, common)
}

/** A server may show a type and not its objects: to somebody with figures alone, say. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isFdpError(error, 'FDP_REMOTE_REFUSED')) return null
    throw error
  }
}

async function givesObjects(remote: RemoteOntology, type: string): Promise<boolean> {
  const page = await unlessRefused(() => remote.page({ type, select: [], pageSize: 1, pageToken: null }))
  return page !== null
}
