import { type FdpError, isFdpError } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import { parseObjectSet } from '../object-set/parse-object-set.ts'
import { flag, isThere, items, itemsIfAny, member, name, type Place, unsupported, wrong } from '../object-set/place.ts'
import type { ObjectSet } from '../object-set/wire.ts'
import { subscriptionLimits } from './subscription-limits.ts'

/** One object set that somebody wants to hear of. */
export interface SubscriptionRequest {
  readonly objectSet: ObjectSet
  /** API names of what is told of each object, beside its key. None is none, unlike in a load. */
  readonly properties: readonly string[]
  readonly includeRid: boolean
  /** Equal for requests that ask for the same. */
  readonly key: string
}

export interface SubscribeMessage {
  readonly id: string
  /** In the order of the message; an error in the place of a request that cannot be read. */
  readonly requests: readonly (SubscriptionRequest | FdpError)[]
}

/**
 * Reads a client's only kind of message: all that it wants to hear of from now on. What one request has wrong is said of
 * it alone; a message that cannot be answered as a whole throws FDP_ONTOLOGY_REQUEST or FDP_ONTOLOGY_LIMIT.
 */
export function parseSubscribe(text: string): SubscribeMessage {
  const message: Place = { value: parsed(text), at: '' }
  const id = name(member(message, 'id'))
  const requests = items(member(message, 'requests'), subscriptionLimits.requestsMax)
  const { subscriptionsMax } = subscriptionLimits
  const what = 'the number of object sets of one connection'
  const beyond = ontologyErrors('FDP_ONTOLOGY_LIMIT', { what, max: subscriptionsMax })
  return { id, requests: requests.map((each, at) => (at < subscriptionsMax ? requestOrError(each) : beyond)) }
}

function requestOrError(place: Place): SubscriptionRequest | FdpError {
  try {
    return requestAt(place)
  } catch (error) {
    if (isFdpError(error)) return error
    throw error
  }
}

function requestAt(place: Place): SubscriptionRequest {
  const set = member(place, 'objectSet')
  const objectSet = parseObjectSet(set.value, set.at)
  const properties = [...new Set(itemsIfAny(member(place, 'propertySet'), subscriptionLimits.propertiesMax).map(name))]
  const references = member(place, 'referenceSet')
  if (itemsIfAny(references, subscriptionLimits.propertiesMax).length > 0) {
    throw unsupported(references, 'properties whose values lie elsewhere')
  }
  const options = member(place, 'objectLoadingResponseOptions')
  const includeRid = isThere(options) && flag(member(options, 'shouldLoadObjectRids'), false)
  return { objectSet, properties, includeRid, key: JSON.stringify([objectSet, properties, includeRid]) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw wrong({ value: null, at: 'message' }, 'JSON')
  }
}
