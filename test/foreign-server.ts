import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/*
 * Somebody else's server of the Ontology API, as spec/ontology-api.md has the wire: objects in memory, and whatever a
 * test wants to go wrong. `await using server = await openForeign({ types })`.
 */

export type ForeignObject = Readonly<Record<string, unknown>>

export interface ForeignType {
  readonly primaryKey: string
  readonly properties: Readonly<Record<string, string>>
  objects: ForeignObject[]
  /** Pairs by link. */
  readonly links?: Readonly<Record<string, readonly (readonly [string, string])[]>>
}

export interface Foreign extends AsyncDisposable {
  readonly url: string
  readonly types: Record<string, ForeignType>
  /** Every request so far, `POST objectSets/loadObjects`. */
  readonly asked: string[]
  /** Answers the next requests instead, in order; null lets one through. */
  readonly instead: (((reply: ServerResponse) => unknown) | null)[]
  /** Page tokens that are good now carry this. */
  era: number
  /** Whether it loads object sets at all. */
  sets: boolean
}

const base = '/tenants/old/api/v2/ontologies/old-ontology/'
export const foreignToken = 'a-token-of-the-old-place'

export async function openForeign(types: Record<string, ForeignType>): Promise<Foreign> {
  const state = { types, asked: [] as string[], instead: [] as Foreign['instead'], era: 1, sets: true }
  const server = createServer((request, reply) => {
    void bodyOf(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://x')
      const path = url.pathname.startsWith(base) ? url.pathname.slice(base.length) : url.pathname
      state.asked.push(`${request.method} ${path}`)
      const instead = state.instead.shift()
      if (instead) return instead(reply)
      if (request.headers.authorization !== `Bearer ${foreignToken}`) return fail(reply, 401, 'MissingCredentials')
      answer(state as unknown as Foreign, path, url.searchParams, body, reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/tenants/old`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

interface Load {
  readonly objectSet: { readonly objectType: string }
  readonly select: readonly string[]
  readonly pageSize: number
  readonly pageToken?: string
  readonly links?: readonly string[]
}

function answer(server: Foreign, path: string, query: URLSearchParams, body: unknown, reply: ServerResponse): unknown {
  const { types } = server
  if (path === 'objectTypes') {
    const data = Object.entries(types).map(([apiName, { primaryKey, properties }]) => ({
      ...{ apiName, primaryKey },
      properties: Object.fromEntries(Object.entries(properties).map(([name, type]) => [name, { dataType: { type } }])),
    }))
    return send(reply, { data })
  }
  const links = /^objectTypes\/(\w+)\/outgoingLinkTypes$/.exec(path)
  if (links) {
    const of = Object.keys(types[links[1]!]?.links ?? {})
    return send(reply, { data: of.map((apiName) => ({ apiName, objectTypeApiName: 'Other', cardinality: 'MANY' })) })
  }
  const list = /^objects\/(\w+)$/.exec(path)
  if (list) {
    const select = query.getAll('select')
    return page(server, list[1]!, select, Number(query.get('pageSize')), query.get('pageToken') ?? undefined, reply)
  }
  const load = body as Load
  if (path === 'objectSets/loadObjects' && server.sets) {
    return page(server, load.objectSet.objectType, load.select, load.pageSize, load.pageToken, reply)
  }
  if (path === 'objectSets/loadLinks') {
    const { objectType } = load.objectSet
    const pairs = types[objectType]?.links?.[load.links![0]!] ?? []
    const data = pairs.map(([from, to]) => ({
      sourceObject: { __apiName: objectType, __primaryKey: from },
      linkedObjects: [{ targetObject: { __apiName: 'Other', __primaryKey: to }, linkType: load.links![0] }],
    }))
    return send(reply, { data })
  }
  return fail(reply, 404, 'ApiUsageDenied')
}

function page(
  server: Foreign,
  name: string,
  select: readonly string[],
  size: number,
  token: string | undefined,
  reply: ServerResponse,
): unknown {
  const type = server.types[name]
  if (!type) return fail(reply, 404, 'ObjectTypeNotFound')
  const [era, at = '0'] = token?.split('-') ?? []
  if (token !== undefined && era !== `era${server.era}`) return fail(reply, 400, 'InvalidPageToken')
  const key = (object: ForeignObject) => String(object[type.primaryKey])
  const sorted = type.objects.toSorted((a, b) => Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b))))
  const from = Number(at)
  const data = sorted.slice(from, from + size).map((object) => ({
    ...{ __apiName: name, __primaryKey: object[type.primaryKey] },
    ...Object.fromEntries(
      select.filter((property) => property in object).map((property) => [property, object[property]]),
    ),
  }))
  const more = from + size < sorted.length ? { nextPageToken: `era${server.era}-${from + size}` } : {}
  return send(reply, { data, totalCount: String(sorted.length), ...more })
}

function send(reply: ServerResponse, body: unknown): unknown {
  return reply.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

/** An error as the API has them; `secret` stands for what a server might let slip. */
export function fail(
  reply: ServerResponse,
  status: number,
  errorName: string,
  headers: Record<string, string> = {},
): unknown {
  reply.writeHead(status, { 'content-type': 'application/json', ...headers })
  return reply.end(
    JSON.stringify({ errorCode: 'X', errorName, errorInstanceId: 'x', parameters: { secret: 'Canaryhurst' } }),
  )
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString('utf8')
  return text === '' ? null : JSON.parse(text)
}
