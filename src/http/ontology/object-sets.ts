import {
  aggregateObjects,
  expandReferences,
  type LoadRequest,
  loadLinks,
  loadObjects,
  loadObjectsOfTypes,
  ontologyErrors,
  parseAggregateRequest,
  parseLinksRequest,
  parseLoadRequest,
  parseTemporaryRequest,
} from '#ontology'
import { endpoint } from '../endpoint.ts'
import { common, inOntology, inSession, jsonBody, named, type OntologyCall, type Opened } from './call.ts'
import { pageText } from './page-text.ts'

/* Object sets as `@osdk/client` sends them: spec/ontology-api.md. */

const sets = `${inOntology}/objectSets` as const
const posted = { ...common, method: 'POST', params: named(), body: jsonBody } as const
/** Nobody has declared how sensitive single properties are to this API: what may not be read is not there. */
const noSecurities = { propertySecurities: [] }
const noInterfaces = { interfaceToObjectTypeMappings: {}, interfaceToObjectTypeMappingsV2: {} }

/** With what temporary sets stand for in their place. */
function requestOf(body: unknown, { deps }: Opened): LoadRequest {
  const request = parseLoadRequest(body)
  return { ...request, objectSet: expandReferences(request.objectSet, deps.reference) }
}

const keeperOf = ({ tenant }: OntologyCall, { session }: Opened) => ({ tenant: tenant.profile.id, session })

export const ontologyObjectSetEndpoints = [
  endpoint({
    ...{ ...posted, path: `${sets}/loadObjects` },
    summary: 'Objects of a set of one type, page by page.',
    handler: (call) =>
      inSession(call, async (opened) =>
        pageText(await loadObjects(opened.session, requestOf(call.body, opened), opened.deps), noSecurities),
      ),
  }),
  endpoint({
    ...{ ...posted, path: `${sets}/loadObjectsMultipleObjectTypes` },
    summary: 'Objects of a set of several types, page by page.',
    handler: (call) =>
      inSession(call, async (opened) => {
        const page = await loadObjectsOfTypes(opened.session, requestOf(call.body, opened), opened.deps)
        return pageText(page, { ...noSecurities, ...noInterfaces })
      }),
  }),
  endpoint({
    ...{ ...posted, path: `${sets}/loadObjectsOrInterfaces` },
    summary: 'Objects of a set of several types, page by page: there are no interfaces to show them as.',
    handler: (call) =>
      inSession(call, async (opened) =>
        pageText(await loadObjectsOfTypes(opened.session, requestOf(call.body, opened), opened.deps)),
      ),
  }),
  endpoint({
    ...{ ...posted, path: `${sets}/loadLinks` },
    summary: 'For each object of a set the objects that links lead to, all at once.',
    handler: (call) =>
      inSession(call, async ({ session, deps }) => {
        const request = parseLinksRequest(call.body)
        const objectSet = expandReferences(request.objectSet, deps.reference)
        return `{"data":[${(await loadLinks(session, { ...request, objectSet }, deps)).join(',')}]}`
      }),
  }),
  endpoint({
    ...{ ...posted, path: `${sets}/aggregate` },
    summary: 'Figures of the objects of a set, in groups.',
    handler: (call) =>
      inSession(call, async ({ session, deps }) =>
        JSON.stringify(await aggregateObjects(session, parseAggregateRequest(call.body), deps)),
      ),
  }),
  endpoint({
    ...{ ...posted, path: `${sets}/createTemporary` },
    summary: 'Gives a set a name for an hour, for this caller and purpose.',
    handler: (call) =>
      inSession(call, (opened) => {
        const set = expandReferences(parseTemporaryRequest(call.body), opened.deps.reference)
        const sent = (call.body as { readonly objectSet: unknown }).objectSet
        return JSON.stringify({ objectSetRid: call.context.objectSets.add(keeperOf(call, opened), set, sent) })
      }),
  }),
  endpoint({
    ...{ ...common, method: 'GET', path: `${sets}/:objectSet`, params: named('objectSet') },
    summary: 'The definition of a temporary set, to whoever made it.',
    handler: (call) =>
      inSession(call, (opened) => {
        const sent = call.context.objectSets.sent({ ...keeperOf(call, opened), rid: call.params.objectSet })
        if (sent === null) throw ontologyErrors('FDP_ONTOLOGY_OBJECT_SET')
        return sent
      }),
  }),
]
