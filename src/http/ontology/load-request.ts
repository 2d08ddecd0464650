import { objectTypes } from '#contracts'
import { type LoadRequest, type ObjectSet, parseListQuery } from '#ontology'

/*
 * Addresses that list and get objects are object sets: one path evaluates them all.
 */

export function listRequest(query: unknown, objectType: string): LoadRequest {
  return parseListQuery(query, { type: 'base', objectType })
}

export function objectRequest(query: unknown, objectType: string, primaryKey: string): LoadRequest {
  return one(query, oneObject(objectType, primaryKey))
}

export function linkedRequest(query: unknown, { objectType, primaryKey, link }: LinkFrom): LoadRequest {
  return parseListQuery(query, around(objectType, primaryKey, link))
}

export interface LinkFrom {
  readonly objectType: string
  readonly primaryKey: string
  readonly link: string
}

export function linkedObjectRequest(query: unknown, from: LinkFrom, linkedKey: string): LoadRequest {
  const set = around(from.objectType, from.primaryKey, from.link)
  const { links = [] } = typeOf(from.objectType) ?? {}
  const far = links.find(({ name }) => name === from.link)?.object
  const field = objectTypes().find(({ name }) => name === far)?.primaryKey
  return one(
    query,
    field === undefined ? set : { type: 'filter', objectSet: set, where: { type: 'eq', field, value: linkedKey } },
  )
}

/** The property by which an address names one object; null for a type that is none. */
export function keyIn(objectType: string): string | null {
  return typeOf(objectType)?.primaryKey ?? null
}

/** The objects that a link leads to from the one with this key: none from one that is not there. */
function around(objectType: string, primaryKey: string, link: string): ObjectSet {
  return { type: 'searchAround', objectSet: oneObject(objectType, primaryKey), link }
}

/** Of a type that is none the set is told by its name. */
function oneObject(objectType: string, value: string): ObjectSet {
  const base = { type: 'base', objectType } as const
  const field = keyIn(objectType)
  return field === null ? base : { type: 'filter', objectSet: base, where: { type: 'eq', field, value } }
}

/** Two would be a key that is none. */
function one(query: unknown, objectSet: ObjectSet): LoadRequest {
  const { select, includeRid } = parseListQuery(query, objectSet)
  return { objectSet, select, includeRid, orderBy: [], pageSize: 2, pageToken: null }
}

function typeOf(apiName: string) {
  return objectTypes().find((type) => type.apiName === apiName)
}
