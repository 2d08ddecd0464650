import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Instant, JsonObject } from '#kernel'
import { type Resources, type ResourceType, resourceTypes } from './tell-fhir.ts'

const pageSizeMax = 1_000
const jobsMax = 20

export interface HospitalFhir extends AsyncDisposable {
  /** The base address. */
  readonly url: string
}

interface Job {
  readonly types: readonly ResourceType[]
  readonly resources: Resources
  readonly at: Instant
  polls: number
}

/**
 * A server of FHIR R4 on this machine: searches of a whole type, page after page, and exports of Bulk Data, as things are
 * when they are asked for. A parameter that it does not know is refused.
 */
export async function serveFhir(
  port: number,
  now: () => Instant,
  held: (at: Instant) => Resources,
): Promise<HospitalFhir> {
  const jobs = new Map<string, Job>()
  let begun = 0
  /** Pages of one search are of one moment. */
  const states = new Map<Instant, Resources>()

  const server = createServer((request, reply) => {
    const url = new URL(request.url ?? '/', origin)
    const [, base, name = '', rest = '', more] = url.pathname.split('/')
    if (base !== 'fhir' || more !== undefined) return refuse(reply, 404)
    if (request.method === 'DELETE' && name === 'jobs') {
      jobs.delete(rest)
      return reply.writeHead(202).end()
    }
    if (request.method !== 'GET') return refuse(reply, 405)
    if (name === '$export') return begin(url, reply)
    if (name === 'jobs') return status(rest, reply)
    if (name.startsWith('file-')) return file(name.slice(5), rest, reply)
    if (rest === '' && isType(name)) return page(name, url, reply)
    return refuse(reply, 404)
  })

  function stateAt(at: Instant): Resources {
    let state = states.get(at)
    if (!state) {
      states.clear()
      states.set(at, (state = held(at)))
    }
    return state
  }

  function page(type: ResourceType, url: URL, reply: ServerResponse): unknown {
    const known = ['_count', 'at', 'from']
    if ([...url.searchParams.keys()].some((key) => !known.includes(key))) return refuse(reply, 400)
    const count = Math.min(Number(url.searchParams.get('_count') ?? 50), pageSizeMax)
    const from = Number(url.searchParams.get('from') ?? 0)
    if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(from) || from < 0) return refuse(reply, 400)
    const at = (url.searchParams.get('at') as Instant | null) ?? now()
    const all = stateAt(at)[type]
    const next = new URL(url)
    next.searchParams.set('at', at)
    next.searchParams.set('from', String(from + count))
    const link = [{ relation: 'self', url: url.href }]
    if (from + count < all.length) link.push({ relation: 'next', url: next.href })
    const entry = all.slice(from, from + count).map((resource) => ({
      ...{ fullUrl: `${origin}/fhir/${type}/${String(resource.id)}`, resource, search: { mode: 'match' } },
    }))
    return say(reply, { resourceType: 'Bundle', type: 'searchset', total: all.length, link, entry })
  }

  function begin(url: URL, reply: ServerResponse): unknown {
    const types = url.searchParams.get('_type')?.split(',') ?? [...resourceTypes]
    const isKnown = [...url.searchParams.keys()].every((key) => key === '_type' || key === '_outputFormat')
    if (!isKnown || !types.every(isType) || jobs.size >= jobsMax) return refuse(reply, jobs.size >= jobsMax ? 429 : 400)
    const at = now()
    const job = String(++begun)
    jobs.set(job, { types, resources: stateAt(at), at, polls: 0 })
    return reply.writeHead(202, { 'content-location': `${origin}/fhir/jobs/${job}` }).end()
  }

  /** Not there at once, as in life. */
  function status(id: string, reply: ServerResponse): unknown {
    const job = jobs.get(id)
    if (!job) return refuse(reply, 404)
    if (job.polls++ === 0) return reply.writeHead(202, { 'retry-after': '1' }).end()
    const output = job.types.map((type) => ({
      ...{ type, url: `${origin}/fhir/file-${id}/${type}`, count: job.resources[type].length },
    }))
    const about = { transactionTime: job.at, request: `${origin}/fhir/$export`, requiresAccessToken: false }
    return say(reply, { ...about, output, error: [] }, 'application/json')
  }

  function file(id: string, type: string, reply: ServerResponse): unknown {
    const job = jobs.get(id)
    if (!job || !isType(type) || !job.types.includes(type)) return refuse(reply, 404)
    const body = Buffer.from(job.resources[type].map((resource) => `${JSON.stringify(resource)}\n`).join(''))
    return reply.writeHead(200, { 'content-type': 'application/fhir+ndjson', 'content-length': body.length }).end(body)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/fhir`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isType(name: string): name is ResourceType {
  return (resourceTypes as readonly string[]).includes(name)
}

function say(reply: ServerResponse, body: JsonObject, type = 'application/fhir+json'): unknown {
  return reply.writeHead(200, { 'content-type': type }).end(JSON.stringify(body))
}

function refuse(reply: ServerResponse, status: number): unknown {
  const issue = [{ severity: 'error', code: status === 404 ? 'not-found' : 'not-supported' }]
  const body = JSON.stringify({ resourceType: 'OperationOutcome', issue })
  return reply.writeHead(status, { 'content-type': 'application/fhir+json' }).end(body)
}
