import type { Json } from '#kernel'
import type { RemoteObject, RemoteOntology, RemoteType } from '#ports'
import { isSameValue } from './same-value.ts'
import { compareKeys, type Side, sortedObjects } from './sorted-objects.ts'

/** One object that is not the same on both sides. Names, never a value. */
export interface Difference {
  readonly type: string
  readonly key: Json
  readonly found: 'only-old' | 'only-new' | 'differs'
  /** Those that differ. */
  readonly properties: readonly string[]
}

export interface ObjectsCompared {
  readonly old: number
  readonly new: number
  readonly onlyOld: number
  readonly onlyNew: number
  readonly differing: number
  /** Objects in which each property differs. */
  readonly byProperty: ReadonlyMap<string, number>
}

export interface Pair {
  readonly old: RemoteOntology
  readonly new: RemoteOntology
}

/**
 * Goes through the objects of a type on both sides at once, in the order of their keys: each is on one side only, or on
 * both and compared property by property. One page a side in memory.
 */
export async function compareObjects(
  pair: Pair,
  types: { readonly old: RemoteType; readonly new: RemoteType },
  properties: readonly string[],
  pageRows: number,
  tell: (difference: Difference) => Promise<void>,
): Promise<ObjectsCompared> {
  const type = types.old.apiName
  const streams = {
    old: sortedObjects(pair.old, 'old', type, properties, pageRows),
    new: sortedObjects(pair.new, 'new', type, properties, pageRows),
  }
  const counts = { old: 0, new: 0, onlyOld: 0, onlyNew: 0, differing: 0 }
  const byProperty = new Map<string, number>()
  const next = async (side: Side): Promise<RemoteObject | null> => {
    const { done, value } = await streams[side].next()
    if (!done) counts[side]++
    return done ? null : value
  }
  let [left, right] = await Promise.all([next('old'), next('new')])
  while (left !== null || right !== null) {
    const order = orderOf(left, right)
    if (order < 0) {
      counts.onlyOld++
      await tell({ type, key: left!.__primaryKey!, found: 'only-old', properties: [] })
      left = await next('old')
    } else if (order > 0) {
      counts.onlyNew++
      await tell({ type, key: right!.__primaryKey!, found: 'only-new', properties: [] })
      right = await next('new')
    } else {
      const differing = properties.filter((name) => !isSame(types.new, name, left!, right!))
      if (differing.length > 0) {
        counts.differing++
        for (const name of differing) byProperty.set(name, (byProperty.get(name) ?? 0) + 1)
        await tell({ type, key: left!.__primaryKey!, found: 'differs', properties: differing })
      }
      ;[left, right] = await Promise.all([next('old'), next('new')])
    }
  }
  return { ...counts, byProperty }
}

/** The end of one side comes after everything. */
function orderOf(left: RemoteObject | null, right: RemoteObject | null): number {
  if (left === null) return 1
  if (right === null) return -1
  return compareKeys(left.__primaryKey!, right.__primaryKey!)
}

function isSame(type: RemoteType, name: string, left: RemoteObject, right: RemoteObject): boolean {
  return isSameValue(type.properties[name] ?? 'string', left[name], right[name])
}
