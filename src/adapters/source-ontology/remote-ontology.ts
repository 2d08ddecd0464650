import type { Json, JsonObject } from '#kernel'
import type { OpenRemoteOntology, PageAsked, RemoteAddress, RemoteObject, RemotePage, RemoteType } from '#ports'
import { remoteErrors } from './errors.ts'
import { callJson, checkedBase, Refused } from './http-json.ts'

const metadataPagesMax = 1_000
const linkPagesMax = 1_000_000
const name = /^[A-Za-z][A-Za-z0-9_-]{0,199}$/

/** See the port RemoteOntology. FDP_REMOTE_ADDRESS for an address that no token is sent to. */
export const openRemoteOntology: OpenRemoteOntology = (given) => {
  const server = new Server(given)
  return {
    ...{ address: server.base, ontology: given.ontology },
    objectTypes: () => server.objectTypes(),
    outgoingLinks: async (type) =>
      (await server.listed(`objectTypes/${type}/outgoingLinkTypes`)).map((link) => ({
        apiName: named(link.apiName),
        objectType: named(link.objectTypeApiName),
        cardinality: link.cardinality === 'ONE' ? 'ONE' : 'MANY',
      })),
    page: (asked) => server.page(asked),
    linked: (type, link) => server.linked(type, link),
    pendingEdits: () => server.pendingEdits(),
    aggregate: async (objectSet, groupBy) => {
      const aggregation = [{ type: 'count', name: 'count' }]
      const { data } = await server.call('objectSets/aggregate', { objectSet, groupBy, aggregation })
      return rows(data, 'objectSets/aggregate')
    },
    queries: async () =>
      (await server.listed('queryTypes')).map(({ apiName, parameters }) => ({
        apiName: named(apiName),
        required: Object.entries((parameters ?? {}) as JsonObject)
          .filter(([, of]) => !mayBeLeftOut((of as JsonObject | null)?.dataType))
          .map(([parameter]) => parameter),
      })),
    execute: async (query, parameters) => (await server.call(`queries/${query}/execute`, { parameters })).value ?? null,
  }
}

class Server {
  readonly base: string
  readonly #address: RemoteAddress
  /** Servers that load no object sets are listed instead. */
  #lists = new Set<string>()

