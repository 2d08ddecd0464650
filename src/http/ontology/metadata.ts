import { Type } from '@sinclair/typebox'
import { objectTypes } from '#contracts'
import type { Session } from '#gate'
import { isFdpError } from '#kernel'
import {
  type Asking,
  fullMetadataOf,
  linkTypesOf,
  objectTypeOf,
  ontologyErrors,
  ontologyMetadata,
  ontologyOf,
  parseMetadataRequest,
  printableName,
  type Seen,
  type Sight,
  sightOf,
} from '#ontology'
import { endpoint } from '../endpoint.ts'
import {
  anyQuery,
  common,
  inOntology,
  inSession,
  jsonBody,
  named,
  type OntologyCall,
  type Opened,
  root,
} from './call.ts'
import { callablesOf } from './callables.ts'

/* What there is, as far as the caller may see it: docs/concepts/ontology-api.md. */

const versioned = { query: Type.Object({ ...anyQuery, version: Type.Optional(Type.String()) }) }

function askingOf({ session, deps }: Opened): Asking & { readonly sight: Sight } {
  const levels = deps.level === 'pseudonymised' ? (['pseudonymised', 'aggregate'] as const) : undefined
  return { session, sight: sightOf(session, levels), ...(levels ? { levels } : {}) }
}

/** The answer of `use` to what the caller may see. */
function seeing(call: OntologyCall, use: (asking: ReturnType<typeof askingOf>) => unknown): Promise<string> {
  return inSession(call, async (opened) => JSON.stringify(await use(askingOf(opened))))
}

/** A list that is never longer than what is there: no further pages. */
const list = (data: readonly unknown[]) => ({ data })

/** A type that the caller may see; an attempt at any other is put on record with its reasons, and told like a name that is none. */
async function seenType(
  { session, sight }: { readonly session: Session; readonly sight: Sight },
  name: string,
): Promise<Seen> {
  const seen = sight.find(name)
  if (seen) return seen
  try {
    await session.describe(objectTypes().find(({ apiName }) => apiName === name)?.name ?? name)
  } catch (error) {
    if (!isFdpError(error, 'FDP_GATE_NOT_AVAILABLE')) throw error
  }
  throw ontologyErrors('FDP_ONTOLOGY_OBJECT_TYPE', { objectType: printableName(name) })
}

const everything = (call: OntologyCall, asking: Asking) => {
  const { actions, queries } = callablesOf(call)
  return { actionTypes: actions.metadata(asking), queryTypes: queries.metadata(asking) }
}

const whoseOf = ({ tenant: { profile } }: Pick<OntologyCall, 'tenant'>) => ({ tenant: profile.id, name: profile.name })

