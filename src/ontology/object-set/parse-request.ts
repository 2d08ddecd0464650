import { limits } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import { identifiedAt, parseFilter } from './parse-filter.ts'
import { parseObjectSet } from './parse-object-set.ts'
import {
  flag,
  isThere,
  items,
  itemsIfAny,
  member,
  name,
  oneOf,
  type Place,
  text,
  typeOf,
  unsupported,
  wrong,
} from './place.ts'
import type { LinksRequest, LoadRequest, ObjectSet, OrderBy } from './wire.ts'

/*
 * Bodies of requests. Members that the client sends and that change nothing here (snapshot: every reading is of one
 * moment; includeComputeUsage; loadPropertySecurities, which are none) are not looked at beyond their form.
 */

/** A `LoadObjectSetRequestV2`, and one for several object types. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT, FDP_ONTOLOGY_UNSUPPORTED, FDP_ONTOLOGY_PAGE_SIZE. */
export function parseLoadRequest(json: unknown): LoadRequest {
  const body = { value: json, at: '' }
  return loadOf(parseObjectSet(member(body, 'objectSet').value), body)
}

/** A `SearchObjectsRequestV2`, over the objects of one type. */
export function parseSearchRequest(json: unknown, objectType: string): LoadRequest {
  const body = { value: json, at: '' }
  const where = member(body, 'where')
  const base: ObjectSet = { type: 'base', objectType }
  return loadOf(isThere(where) ? { type: 'filter', objectSet: base, where: parseFilter(where.value) } : base, body)
}

/** A `LoadObjectSetLinksRequestV2`. */
export function parseLinksRequest(json: unknown): LinksRequest {
  const body = { value: json, at: '' }
  const objectSet = parseObjectSet(member(body, 'objectSet').value)
  const links = items(member(body, 'links'), limits.derivedPropertiesMax).map(name)
  if (links.length === 0) throw wrong(member(body, 'links'), 'at least one link')
  return { objectSet, links: [...new Set(links)], pageToken: pageTokenAt(member(body, 'pageToken')) }
}

/** A `CreateTemporaryObjectSetRequestV2`. */
export function parseTemporaryRequest(json: unknown): ObjectSet {
  return parseObjectSet(member({ value: json, at: '' }, 'objectSet').value)
}

function loadOf(objectSet: ObjectSet, body: Place): LoadRequest {
  for (const ignored of ['snapshot', 'loadPropertySecurities', 'includeComputeUsage'])
    flag(member(body, ignored), false)
  return {
    objectSet,
    select: selectAt(body),
    orderBy: orderByAt(member(body, 'orderBy')),
    pageSize: pageSizeAt(member(body, 'pageSize')),
    pageToken: pageTokenAt(member(body, 'pageToken')),
    includeRid: !flag(member(body, 'excludeRid'), false),
  }
}

/** Both lists together; each property once. */
function selectAt(body: Place): string[] {
  const names = itemsIfAny(member(body, 'select'), limits.submissionColumnsMax).map(name)
  const identified = itemsIfAny(member(body, 'selectV2'), limits.submissionColumnsMax).map(selectedAt)
  return [...new Set([...names, ...identified])]
}

/** A load level that does not apply to a property is ignored, as the API has it: none applies to any here. */
function selectedAt(place: Place): string {
  return identifiedAt(typeOf(place) === 'propertyWithLoadLevel' ? member(place, 'propertyIdentifier') : place)
}

function orderByAt(place: Place): OrderBy[] {
  if (!isThere(place)) return []
  const type = member(place, 'orderType')
  if (isThere(type) && oneOf(type, ['fields', 'relevance']) === 'relevance') {
    throw unsupported(type, 'an order by relevance')
  }
  const fields = itemsIfAny(member(place, 'fields'), limits.derivedPropertiesMax).map(orderingAt)
  if (new Set(fields.map(({ field }) => field)).size < fields.length) {
    throw wrong(member(place, 'fields'), 'each property once')
  }
  return fields
}

function orderingAt(place: Place): OrderBy {
  const direction = member(place, 'direction')
  return {
    field: name(member(place, 'field')),
    direction: isThere(direction) ? oneOf(direction, ['asc', 'desc']) : 'asc',
  }
}

/** 1,000 unless told; the client asks for 10,000 when it reads everything. FDP_ONTOLOGY_PAGE_SIZE. */
export function pageSizeAt(place: Place): number {
  if (!isThere(place)) return limits.objectPageRowsDefault
  const { value } = place
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(place, 'a whole number')
  if (value < 1 || value > limits.objectPageRowsMax) {
    throw ontologyErrors('FDP_ONTOLOGY_PAGE_SIZE', { max: limits.objectPageRowsMax })
  }
  return value
}

/** Null for the first page. What is in a token is its reader's affair. */
export function pageTokenAt(place: Place): string | null {
  if (!isThere(place)) return null
  const { value } = place
  if (typeof value !== 'string') throw wrong(place, 'a text')
  if (value.length > limits.pageTokenCharactersMax) throw ontologyErrors('FDP_ONTOLOGY_PAGE_TOKEN')
  return text(place, limits.pageTokenCharactersMax)
}