  constructor(address: RemoteAddress) {
    this.base = checkedBase(address.baseUrl)
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(address.ontology)) {
      throw remoteErrors('FDP_REMOTE_ADDRESS', { what: 'no ontology has such a name' })
    }
    this.#address = address
  }

  /** One call below the ontology; what the server refuses becomes FDP_REMOTE_REFUSED. */
  async call(path: string, body?: JsonObject): Promise<JsonObject> {
    try {
      return await this.#send(path, body)
    } catch (error) {
      throw error instanceof Refused ? refusedError(path, error) : error
    }
  }

  /** Every page of a list of metadata. */
  async listed(path: string): Promise<JsonObject[]> {
    const found: JsonObject[] = []
    let token: Json = ''
    for (let pages = 0; pages < metadataPagesMax; pages++) {
      const query = new URLSearchParams({ pageSize: '500', ...(token === '' ? {} : { pageToken: String(token) }) })
      const answer: JsonObject = await this.call(`${path}?${query}`)
      found.push(...rows(answer.data ?? null, path))
      token = answer.nextPageToken ?? ''
      if (token === '') return found
    }
    throw remoteErrors('FDP_REMOTE_ANSWER', { what: path, why: 'it never ends' })
  }

  async objectTypes(): Promise<readonly RemoteType[]> {
    return (await this.listed('objectTypes')).map(({ apiName, primaryKey, properties }) => ({
      ...{ apiName: named(apiName), primaryKey: named(primaryKey) },
      properties: Object.fromEntries(
        Object.entries((properties ?? {}) as Record<string, JsonObject>).map(([property, { dataType }]) => [
          property,
          String((dataType as JsonObject | undefined)?.type ?? 'string'),
        ]),
      ),
    }))
  }

  async page(asked: PageAsked): Promise<RemotePage> {
    const { type, pageToken } = asked
    const [way, token = ''] = pageToken === null ? [] : pageToken.split(/:(.*)/s)
    try {
      if (way === 'list' || (way === undefined && this.#lists.has(type))) return await this.#list(asked, token)
      return await this.#load(asked, token)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      // Refused on a later page, after the first was given: the place is gone, or the right is; beginning anew tells.
      if (pageToken !== null) throw remoteErrors('FDP_REMOTE_PAGE_TOKEN', { type })
      if (this.#lists.has(type)) throw refusedError(`objects/${type}`, error)
    }
    this.#lists.add(type)
    return await this.page(asked)
  }

  async *linked(type: string, link: string): AsyncGenerator<readonly { from: Json; to: Json }[]> {
    let token: Json = null
    for (let pages = 0; pages < linkPagesMax; pages++) {
      const asked = { objectSet: { type: 'base', objectType: type }, links: [link] }
      const body = { ...asked, ...(token === null ? {} : { pageToken: token }) }
      const answer: JsonObject = await this.call('objectSets/loadLinks?preview=true', body)
      yield rows(answer.data ?? null, 'objectSets/loadLinks').flatMap(pairsOf)
      token = answer.nextPageToken ?? null
      if (token === null) return
    }
  }

  /** Not part of the Ontology API: of nodes like this one alone. */
  async pendingEdits(): Promise<JsonObject[] | null> {
    const [, origin, tenant] = /^(https?:\/\/[^/]+)\/tenants\/([a-z0-9-]+)$/.exec(this.base) ?? []
    if (origin === undefined) return null
    try {
      const listed = await callJson(this.#address, 'edits', `${origin}/api/v1/tenants/${tenant}/edits`)
      return rows(listed as unknown as Json, 'edits')
    } catch (error) {
      if (error instanceof Refused) return null
      throw error
    }
  }

  async #load({ type, select, pageSize }: PageAsked, token: string): Promise<RemotePage> {
    const answer = await this.#send('objectSets/loadObjects', {
      objectSet: { type: 'base', objectType: type },
      ...{ select: [...select], selectV2: [], pageSize, excludeRid: true, snapshot: true },
      orderBy: { fields: [{ field: await this.#keyOf(type), direction: 'asc' }] },
      ...(token === '' ? {} : { pageToken: token }),
    })
    return pageOf(answer, `objects/${type}`, 'set')
  }

  async #list({ type, select, pageSize }: PageAsked, token: string): Promise<RemotePage> {
    const query = new URLSearchParams({ pageSize: String(pageSize), excludeRid: 'true' })
    query.set('orderBy', `p.${await this.#keyOf(type)}:asc`)
    for (const property of select) query.append('select', property)
    if (token !== '') query.set('pageToken', token)
    return pageOf(await this.#send(`objects/${type}?${query}`), `objects/${type}`, 'list')
  }

  #keys: Promise<ReadonlyMap<string, string>> | null = null

  async #keyOf(type: string): Promise<string> {
    this.#keys ??= this.objectTypes().then((types) => new Map(types.map((each) => [each.apiName, each.primaryKey])))
    const key = (await this.#keys.catch(() => null))?.get(type)
    if (key !== undefined) return key
    this.#keys = null
    throw remoteErrors('FDP_REMOTE_REFUSED', { what: 'objectTypes', name: 'ObjectTypeNotFound' })
  }

  async #send(path: string, body?: JsonObject): Promise<JsonObject> {
    const what = path.split('?', 1)[0]!
    return await callJson(this.#address, what, `${this.base}/api/v2/ontologies/${this.#address.ontology}/${path}`, body)
  }
}

/** A parameter that may be null. */
function mayBeLeftOut(dataType: Json | undefined): boolean {
  const { type, unionTypes } = (dataType ?? {}) as { type?: string; unionTypes?: readonly { type?: string }[] }
  return type === 'union' && (unionTypes ?? []).some((each) => each.type === 'null')
}

function refusedError(path: string, { errorName }: Refused) {
  return remoteErrors('FDP_REMOTE_REFUSED', { what: path.split('?', 1)[0]!, name: errorName })
}

function pageOf({ data, nextPageToken }: JsonObject, what: string, way: 'set' | 'list'): RemotePage {
  const objects = rows(data ?? null, what) as readonly RemoteObject[]
  if (!objects.every(({ __primaryKey: key }) => typeof key === 'string' || typeof key === 'number')) {
    throw remoteErrors('FDP_REMOTE_ANSWER', { what, why: 'an object has no primary key' })
  }
  return { objects, nextPageToken: typeof nextPageToken === 'string' ? `${way}:${nextPageToken}` : null }
}

function pairsOf({ sourceObject, linkedObjects }: JsonObject): { from: Json; to: Json }[] {
  const from = (sourceObject as JsonObject | null)?.__primaryKey ?? null
  return rows(linkedObjects ?? null, 'objectSets/loadLinks').map(({ targetObject }) => ({
    from,
    to: (targetObject as JsonObject | null)?.__primaryKey ?? null,
  }))
}

function rows(value: Json | undefined, what: string): JsonObject[] {
  const isRows = Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null)
  if (isRows) return value as JsonObject[]
  throw remoteErrors('FDP_REMOTE_ANSWER', { what, why: 'it holds no list' })
}

/** Names of types and properties go into addresses and reports: what does not look like one is no name. */
function named(value: Json | undefined): string {
  if (typeof value === 'string' && name.test(value)) return value
  throw remoteErrors('FDP_REMOTE_ANSWER', { what: 'metadata', why: 'a name is none' })
}
