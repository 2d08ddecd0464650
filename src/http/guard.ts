import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { FdpError } from '#kernel'
import { errorPage } from './error-page.ts'
import { httpErrors } from './errors.ts'
import { isOntologyApi, wireErrorOf } from './ontology/wire-error.ts'
import { isScim, scimError, scimType } from './scim-form.ts'

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

/**
 * What holds for every answer. A name other than our own in the Host header is refused: a page elsewhere must not reach
 * us by a name that it points here (DNS rebinding). Errors have one form, and repeat nothing that was sent.
 */
export function guard(app: FastifyInstance, publicOrigin: string): void {
  const publicHost = publicOrigin === '' ? null : new URL(publicOrigin).host
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (publicHost !== null) reply.header('strict-transport-security', 'max-age=31536000')
    const { host } = request.headers
    if (host !== publicHost && !isThisMachine(host)) throw httpErrors('FDP_HTTP_HOST')
  })
  app.setNotFoundHandler(() => {
    throw httpErrors('FDP_HTTP_NOT_FOUND')
  })
  app.setErrorHandler(answerError)
}

/** An address that the server cannot read never comes to the hooks: it is answered in the same form all the same. */
export function answerUnread(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  answerError(error, request, reply.headers(securityHeaders))
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof FdpError ? error : errorOfServer(error)
  reply.status(known.status)
  if (isOntologyApi(request.url)) {
    const { status, body } = wireErrorOf(known, request, (error as { statusCode?: number }).statusCode)
    return reply.status(status).type('application/json; charset=utf-8').send(body)
  }
  if (isScim(request.url)) return reply.type(scimType).send(bodyOf(known, request, scimError(known)))
  if (wantsPage(request)) return reply.type('text/html; charset=utf-8').send(errorPage(known, request.id))
  return reply.type('application/json; charset=utf-8').send(bodyOf(known, request))
}

/** A browser on its way from page to page; the API answers in its own form whoever asks. */
export function wantsPage({ headers, url }: FastifyRequest): boolean {
  return (headers.accept ?? '').includes('text/html') && !url.startsWith('/api/') && !isScim(url) && !isOntologyApi(url)
}

/** Already as text, so that no schema of an endpoint cuts it. */
function bodyOf({ code, message, help }: FdpError, request: FastifyRequest, more: object = {}): string {
  return JSON.stringify({ ...more, error: { code, message, help }, requestId: request.id })
}

/** What the server itself refuses (a body too large, an address it cannot read) is the sender's mistake; the rest is ours. */
function errorOfServer(error: unknown): FdpError {
  const status = (error as { statusCode?: number }).statusCode
  return status !== undefined && status >= 400 && status < 500
    ? httpErrors('FDP_HTTP_REQUEST')
    : httpErrors('FDP_HTTP_FAULT')
}

function isThisMachine(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}
