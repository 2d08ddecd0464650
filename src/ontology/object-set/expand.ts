import { ontologyErrors } from '../errors.ts'
import { Budget } from './budget.ts'
import type { ObjectSet } from './wire.ts'

/**
 * A set with what its references stand for in their place. What comes out is within the limits of one request, so that
 * sets that name one another do not grow without end. FDP_ONTOLOGY_OBJECT_SET, FDP_ONTOLOGY_LIMIT.
 */
export function expandReferences(set: ObjectSet, find: (rid: string) => ObjectSet | null): ObjectSet {
  const budget = new Budget()
  const expand = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((each) => expand(each, depth))
    if (typeof value !== 'object' || value === null) return value
    const { type, reference } = value as { readonly type?: unknown; readonly reference?: unknown }
    const isNode = typeof type === 'string'
    if (isNode) budget.node(depth)
    if (type === 'static') budget.objects((value as { readonly objects: readonly string[] }).objects.length)
    if (type === 'reference' && typeof reference === 'string') {
      const found = find(reference)
      if (!found) throw ontologyErrors('FDP_ONTOLOGY_OBJECT_SET')
      return expand(found, depth + 1)
    }
    const entries = Object.entries(value).map(
      ([name, each]) => [name, expand(each, isNode ? depth + 1 : depth)] as const,
    )
    return Object.fromEntries(entries)
  }
  return expand(set, 0) as ObjectSet
}
