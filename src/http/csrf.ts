import type { FastifyRequest } from 'fastify'
import type { HttpContext } from './context.ts'
import { httpErrors } from './errors.ts'
import { type Session, sameSecret } from './sessions.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])
export const formType = 'application/x-www-form-urlencoded'

/**
 * A request that may change something and rests on a cookie: the browser must say that a page of this origin sent it, by
 * `Origin`, or where that is missing by `Sec-Fetch-Site` (Fetch Metadata); where both are there, by both. Then it must hold
 * the session's own secret, which `checkSecret` looks for. FDP_HTTP_CSRF otherwise.
 */
export function checkCsrf(context: HttpContext, request: FastifyRequest, session: Session): void {
  if (safeMethods.has(request.method)) return
  const site = request.headers['sec-fetch-site']
  // Pages that send no referrer send `null` for their origin in forms: as good as nothing.
  const origin = request.headers.origin === 'null' ? undefined : request.headers.origin
  const sameOrigin =
    (origin !== undefined || site !== undefined) &&
    (origin === undefined || origin === ownOrigin(context, request)) &&
    (site === undefined || site === 'same-origin')
  if (!sameOrigin) throw httpErrors('FDP_HTTP_CSRF')
  if (!isForm(request)) checkSecret(request.headers['x-fdp-csrf'], session)
}

/**
 * A browser says of each websocket which page opens it: one of another origin must not, whatever it can show, but for
 * those whose pages the settings let call the Ontology API.
 */
export function checkSocketOrigin(context: HttpContext, request: FastifyRequest): void {
  const { origin } = request.headers
  const others = context.node.config.ontology.origins
  if (origin === undefined || origin === ownOrigin(context, request) || others.includes(origin)) return
  throw httpErrors('FDP_HTTP_CSRF')
}

/** A form cannot send headers: its secret is in its body, which is read only after all the rest was found good. */
export function checkFormSecret(request: FastifyRequest, session: Session): void {
  if (safeMethods.has(request.method) || !isForm(request)) return
  checkSecret((request.body as { readonly csrf?: unknown } | undefined)?.csrf, session)
}

export function isForm(request: FastifyRequest): boolean {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() === formType
}

function checkSecret(given: unknown, session: Session): void {
  if (typeof given !== 'string' || !sameSecret(given, session.csrf)) throw httpErrors('FDP_HTTP_CSRF')
}

/** The Host header was held against our own names before. */
function ownOrigin({ origin }: HttpContext, { headers: { host } }: FastifyRequest): string {
  return host === new URL(origin).host ? origin : `http://${host}`
}
