import { limits } from '#kernel'
import { pageSizeAt, pageTokenAt } from './parse-request.ts'
import { isThere, member, name, type Place, text, wrong } from './place.ts'
import type { LoadRequest, ObjectSet, OrderBy } from './wire.ts'

/**
 * The query part of an address that lists or gets objects: `select` once for each property, `orderBy` as
 * `p.<property>:desc,…`, `pageSize`, `pageToken`, `excludeRid`. FDP_ONTOLOGY_REQUEST, FDP_ONTOLOGY_LIMIT,
 * FDP_ONTOLOGY_PAGE_SIZE.
 */
export function parseListQuery(query: unknown, objectSet: ObjectSet): LoadRequest {
  const place = { value: query, at: '' }
  return {
    objectSet,
    select: selectAt(member(place, 'select')),
    orderBy: orderByAt(member(place, 'orderBy')),
    pageSize: pageSizeAt(numberAt(member(place, 'pageSize'))),
    pageToken: pageTokenAt(member(place, 'pageToken')),
    includeRid: !flagAt(member(place, 'excludeRid')),
  }
}

/** Once, several times, or several with commas between: clients do each of them. */
function selectAt(place: Place): string[] {
  if (!isThere(place)) return []
  const given: unknown[] = Array.isArray(place.value) ? place.value : [place.value]
  const texts = given.map((value, i) => text({ value, at: `${place.at}[${i}]` }, limits.filterTextCharactersMax))
  const names = texts.flatMap((each) => each.split(',')).map((value, i) => name({ value, at: `${place.at}[${i}]` }))
  if (names.length > limits.submissionColumnsMax) throw wrong(place, 'fewer properties')
  return [...new Set(names)]
}

function orderByAt(place: Place): OrderBy[] {
  if (!isThere(place)) return []
  const parts = text(place, limits.filterTextCharactersMax).split(',')
  const fields = parts.map((part): OrderBy => {
    const [whole, field = '', direction = 'asc'] = /^(?:p|properties)\.([^:]+)(?::(asc|desc))?$/.exec(part) ?? []
    if (whole === undefined) throw wrong(place, '`p.<property>` or `p.<property>:desc`, with commas between')
    return { field: name({ value: field, at: place.at }), direction: direction as OrderBy['direction'] }
  })
  if (new Set(fields.map(({ field }) => field)).size < fields.length) throw wrong(place, 'each property once')
  return fields
}

/** A query part has texts only. */
function numberAt(place: Place): Place {
  const { value, at } = place
  return { at, value: typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value) ? Number(value) : value }
}

function flagAt(place: Place): boolean {
  if (!isThere(place)) return false
  if (place.value === 'true' || place.value === true) return true
  if (place.value === 'false' || place.value === false) return false
  throw wrong(place, 'true or false')
}
