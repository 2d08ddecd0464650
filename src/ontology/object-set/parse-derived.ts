import { limits } from '#kernel'
import { deeper, setAt, type Within } from './parse-object-set.ts'
import { items, member, name, number, oneOf, type Place, typeOf, whole, wrong } from './place.ts'
import type { DerivedProperty, Selection } from './wire.ts'

const parts = ['DAYS', 'MONTHS', 'QUARTERS', 'YEARS'] as const

/** A `DerivedPropertyDefinition`. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT, FDP_ONTOLOGY_UNSUPPORTED. */
export function derivedAt(place: Place, within: Within): DerivedProperty {
  within.budget.node(within.depth)
  const type = typeOf(place)
  const operand = (of: string) => derivedAt(member(place, of), deeper(within))
  switch (type) {
    case 'property':
      return { type, apiName: name(member(place, 'apiName')) }
    case 'selection': {
      const operation = selectionAt(member(place, 'operation'))
      return { type, objectSet: setAt(member(place, 'objectSet'), deeper(within)), operation }
    }
    case 'add':
    case 'multiply':
    case 'greatest':
    case 'least': {
      const properties = items(member(place, 'properties'), limits.derivedPropertiesMax)
      if (properties.length === 0) throw wrong(member(place, 'properties'), 'at least one operand')
      return { type, properties: properties.map((each) => derivedAt(each, deeper(within))) }
    }
    case 'subtract':
    case 'divide':
      return { type, left: operand('left'), right: operand('right') }
    case 'negate':
    case 'absoluteValue':
      return { type, property: operand('property') }
    case 'extract':
      return { type, part: oneOf(member(place, 'part'), parts), property: operand('property') }
    default:
      throw wrong(member(place, 'type'), 'a type of derived property')
  }
}

function selectionAt(place: Place): Selection {
  const type = typeOf(place)
  const selected = () => name(member(place, 'selectedPropertyApiName'))
  switch (type) {
    case 'count':
      return { type }
    case 'get':
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
    case 'exactDistinct':
    case 'approximateDistinct':
      return { type, selectedPropertyApiName: selected() }
    case 'approximatePercentile':
      return { type, selectedPropertyApiName: selected(), approximatePercentile: percentileAt(place) }
    case 'collectSet':
    case 'collectList': {
      const limit = whole(member(place, 'limit'), 1, limits.collectedValuesMax)
      return { type, selectedPropertyApiName: selected(), limit }
    }
    default:
      throw wrong(member(place, 'type'), 'a type of selection')
  }
}

/**
 * `approximatePercentile` as a fraction, from 0 to 1. The client's documentation gives percents (95), and its default is a
 * fraction (0.5): up to 1 is a fraction, above it are percents.
 */
export function percentileAt(place: Place): number {
  const percentile = member(place, 'approximatePercentile')
  const value = number(percentile)
  if (value < 0 || value > 100) throw wrong(percentile, 'a number from 0 to 1, or percents up to 100')
  return value > 1 ? value / 100 : value
}
