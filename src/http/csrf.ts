import type { FastifyRequest } from 'fastify'
import { httpErrors } from './errors.ts'
import { type Session, sameSecret } from './sessions.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A request that may change something and rests on a cookie must hold the session's own secret in a header, and the
 * browser must say that a page of this origin sent it: by `Origin`, or where that is missing by `Sec-Fetch-Site`
 * (Fetch Metadata). Both where both are there. FDP_HTTP_CSRF otherwise.
 */
export function checkCsrf(request: FastifyRequest, session: Session): void {
  if (safeMethods.has(request.method)) return
  const given = request.headers['x-fdp-csrf']
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  const sameOrigin =
    (origin !== undefined || site !== undefined) &&
    (origin === undefined || origin === ownOrigin(request)) &&
    (site === undefined || site === 'same-origin')
  if (!sameOrigin || typeof given !== 'string' || !sameSecret(given, session.csrf)) throw httpErrors('FDP_HTTP_CSRF')
}

/** The Host header was held against our own names before. */
function ownOrigin(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host}`
}
