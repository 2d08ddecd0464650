import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { isOntologyApi } from './ontology/wire-error.ts'

const preflightSeconds = 600

/**
 * Lets pages of the sites that the settings name call the Ontology API from a browser, with a bearer token and never with
 * a cookie. Everything else, and every other site, is answered to pages of this node alone.
 */
export async function letIn(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return
  await app.register(cors, {
    delegator: (request, done) =>
      done(null, {
        origin: isOntologyApi(request.url ?? '') ? [...origins] : false,
        ...{ credentials: false, methods: ['GET', 'POST'], maxAge: preflightSeconds },
        allowedHeaders: ['authorization', 'content-type', 'fetch-user-agent', 'fdp-level', 'fdp-justification'],
      }),
  })
}
