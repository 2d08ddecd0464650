import { Type } from '@sinclair/typebox'
import { isFdpError } from '#kernel'
import {
  aggregateObjects,
  countObjects,
  type LoadRequest,
  loadObjects,
  ontologyErrors,
  parseAggregateTypeRequest,
  parseSearchRequest,
  printableName,
} from '#ontology'
import { endpoint } from '../endpoint.ts'
import { anyQuery, common, inOntology, inSession, jsonBody, named, type Opened } from './call.ts'
import { keyIn, linkedObjectRequest, linkedRequest, listRequest, objectRequest } from './load-request.ts'
import { pageText } from './page-text.ts'

/* The published paths, and their like for our own types. */

const text = Type.Optional(Type.String())
const shown = {
  ...anyQuery,
  select: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())], { description: 'Properties to show.' })),
  excludeRid: Type.Optional(Type.String({ description: '`true`: without `__rid`.' })),
}
const listQuery = Type.Object({
  ...shown,
  ...{ pageSize: text, pageToken: text },
  orderBy: Type.Optional(
    Type.String({ description: '`p.<property>:desc,…`; nothing comes before objects without a value.' }),
  ),
})
const one = { ...common, query: Type.Object(shown) }
const many = { ...common, query: listQuery }
const objects = `${inOntology}/objects/:objectType` as const
const object = `${objects}/:primaryKey` as const

const list = async ({ session, deps }: Opened, request: LoadRequest) =>
  pageText(await loadObjects(session, request, deps))

/** One object, or null: not there and not to be seen are alike. */
async function single({ session, deps }: Opened, request: LoadRequest, key: string | null): Promise<string | null> {
  try {
    const { objects: found } = await loadObjects(session, request, deps)
    return found.length === 1 ? found[0]! : null
  } catch (error) {
    // A type whose key may not be read: no object of it can be named.
    const isKey = isFdpError(error, 'FDP_ONTOLOGY_PROPERTY') && error.params.property === key
    if (isKey && key !== null && !request.select.includes(key)) return null
    throw error
  }
}

function linkFrom({
  params: { objectType, primaryKey, linkType },
}: {
  readonly params: Record<'objectType' | 'primaryKey' | 'linkType', string>
}) {
  return { objectType, primaryKey, link: linkType }
}

export const ontologyObjectEndpoints = [
  endpoint({
    ...{ ...many, method: 'GET', path: objects, params: named('objectType') },
    summary: 'Objects of a type, page by page.',
    handler: (call) => inSession(call, (opened) => list(opened, listRequest(call.query, call.params.objectType))),
  }),
  endpoint({
    ...{ ...one, method: 'GET', path: object, params: named('objectType', 'primaryKey') },
    summary: 'One object by its primary key.',
    handler: (call) =>
      inSession(call, async (opened) => {
        const { objectType, primaryKey } = call.params
        const request = objectRequest(call.query, objectType, primaryKey)
        const found = await single(opened, request, keyIn(objectType))
        if (found === null) throw ontologyErrors('FDP_ONTOLOGY_OBJECT', { objectType: printableName(objectType) })
        return found
      }),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: `${objects}/search`, params: named('objectType'), body: jsonBody },
    summary: 'Objects of a type that pass a filter, page by page.',
    handler: (call) => inSession(call, (opened) => list(opened, parseSearchRequest(call.body, call.params.objectType))),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: `${objects}/count`, params: named('objectType') },
    summary: 'How many objects of a type there are for the caller.',
    handler: (call) =>
      inSession(call, async ({ session, deps }) => {
        const count = await countObjects(session, call.params.objectType, deps)
        return JSON.stringify(count === null ? {} : { count })
      }),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: `${objects}/aggregate`, params: named('objectType'), body: jsonBody },
    summary: 'Figures of the objects of a type, in groups.',
    handler: (call) =>
      inSession(call, async ({ session, deps }) => {
        const request = parseAggregateTypeRequest(call.body, call.params.objectType)
        return JSON.stringify(await aggregateObjects(session, request, deps))
      }),
  }),
  endpoint({
    ...{
      ...many,
      method: 'GET',
      path: `${object}/links/:linkType`,
      params: named('objectType', 'primaryKey', 'linkType'),
    },
    summary: 'The objects that a link leads to, page by page; none from an object that is not there.',
    handler: (call) => inSession(call, (opened) => list(opened, linkedRequest(call.query, linkFrom(call)))),
  }),
  endpoint({
    ...{ ...one, method: 'GET', path: `${object}/links/:linkType/:linkedPrimaryKey` },
    params: named('objectType', 'primaryKey', 'linkType', 'linkedPrimaryKey'),
    summary: 'One of the objects that a link leads to.',
    handler: (call) =>
      inSession(call, async (opened) => {
        const request = linkedObjectRequest(call.query, linkFrom(call), call.params.linkedPrimaryKey)
        const found = await single(opened, request, keyOfFilter(request))
        if (found !== null) return found
        throw ontologyErrors('FDP_ONTOLOGY_LINKED_OBJECT', { link: printableName(call.params.linkType) })
      }),
  }),
]

/** The property by which a linked object is looked for. */
function keyOfFilter({ objectSet }: LoadRequest): string | null {
  return objectSet.type === 'filter' && objectSet.where.type === 'eq' ? objectSet.where.field : null
}
