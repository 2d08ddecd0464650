import { limits } from '#kernel'
import { Budget } from './budget.ts'
import { intervalAt } from './parse-interval.ts'
import {
  flag,
  isThere,
  itemsIfAny,
  member,
  name,
  type Place,
  text,
  tooMany,
  typeOf,
  unsupported,
  wrong,
} from './place.ts'
import { regexAt } from './regex.ts'
import { termsOf } from './terms.ts'
import type { Filter, WireValue } from './wire.ts'

/** Tests that the API has and this node does not. */
const absent: ReadonlySet<string> = new Set([
  'doesNotIntersectBoundingBox',
  'doesNotIntersectPolygon',
  'geoShapeV2',
  'intersectsBoundingBox',
  'intersectsPolygon',
  'relativeDateRange',
  'withinBoundingBox',
  'withinDistanceOf',
  'withinPolygon',
])

/** A `SearchJsonQueryV2`. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT, FDP_ONTOLOGY_UNSUPPORTED. */
export function parseFilter(json: unknown, at = 'where', budget = new Budget()): Filter {
  return filterAt({ value: json, at }, 0, budget)
}

export function filterAt(place: Place, depth: number, budget: Budget): Filter {
  budget.node(depth)
  const type = typeOf(place)
  const value = member(place, 'value')
  switch (type) {
    case 'and':
    case 'or': {
      const parts = itemsIfAny(value, limits.objectSetNodesMax)
      return { type, value: parts.map((each) => filterAt(each, depth + 1, budget)) }
    }
    case 'not':
      return { type, value: filterAt(value, depth + 1, budget) }
    default:
      return testAt(place, type, depth, budget)
  }
}

function testAt(place: Place, type: string, depth: number, budget: Budget): Filter {
  const value = member(place, 'value')
  const field = () => fieldAt(place)
  switch (type) {
    case 'eq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
    case 'contains':
      return { type, field: field(), value: wireValue(value) }
    case 'in': {
      const values = itemsIfAny(value, limits.filterValuesMax)
      budget.values(values.length)
      return { type, field: field(), value: values.map(wireValue) }
    }
    case 'isNull':
      return { type, field: field(), value: flag(value, true) }
    case 'wildcard':
      return { type, field: field(), value: text(value, limits.patternCharactersMax) }
    case 'regex':
      return { type, field: field(), value: regexAt(value) }
    case 'containsAllTerms':
    case 'containsAnyTerm':
      return { type, field: field(), value: searchedAt(value), fuzzy: flag(member(place, 'fuzzy'), false) }
    case 'interval':
      return { type, field: field(), rule: intervalAt(member(place, 'rule'), depth + 1, budget) }
    case 'startsWith':
    case 'containsAllTermsInOrder':
    case 'containsAllTermsInOrderPrefixLastTerm':
      return { type, field: field(), value: searchedAt(value) }
    default:
      if (absent.has(type)) throw unsupported(place, 'a test of this type')
      throw wrong(member(place, 'type'), 'a type of test')
  }
}

/** `field`, or `propertyIdentifier` of a whole property; one of the two. */
export function fieldAt(place: Place): string {
  const field = member(place, 'field')
  const identifier = member(place, 'propertyIdentifier')
  if (isThere(field) === isThere(identifier)) throw wrong(place, 'either a field or a property identifier')
  return isThere(field) ? name(field) : identifiedAt(identifier)
}

/** The name in a `PropertyIdentifier`; parts of properties there are none here. */
export function identifiedAt(place: Place): string {
  const type = typeOf(place)
  if (type === 'property') return name(member(place, 'apiName'))
  if (type === 'structField' || type === 'propertyWithLoadLevel') throw unsupported(place, 'a part of a property')
  throw wrong(member(place, 'type'), 'a type of property identifier')
}

export function wireValue(place: Place): WireValue {
  const { value } = place
  if (typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string') return textAt(place)
  throw wrong(place, 'a text, a number, true or false')
}

function searchedAt(place: Place): string {
  const searched = textAt(place)
  if (termsOf(searched).length > limits.searchTermsMax) throw tooMany('the number of terms', limits.searchTermsMax)
  return searched
}

function textAt(place: Place): string {
  return text(place, limits.filterTextCharactersMax)
}
