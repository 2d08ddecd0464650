import { limits } from '#kernel'
import { Budget } from './budget.ts'
import { derivedAt } from './parse-derived.ts'
import { filterAt } from './parse-filter.ts'
import { items, member, members, name, type Place, typeOf, unsupported, wrong } from './place.ts'
import type { ObjectSet } from './wire.ts'

/** Object sets that the API has and this node does not. */
const absent: ReadonlySet<string> = new Set(['interfaceBase', 'interfaceLinkSearchAround', 'nearestNeighbors'])

/** Names that a derived property may have; those that begin with `_` are the API's own. */
const derivedName = /^[A-Za-z][A-Za-z0-9_]{0,99}$/

/** An `ObjectSet`. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT, FDP_ONTOLOGY_UNSUPPORTED. */
export function parseObjectSet(json: unknown, at = 'objectSet', budget = new Budget()): ObjectSet {
  return setAt({ value: json, at }, { depth: 0, budget, isDerived: false })
}

/** `isDerived`: within a derived property, where `methodInput` stands for its object. */
export interface Within {
  readonly depth: number
  readonly budget: Budget
  readonly isDerived: boolean
}

export function setAt(place: Place, within: Within): ObjectSet {
  within.budget.node(within.depth)
  const type = typeOf(place)
  const inner = () => setAt(member(place, 'objectSet'), deeper(within))
  switch (type) {
    case 'base':
      return { type, objectType: name(member(place, 'objectType')) }
    case 'filter': {
      const where = filterAt(member(place, 'where'), within.depth + 1, within.budget)
      return { type, objectSet: inner(), where }
    }
    case 'union':
    case 'intersect':
    case 'subtract':
      return { type, objectSets: setsAt(member(place, 'objectSets'), within) }
    case 'searchAround':
      return { type, objectSet: inner(), link: name(member(place, 'link')) }
    case 'static': {
      const objects = items(member(place, 'objects'), limits.staticObjectsMax)
      within.budget.objects(objects.length)
      return { type, objects: objects.map(name) }
    }
    case 'reference':
      return { type, reference: name(member(place, 'reference')) }
    case 'withProperties':
      return {
        type,
        derivedProperties: derivedPropertiesAt(member(place, 'derivedProperties'), within),
        objectSet: inner(),
      }
    case 'asBaseObjectTypes':
      return { type, objectSet: inner() }
    case 'asType':
      return { type, objectSet: inner(), entityType: name(member(place, 'entityType')) }
    case 'methodInput':
      if (!within.isDerived) throw wrong(place, 'a set that does not need a derived property around it')
      return { type }
    default:
      if (absent.has(type)) throw unsupported(place, 'an object set of this type')
      throw wrong(member(place, 'type'), 'a type of object set')
  }
}

function setsAt(place: Place, within: Within): ObjectSet[] {
  const sets = items(place, limits.objectSetNodesMax)
  if (sets.length === 0) throw wrong(place, 'at least one object set')
  return sets.map((each) => setAt(each, deeper(within)))
}

function derivedPropertiesAt(place: Place, within: Within) {
  if (within.isDerived) throw unsupported(place, 'derived properties within a derived property')
  const derived = members(place, limits.derivedPropertiesMax).map(({ name, place: each }) => {
    if (!derivedName.test(name)) throw wrong(each, 'a name of letters, digits and `_`, beginning with a letter')
    return [name, derivedAt(each, { ...deeper(within), isDerived: true })] as const
  })
  if (derived.length === 0) throw wrong(place, 'at least one derived property')
  return Object.fromEntries(derived)
}

export function deeper(within: Within): Within {
  return { ...within, depth: within.depth + 1 }
}
