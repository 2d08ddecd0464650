import { createHash, timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { FdpError, toHex } from '#kernel'
import type { MetricResult } from '#metrics'
import type { FdpNode } from '#node'
import { httpErrors } from './errors.ts'
import { ledgerRoutes } from './ledger-files.ts'
import { metricsText } from './metrics-text.ts'
import { overviewPage } from './overview-page.ts'

export interface ServeInput {
  readonly node: FdpNode
  /** Figures released when the day was run, to be shown with their ledger entries. */
  readonly released: readonly { readonly tenant: string; readonly result: MetricResult }[]
}

export interface HttpServer {
  readonly url: string
  readonly token: string
  close(): Promise<void>
}

const cookieName = 'fdp_token'
const openPaths = new Set(['/health/live', '/health/ready'])

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/** Starts listening; resolves with the address and the token to print. */
export async function serveHttp({ node, released }: ServeInput): Promise<HttpServer> {
  const token = toHex(node.adapters.random.bytes(24))
  const app = Fastify({ logger: false, bodyLimit: 1_000_000, requestTimeout: 30_000 })
  guard(app, token)
  app.get('/health/live', async () => ({ status: 'pass' }))
  app.get('/health/ready', async (_request, reply) => readiness(node, reply))
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(metricsText(node)))
  app.get('/', async (request, reply) => {
    if (new URL(request.url, 'http://localhost').searchParams.has('token')) return reply.redirect('/', 303)
    return reply.type('text/html; charset=utf-8').send(overviewPage(node, released))
  })
  app.get('/api/v1/access', async () =>
    [...node.tenants.values()].flatMap((tenant) =>
      tenant.accessNow().map((row) => ({ tenant: tenant.profile.id, ...row })),
    ),
  )
  ledgerRoutes(app, node)
  const { host, port } = node.config.http
  const url = await app.listen({ host, port })
  return { url, token, close: () => app.close() }
}

function guard(app: FastifyInstance, token: string): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    const { pathname, searchParams } = new URL(request.url, 'http://localhost')
    if (openPaths.has(pathname)) return
    const inQuery = searchParams.get('token')
    // The token moves from the address into a cookie at once, so that it stays out of history and screenshots.
    if (inQuery !== null && same(inQuery, token)) {
      reply.header('set-cookie', `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/`)
      return
    }
    if (![bearerOf(request), cookieOf(request)].some((given) => given !== null && same(given, token))) {
      throw httpErrors('FDP_HTTP_TOKEN')
    }
  })
  app.setNotFoundHandler(() => {
    throw httpErrors('FDP_HTTP_NOT_FOUND')
  })
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof FdpError ? error : httpErrors('FDP_HTTP_FAULT')
    return reply.status(known.status).send({ error: known.toJSON() })
  })
}

function same(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null
}

function cookieOf(request: FastifyRequest): string | null {
  return new RegExp(`(?:^|; )${cookieName}=([0-9a-f]+)`).exec(request.headers.cookie ?? '')?.[1] ?? null
}

/** Ready when every tenant may be read; says which may not, and why, by code. */
async function readiness(node: FdpNode, reply: FastifyReply): Promise<FastifyReply> {
  const checks = Object.fromEntries(
    [...node.tenants.values()].map((tenant) => [tenant.profile.id, tenant.standstill()?.code ?? 'pass']),
  )
  const ready = Object.values(checks).every((outcome) => outcome === 'pass')
  return reply.status(ready ? 200 : 503).send({ status: ready ? 'pass' : 'fail', checks })
}
