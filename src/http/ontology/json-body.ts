import type { FastifyInstance } from 'fastify'
import { isOntologyApi } from './wire-error.ts'

/** The client says `application/json` of every request, of those without a body too. */
export function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '' && isOntologyApi(request.url)) return done(null, undefined)
    return parse(request, body as string, done)
  })
}
