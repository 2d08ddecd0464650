import type { Session } from '#gate'
import { ontologyErrors } from '../errors.ts'
import { type LoadDeps, refuse, rowLevels, scopeOf } from '../load.ts'
import { expandReferences } from '../object-set/expand.ts'
import { membersOf, typesOf } from '../object-set/members.ts'
import type { DerivedProperty, ObjectSet } from '../object-set/wire.ts'
import type { DataChange } from './data-change.ts'
import type { SubscriptionRequest } from './subscribe-message.ts'

/** What a subscription rests on, as its caller may see it now. */
export interface Watched {
  /** By the name of the API, and of the contract. */
  readonly objectType: string
  readonly object: string
  /** Contracts and their columns that decide what is in the set, or in the caller's reach, or are told. */
  readonly touched: ReadonlyMap<string, ReadonlySet<string>>
  /** Whether other objects than its own decide what is in it. */
  readonly isLinked: boolean
}

/**
 * Whether somebody may watch this now: the checks that a load of the set makes, without reading. FDP_ONTOLOGY_* as a load
 * throws them; a name that may not be seen is told like one that does not exist, and the gate has put it on record.
 */
export async function watch(session: Session, request: SubscriptionRequest, deps: LoadDeps): Promise<Watched> {
  const { objectSet, properties } = request
  const scope = scopeOf(session, deps)
  const types = typesOf(scope, objectSet)
  if (scope.refused) return await refuse(session, scope, request, deps)
  const [seen] = types
  if (!seen || types.length > 1) throw ontologyErrors('FDP_ONTOLOGY_TYPES', { types: types.length })
  const { derived } = membersOf(scope, objectSet, seen)
  const told = properties.length > 0 ? properties : [...seen.columns]
  for (const name of told) if (!derived.has(name)) scope.property(seen, name)
  if (scope.refused) return await refuse(session, scope, request, deps)
  const relations = Object.values(scope.relations())
  // An edit may take a row out of the reach of a grant, too.
  const scopedBy = (object: string) => session.visible(object, rowLevels(deps))?.scopedBy ?? []
  const touched = new Map(
    relations.map(({ object, columns }) => [object, new Set([...columns, ...scopedBy(object)])] as const),
  )
  return {
    ...{ objectType: seen.type.apiName, object: seen.type.name, touched },
    isLinked: touched.size > 1 || isLinked(objectSet),
  }
}

/**
 * With what its references stand for in their place: a temporary object set may run out while somebody watches it.
 * FDP_ONTOLOGY_OBJECT_SET, FDP_ONTOLOGY_LIMIT.
 */
export function withoutReferences(
  request: SubscriptionRequest,
  { reference }: Pick<LoadDeps, 'reference'>,
): SubscriptionRequest {
  return { ...request, objectSet: expandReferences(request.objectSet, reference) }
}

/**
 * What is due to a subscriber after a change; null where it does not touch what they watch. An edit of columns that they
 * do not watch, or may not see, is none to them.
 */
export function dueAfter({ touched, isLinked }: Watched, change: DataChange): 'refresh' | 'changes' | null {
  if (change.kind === 'version') return change.objects.some((object) => touched.has(object)) ? 'refresh' : null
  const isTouched = change.edits.some(({ object, properties }) => {
    const columns = touched.get(object)
    return columns !== undefined && (properties === 'all' || properties.some((name) => columns.has(name)))
  })
  if (!isTouched) return null
  return isLinked ? 'refresh' : 'changes'
}

function isLinked(set: ObjectSet): boolean {
  switch (set.type) {
    case 'base':
    case 'static':
      return false
    case 'filter':
    case 'asBaseObjectTypes':
    case 'asType':
      return isLinked(set.objectSet)
    case 'union':
    case 'intersect':
    case 'subtract':
      return set.objectSets.some(isLinked)
    case 'withProperties':
      return Object.values(set.derivedProperties).some(selects) || isLinked(set.objectSet)
    case 'searchAround':
    case 'reference':
    case 'methodInput':
      return true
  }
}

/** Whether a derived property is worked out of other objects. */
function selects(derived: DerivedProperty): boolean {
  switch (derived.type) {
    case 'selection':
      return true
    case 'property':
      return false
    case 'add':
    case 'multiply':
    case 'greatest':
    case 'least':
      return derived.properties.some(selects)
    case 'subtract':
    case 'divide':
      return selects(derived.left) || selects(derived.right)
    case 'negate':
    case 'absoluteValue':
    case 'extract':
      return selects(derived.property)
  }
}
