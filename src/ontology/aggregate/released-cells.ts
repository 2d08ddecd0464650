import { objectTypes } from '#contracts'
import type { Session } from '#gate'
import { ontologyErrors } from '../errors.ts'
import { type LoadDeps, rowLevels } from '../load.ts'
import type { SeenType } from '../object-set/scope.ts'
import type { Filter, ObjectSet, WireValue } from '../object-set/wire.ts'

/** That a property has one value; null: that it has none. */
export interface Condition {
  readonly field: string
  readonly value: WireValue | null
}

/** The type of a set's objects where the caller may see figures of them and no rows; null anywhere else. */
export function releasedType(session: Session, set: ObjectSet, deps: Pick<LoadDeps, 'level'>): SeenType | null {
  const name = leadingType(set)
  const type = objectTypes().find(({ apiName }) => apiName === name)
  if (!type || session.visible(type.name, rowLevels(deps))) return null
  const visible = session.visible(type.name, ['aggregate'])
  return visible && { type, level: visible.level, columns: new Set(visible.columns) }
}

function leadingType(set: ObjectSet): string | null {
  if (set.type === 'base') return set.objectType
  if ('objectSet' in set) return leadingType(set.objectSet)
  return 'objectSets' in set && set.objectSets[0] ? leadingType(set.objectSets[0]) : null
}

/**
 * What a set at aggregate level says of its objects: that some properties equal one value each, and nothing else. Such a
 * set is a cell of a fixed table, so that no two of them can be chosen to differ in one patient. FDP_ONTOLOGY_RELEASE.
 */
export function conditionsOf(set: ObjectSet, apiName: string): readonly Condition[] {
  return distinct(conditionsIn(set, apiName))
}

function conditionsIn(set: ObjectSet, apiName: string): readonly Condition[] {
  switch (set.type) {
    case 'base':
      if (set.objectType !== apiName) throw cannot('objects of several types')
      return []
    case 'filter':
      return [...conditionsIn(set.objectSet, apiName), ...testsIn(set.where)]
    case 'asBaseObjectTypes':
      return conditionsIn(set.objectSet, apiName)
    case 'intersect':
      return set.objectSets.flatMap((each) => conditionsIn(each, apiName))
    default:
      throw cannot('a set that is more than objects with given values')
  }
}

function testsIn(filter: Filter): readonly Condition[] {
  switch (filter.type) {
    case 'and':
      return filter.value.flatMap(testsIn)
    case 'eq':
      return [{ field: filter.field, value: filter.value }]
    case 'in':
      if (filter.value.length > 1) break
      return filter.value.map((value) => ({ field: filter.field, value }))
    case 'isNull':
      if (!filter.value) break
      return [{ field: filter.field, value: null }]
  }
  throw cannot('a filter that is more than properties with given values')
}

function distinct(conditions: readonly Condition[]): readonly Condition[] {
  const text = ({ field, value }: Condition) => JSON.stringify([field, value])
  return conditions.filter((each, i) => conditions.findIndex((other) => text(other) === text(each)) === i)
}

export function cannot(what: string): Error {
  return ontologyErrors('FDP_ONTOLOGY_RELEASE', { what })
}
