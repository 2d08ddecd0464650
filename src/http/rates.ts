import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { httpErrors } from './errors.ts'

export interface Rates {
  readonly requestsPerMinuteMax: number
}

type Look = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

export interface RateLimits {
  /** By client address, before anything is looked at; sign-ins have a tenth of their own. */
  readonly byAddress: Look
  /** By whoever was proved to call. */
  readonly bySubject: Look
}

const windowMs = 60_000

/** FDP_HTTP_RATE with `Retry-After` beyond the rate. Counted in memory, for each node alone. */
export async function rateLimits(
  app: FastifyInstance,
  { requestsPerMinuteMax: max }: Rates,
  subjectOf: (request: FastifyRequest) => string,
): Promise<RateLimits> {
  await app.register(rateLimit, { global: false, timeWindow: windowMs })
  const addresses = app.createRateLimit({ max, keyGenerator: (request) => request.ip })
  const signIns = app.createRateLimit({ max: Math.ceil(max / 10), keyGenerator: (request) => `sign-in ${request.ip}` })
  const subjects = app.createRateLimit({ max, keyGenerator: (request) => `subject ${subjectOf(request)}` })
  const look = async (limit: typeof addresses, request: FastifyRequest, reply: FastifyReply) => {
    const seen = await limit(request)
    if (seen.isAllowed || !seen.isExceeded) return
    reply.header('retry-after', seen.ttlInSeconds)
    throw httpErrors('FDP_HTTP_RATE', { seconds: seen.ttlInSeconds })
  }
  return {
    byAddress: async (request, reply) => {
      await look(addresses, request, reply)
      if (request.url.startsWith('/sign-in')) await look(signIns, request, reply)
    },
    bySubject: (request, reply) => look(subjects, request, reply),
  }
}