export const ontologyMetadataEndpoints = [
  endpoint({
    ...{ ...common, method: 'GET', path: root },
    summary: 'The ontology of the tenant: it has one.',
    handler: (call) => {
      call.caller.purposeAt(call.tenant)
      return JSON.stringify(list([ontologyOf(whoseOf(call))]))
    },
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: inOntology, params: named() },
    summary: 'The ontology by its name or its identifier.',
    handler: (call) => seeing(call, () => ontologyOf(whoseOf(call))),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/fullMetadata`, params: named() },
    summary: 'Everything in the ontology that the caller may see.',
    handler: (call) =>
      seeing(call, (asking) => ontologyMetadata(whoseOf(call), asking.sight, everything(call, asking))),
  }),
  endpoint({
    ...{ ...common, method: 'POST', path: `${inOntology}/metadata`, params: named(), body: jsonBody },
    summary: 'Of what is asked for by name, that which the caller may see.',
    handler: (call) => {
      const wanted = parseMetadataRequest(call.body)
      return seeing(call, (asking) => ontologyMetadata(whoseOf(call), asking.sight, everything(call, asking), wanted))
    },
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/objectTypes`, params: named() },
    summary: 'The object types that the caller may see.',
    handler: (call) => seeing(call, ({ sight }) => list(sight.all().map(objectTypeOf))),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/objectTypes/:objectType`, params: named('objectType') },
    summary: 'An object type with the properties that the caller may read.',
    handler: (call) => seeing(call, async (asking) => objectTypeOf(await seenType(asking, call.params.objectType))),
  }),
  endpoint({
    ...{
      ...common,
      method: 'GET',
      path: `${inOntology}/objectTypes/:objectType/fullMetadata`,
      params: named('objectType'),
    },
    summary: 'An object type with its links, as the client asks first.',
    handler: (call) =>
      seeing(call, async (asking) => fullMetadataOf(await seenType(asking, call.params.objectType), asking.sight)),
  }),
  endpoint({
    ...{
      ...common,
      method: 'GET',
      path: `${inOntology}/objectTypes/:objectType/outgoingLinkTypes`,
      params: named('objectType'),
    },
    summary: 'The links from an object type that the caller may follow.',
    handler: (call) =>
      seeing(call, async (asking) => list(linkTypesOf(await seenType(asking, call.params.objectType), asking.sight))),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/objectTypes/:objectType/outgoingLinkTypes/:linkType` },
    params: named('objectType', 'linkType'),
    summary: 'One link from an object type.',
    handler: (call) =>
      seeing(call, async (asking) => {
        const { objectType, linkType } = call.params
        const found = linkTypesOf(await seenType(asking, objectType), asking.sight).find(
          ({ apiName }) => apiName === linkType,
        )
        if (found) return found
        const names = { objectType: printableName(objectType), link: printableName(linkType) }
        throw ontologyErrors('FDP_ONTOLOGY_LINK', names)
      }),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/interfaceTypes`, params: named() },
    summary: 'The interfaces: this ontology has none.',
    handler: (call) => seeing(call, () => list([])),
  }),
  endpoint({
    ...{
      ...common,
      method: 'GET',
      path: `${inOntology}/interfaceTypes/:interfaceType`,
      params: named('interfaceType'),
    },
    summary: 'One interface: this ontology has none.',
    handler: (call) =>
      seeing(call, () => {
        throw ontologyErrors('FDP_ONTOLOGY_INTERFACE', { interface: printableName(call.params.interfaceType) })
      }),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/valueTypes`, params: named() },
    summary: 'The value types: this ontology has none.',
    handler: (call) => seeing(call, () => list([])),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/valueTypes/:valueType`, params: named('valueType') },
    summary: 'One value type: this ontology has none.',
    handler: (call) =>
      seeing(call, () => {
        throw ontologyErrors('FDP_ONTOLOGY_VALUE_TYPE', { valueType: printableName(call.params.valueType) })
      }),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/actionTypes`, params: named() },
    summary: 'The actions that the caller may take.',
    handler: (call) => seeing(call, (asking) => list(Object.values(everything(call, asking).actionTypes))),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/actionTypes/:actionType`, params: named('actionType') },
    summary: 'One action with its parameters.',
    handler: (call) =>
      seeing(call, (asking) => {
        const { actionType: name } = call.params
        const found = own(everything(call, asking).actionTypes, name)
        if (!found) throw ontologyErrors('FDP_ONTOLOGY_ACTION_TYPE', { actionType: printableName(name) })
        return found
      }),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${inOntology}/queryTypes`, params: named() },
    summary: 'The queries that the caller may execute.',
    handler: (call) => seeing(call, (asking) => list(Object.values(everything(call, asking).queryTypes))),
  }),
  endpoint({
    ...{ ...common, ...versioned, method: 'GET', path: `${inOntology}/queryTypes/:query`, params: named('query') },
    summary: 'One query with its parameters.',
    handler: (call) =>
      seeing(call, (asking) => {
        const { query: name } = call.params
        const found = own(everything(call, asking).queryTypes, name)
        if (!found) throw ontologyErrors('FDP_ONTOLOGY_QUERY_TYPE', { query: printableName(name) })
        const { version } = call.query
        if (version !== undefined && version !== found.version) {
          throw ontologyErrors('FDP_ONTOLOGY_QUERY_VERSION', { query: name })
        }
        return found
      }),
  }),
]

function own<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined
}
