import cookies from '@fastify/cookie'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { toHex } from '#kernel'
import type { MetricResult } from '#metrics'
import type { FdpNode, Log } from '#node'
import { subscriptionLimits, TemporaryObjectSets } from '#ontology'
import type { Identity } from '#ports'
import type { Product } from '#products'
import type { HttpContext } from './context.ts'
import { endpoints } from './endpoints.ts'
import { httpErrors } from './errors.ts'
import { GateSessions } from './gate-sessions.ts'
import { answerUnread, guard } from './guard.ts'
import { acceptEmptyJson } from './ontology/json-body.ts'
import { SubscriptionHub } from './ontology-subscriptions/subscription-hub.ts'
import { openApiOf } from './open-api.ts'
import { letIn } from './other-origins.ts'
import { PendingSignIns } from './pending.ts'
import { rateLimits } from './rates.ts'
import { logRequests } from './request-log.ts'
import { addRoutes, subjectOf } from './routes.ts'
import { Sessions } from './sessions.ts'
import { SignInRecord } from './sign-in-record.ts'
import { addSockets } from './sockets.ts'

export interface ServeInput {
  readonly node: FdpNode
  /** Figures released when the day was run; each is shown to the person to whom it was released, with its entry. */
  readonly released: readonly { readonly tenant: string; readonly result: MetricResult }[]
  /** Whose metrics are queries of the Ontology API. */
  readonly products: readonly Product[]
  readonly log: Log
  /** Certificate and key, PEM; null: TLS is a proxy's work, or there is none. */
  readonly tls?: { readonly cert: string; readonly key: string } | null
  /** Called once, with the address that browsers know this node by; null: nobody can sign in. */
  readonly openIdentity: (origin: string) => Promise<Identity | null>
}

export interface HttpServer {
  readonly url: string
  /** Takes no more requests; answers on their way are finished. */
  close(): Promise<void>
}

const bodyBytesMax = 1_000_000
const requestMsMax = 30_000

/** Starts listening; resolves with the address to print. */
export async function serveHttp({
  node,
  released,
  products,
  log,
  tls = null,
  openIdentity,
}: ServeInput): Promise<HttpServer> {
  const { random, clock } = node.adapters
  const { host, port, publicOrigin, requestsPerMinuteMax } = node.config.http
  const app = Fastify({
    // Primary keys stand in addresses of the Ontology API.
    routerOptions: { maxParamLength: 1_000 },
    ...{ logger: false, bodyLimit: bodyBytesMax, requestTimeout: requestMsMax, forceCloseConnections: 'idle' },
    // Only the proxy that the settings speak of may say who its client is.
    trustProxy: publicOrigin === '' || tls !== null ? false : 'loopback',
    ...(tls === null ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }),
    genReqId: () => toHex(random.bytes(8)),
    frameworkErrors: answerUnread,
  })
  const record = new SignInRecord(node)
  let context: HttpContext = {
    ...{ node, released, products, record, identity: null, origin: publicOrigin },
    subscriptions: new SubscriptionHub(log),
    ...{ sessions: new Sessions(clock, random), pending: new PendingSignIns(clock, random) },
    objectSets: new TemporaryObjectSets(clock, random),
    gateSessions: new GateSessions(),
  }
  // First, so that whatever refuses an upgrade also ends its connection.
  await addSockets(app, log, subscriptionLimits.messageBytesMax)
  logRequests(app, log)
  guard(app, publicOrigin)
  await letIn(app, node.config.ontology.origins)
  acceptEmptyJson(app)
  await app.register(cookies)
  await app.register(swagger, { openapi: openApiOf() })
  const rates = await rateLimits(app, { requestsPerMinuteMax }, subjectOf)
  addRoutes(app, endpoints, () => context, rates)
  const url = await listen(app, host, port)
  try {
    const origin = publicOrigin === '' ? url : publicOrigin
    context = { ...context, origin, identity: await openIdentity(origin) }
  } catch (error) {
    await app.close()
    throw error
  }
  return {
    url,
    async close() {
      await app.close()
      await context.gateSessions.close()
      await record.flush()
    },
  }
}

async function listen(app: ReturnType<typeof Fastify>, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw httpErrors('FDP_HTTP_PORT', { port })
    throw error
  }
}
