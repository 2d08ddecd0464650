import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FdpError } from '#kernel'
import { httpErrors } from './errors.ts'

const cookieName = 'fdp_token'
const openPaths = new Set(['/health/live', '/health/ready'])
const tokenPattern = /^[0-9a-f]{48}$/

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/**
 * Lets a request in that carries the token, by cookie or as a bearer; liveness and readiness need none. A visit with the
 * token in the address gets it as a cookie and is sent on to the address without it, so that it stays out of history,
 * screenshots and logs. A name other than this machine's own in the Host header is refused: a page elsewhere must not
 * reach us by a name that it points here (DNS rebinding).
 */
export function guard(app: FastifyInstance, token: string): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (!isOurName(request.headers.host)) throw httpErrors('FDP_HTTP_HOST')
    // Not by URL: that reads two slashes as the name of a host.
    const [path = '', query = ''] = request.url.split('?', 2)
    if (openPaths.has(path)) return
    const inAddress = new URLSearchParams(query).get('token')
    if (inAddress !== null) return await takeOutOfAddress(request, reply, inAddress, token, path)
    const given = [bearerOf(request), cookieOf(request)]
    if (!given.some((text) => text !== null && same(text, token))) throw httpErrors('FDP_HTTP_TOKEN')
  })
  app.setNotFoundHandler(() => {
    throw httpErrors('FDP_HTTP_NOT_FOUND')
  })
  app.setErrorHandler((error, request, reply) => {
    const known = error instanceof FdpError ? error : errorOfServer(error)
    return reply.status(known.status).send({ error: known.toJSON(), requestId: request.id })
  })
}

async function takeOutOfAddress(
  request: FastifyRequest,
  reply: FastifyReply,
  given: string,
  token: string,
  path: string,
): Promise<FastifyReply> {
  if (request.method !== 'GET' || !same(given, token)) throw httpErrors('FDP_HTTP_TOKEN')
  reply.header('set-cookie', `${cookieName}=${token}; HttpOnly; SameSite=Strict; Path=/`)
  // One slash at the front: two would name another host.
  return reply.redirect(`/${path.replace(/^\/+/, '')}`, 303)
}

/** What the server itself refuses (a body too large, an address it cannot read) is the sender's mistake; the rest is ours. */
function errorOfServer(error: unknown): FdpError {
  const status = (error as { statusCode?: number }).statusCode
  return status !== undefined && status >= 400 && status < 500
    ? httpErrors('FDP_HTTP_REQUEST')
    : httpErrors('FDP_HTTP_FAULT')
}

function isOurName(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}

function same(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

function bearerOf(request: FastifyRequest): string | null {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}

function cookieOf(request: FastifyRequest): string | null {
  const pairs = (request.headers.cookie ?? '').split(/; */).map((pair) => pair.split('='))
  const value = pairs.find(([name]) => name === cookieName)?.[1] ?? ''
  return tokenPattern.test(value) ? value : null
}
