import { limits } from '#kernel'
import { percentileAt } from '../object-set/parse-derived.ts'
import { fieldAt, parseFilter, wireValue } from '../object-set/parse-filter.ts'
import { parseObjectSet } from '../object-set/parse-object-set.ts'
import {
  flag,
  isThere,
  items,
  itemsIfAny,
  member,
  name,
  number,
  oneOf,
  type Place,
  text,
  typeOf,
  whole,
  wrong,
} from '../object-set/place.ts'
import type { ObjectSet } from '../object-set/wire.ts'
import type { AggregateRequest, Direction, GroupBy, Metric, TimeUnit } from './wire.ts'

const units: readonly TimeUnit[] = [
  ...(['MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS', 'WEEKS', 'MONTHS', 'QUARTERS', 'YEARS'] as const),
]
const single: readonly TimeUnit[] = ['WEEKS', 'MONTHS', 'QUARTERS', 'YEARS']

/** An `AggregateObjectSetRequestV2`. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT, FDP_ONTOLOGY_UNSUPPORTED. */
export function parseAggregateRequest(json: unknown): AggregateRequest {
  const body = { value: json, at: '' }
  return aggregateOf(parseObjectSet(member(body, 'objectSet').value), body)
}

/** An `AggregateObjectsRequestV2`, of the objects of one type. */
export function parseAggregateTypeRequest(json: unknown, objectType: string): AggregateRequest {
  const body = { value: json, at: '' }
  const where = member(body, 'where')
  const base: ObjectSet = { type: 'base', objectType }
  return aggregateOf(isThere(where) ? { type: 'filter', objectSet: base, where: parseFilter(where.value) } : base, body)
}

function aggregateOf(objectSet: ObjectSet, body: Place): AggregateRequest {
  const metrics = member(body, 'aggregation')
  const aggregation = itemsIfAny(metrics, limits.aggregationsMax).map(metricAt)
  if (aggregation.length === 0) throw wrong(metrics, 'at least one aggregation')
  if (hasTwins(aggregation.map((each) => each.name))) throw wrong(metrics, 'a name of its own for each')
  const grouping = member(body, 'groupBy')
  const groupBy = itemsIfAny(grouping, limits.groupingsMax).map(groupingAt)
  if (hasTwins(groupBy.map(({ field }) => field))) throw wrong(grouping, 'each property once')
  const accuracy = member(body, 'accuracy')
  return {
    ...{ objectSet, aggregation, groupBy },
    accuracy: isThere(accuracy) ? oneOf(accuracy, ['REQUIRE_ACCURATE', 'ALLOW_APPROXIMATE']) : 'ALLOW_APPROXIMATE',
  }
}

function metricAt(place: Place): Metric {
  const type = typeOf(place)
  const direction = directionAt(member(place, 'direction'))
  const named = (otherwise: string) => {
    const given = member(place, 'name')
    return { name: isThere(given) ? name(given) : otherwise, direction }
  }
  switch (type) {
    case 'count':
      return { type, ...named('count') }
    case 'min':
    case 'max':
    case 'sum':
    case 'avg':
    case 'exactDistinct':
    case 'approximateDistinct': {
      const field = fieldAt(place)
      return { type, field, ...named(`${field}.${type}`) }
    }
    case 'approximatePercentile': {
      const field = fieldAt(place)
      // The client cannot say which; it means the median elsewhere.
      const percentile = isThere(member(place, type)) ? percentileAt(place) : 0.5
      return { type, field, approximatePercentile: percentile, ...named(`${field}.${type}`) }
    }
    default:
      throw wrong(member(place, 'type'), 'a type of aggregation')
  }
}

function directionAt(place: Place): Direction | null {
  return isThere(place) ? oneOf(place, ['ASC', 'DESC'] as const) : null
}

function groupingAt(place: Place): GroupBy {
  const type = typeOf(place)
  switch (type) {
    case 'exact':
      return { type, field: fieldAt(place), ...exactAt(place) }
    case 'fixedWidth': {
      const width = member(place, 'fixedWidth')
      const fixedWidth = number(width)
      if (fixedWidth <= 0) throw wrong(width, 'a number above 0')
      return { type, field: fieldAt(place), fixedWidth }
    }
    case 'ranges': {
      const ranges = items(member(place, 'ranges'), limits.rangesMax)
      if (ranges.length === 0) throw wrong(member(place, 'ranges'), 'at least one range')
      return { type, field: fieldAt(place), ranges: ranges.map(rangeAt) }
    }
    case 'duration': {
      const unit = oneOf(member(place, 'unit'), units)
      const value = whole(member(place, 'value'), 1, single.includes(unit) ? 1 : 1_000_000)
      return { type, field: fieldAt(place), value, unit }
    }
    default:
      throw wrong(member(place, 'type'), 'a type of grouping')
  }
}

function exactAt(place: Place) {
  const most = member(place, 'maxGroupCount')
  const otherwise = member(place, 'defaultValue')
  const includeNullValues = flag(member(place, 'includeNullValues'), false)
  if (includeNullValues && isThere(otherwise)) throw wrong(place, 'a default value or a group without one, not both')
  return {
    maxGroupCount: isThere(most) ? whole(most, 1, limits.groupsMax) : limits.groupsMax,
    defaultValue: isThere(otherwise) ? text(otherwise, limits.nameCharactersMax) : null,
    includeNullValues,
  }
}

function rangeAt(place: Place) {
  return { startValue: wireValue(member(place, 'startValue')), endValue: wireValue(member(place, 'endValue')) }
}

function hasTwins(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}
