import Fastify, { type FastifyReply } from 'fastify'
import { toHex } from '#kernel'
import type { MetricResult } from '#metrics'
import type { FdpNode, Log } from '#node'
import { httpErrors } from './errors.ts'
import { guard } from './guard.ts'
import { ledgerRoutes } from './ledger-files.ts'
import { metricsText } from './metrics-text.ts'
import { overviewPage } from './overview-page.ts'
import { logRequests } from './request-log.ts'

export interface ServeInput {
  readonly node: FdpNode
  /** Figures released when the day was run, to be shown with their ledger entries. */
  readonly released: readonly { readonly tenant: string; readonly result: MetricResult }[]
  readonly log: Log
}

export interface HttpServer {
  readonly url: string
  readonly token: string
  /** Takes no more requests; answers on their way are finished. */
  close(): Promise<void>
}

const bodyBytesMax = 1_000_000
const requestMsMax = 30_000

/** Starts listening; resolves with the address and the token to print. */
export async function serveHttp({ node, released, log }: ServeInput): Promise<HttpServer> {
  const { random } = node.adapters
  const token = toHex(random.bytes(24))
  const app = Fastify({
    ...{ logger: false, bodyLimit: bodyBytesMax, requestTimeout: requestMsMax, forceCloseConnections: 'idle' },
    genReqId: () => toHex(random.bytes(8)),
  })
  logRequests(app, log)
  guard(app, token)
  app.get('/health/live', async () => ({ status: 'pass' }))
  app.get('/health/ready', async (_request, reply) => readiness(node, reply))
  app.get('/metrics', async (_request, reply) => reply.type('text/plain; version=0.0.4').send(metricsText(node)))
  app.get('/', async (_request, reply) => reply.type('text/html; charset=utf-8').send(overviewPage(node, released)))
  app.get('/api/v1/access', async () =>
    [...node.tenants.values()].flatMap((tenant) =>
      tenant.accessNow().map((row) => ({ tenant: tenant.profile.id, ...row })),
    ),
  )
  ledgerRoutes(app, node)
  const { host, port } = node.config.http
  const url = await listen(app, host, port)
  return { url, token, close: () => app.close() }
}

async function listen(app: ReturnType<typeof Fastify>, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw httpErrors('FDP_HTTP_PORT', { port })
    throw error
  }
}

/** Ready when every tenant may be read; says which may not, and why, by code. */
async function readiness(node: FdpNode, reply: FastifyReply): Promise<FastifyReply> {
  const checks = Object.fromEntries(
    [...node.tenants.values()].map((tenant) => [tenant.profile.id, tenant.standstill()?.code ?? 'pass']),
  )
  const ready = Object.values(checks).every((outcome) => outcome === 'pass')
  return reply.status(ready ? 200 : 503).send({ status: ready ? 'pass' : 'fail', checks })
}
