import assert from 'node:assert/strict'
import { objectTypes } from '#contracts'
import type { PublishedPath } from './published-api.ts'

/* An application that calls the published paths with keys and bodies that make sense. */

const base = '/tenants/alder-vale'
export const inOntology = `${base}/api/v2/ontologies/palantirukhealth-ontology`

/** Where, and with whose token. */
export interface Caller {
  readonly url: string
  readonly token: string
}

export interface Found {
  readonly primaryKey: string
  /** By link: an object with something behind it, and that. */
  readonly links: ReadonlyMap<string, { readonly from: string; readonly to: string }>
}

/** Links asked for at once: each is a question of its own over the whole set. */
const linksAtOnce = 6

export async function keysOf(caller: Caller, objectType: string): Promise<Found> {
  const names = objectTypes()
    .find(({ apiName }) => apiName === objectType)!
    .links.map(({ name }) => name)
  const links = new Map<string, { from: string; to: string }>()
  for (let i = 0; i < names.length; i += linksAtOnce) {
    const body = { objectSet: { type: 'base', objectType }, links: names.slice(i, i + linksAtOnce) }
    const { data } = (await done(caller, 'post', `${inOntology}/objectSets/loadLinks`, body)) as { data: Links[] }
    for (const { sourceObject, linkedObjects } of data) {
      for (const { targetObject, linkType } of linkedObjects)
        links.set(linkType, { from: sourceObject.__primaryKey, to: targetObject.__primaryKey })
    }
  }
  const { data } = (await done(caller, 'get', `${inOntology}/objects/${objectType}?pageSize=1`)) as List
  return { primaryKey: data[0]!.__primaryKey, links }
}

async function done(caller: Caller, method: 'get' | 'post', path: string, body?: unknown): Promise<unknown> {
  const { status, text, answer } = await read(caller, method, path, body)
  assert.equal(status, 200, text)
  return answer
}

export interface Keyed {
  readonly __primaryKey: string
  readonly [property: string]: unknown
}
export interface List {
  readonly data: readonly Keyed[]
}
interface Links {
  readonly sourceObject: Keyed
  readonly linkedObjects: readonly { readonly targetObject: Keyed; readonly linkType: string }[]
}

export async function read(caller: Caller, method: 'get' | 'post', path: string, body?: unknown) {
  const headers = { authorization: `Bearer ${caller.token}`, 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const reply = await fetch(`${caller.url}${path}`, { method, headers, ...sent })
  const text = await reply.text()
  return { status: reply.status, text, answer: JSON.parse(text) as unknown }
}

/** A call of a published path, with keys and a body that make sense. */
export function call(caller: Caller, { method, path, kind, link, objectType }: PublishedPath, found: Found | null) {
  const { from, to } = found?.links.get(link ?? '') ?? { from: found?.primaryKey ?? 'x', to: 'x' }
  const key = link === null ? (found?.primaryKey ?? 'x') : from
  const address = path
    .replace('{primaryKey}', encodeURIComponent(key))
    .replace('{linkedObjectPrimaryKey}', encodeURIComponent(to))
  return read(caller, method, `${base}${address}`, bodyOf(kind, objectType, key))
}

function bodyOf(kind: PublishedPath['kind'], objectType: string, key: string): unknown {
  const field = objectTypes().find(({ apiName }) => apiName === objectType)?.primaryKey ?? 'x'
  if (kind === 'search') {
    const where = {
      type: 'or',
      value: [
        { type: 'eq', field, value: key },
        { type: 'isNull', field, value: false },
      ],
    }
    return { where, orderBy: { fields: [{ field, direction: 'desc' }] }, pageSize: 50, select: [] }
  }
  if (kind !== 'aggregate') return undefined
  const aggregation = [
    { type: 'count', name: 'count' },
    { type: 'exactDistinct', field, name: 'different' },
  ]
  return { aggregation, groupBy: [{ type: 'exact', field, maxGroupCount: 5 }] }
}
