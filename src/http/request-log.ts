import type { FastifyInstance } from 'fastify'
import { FdpError } from '#kernel'
import { faultOf, type Log } from '#node'

/**
 * One line a request, in OpenTelemetry's names. The route is the pattern, never the address: that may hold whatever
 * somebody typed.
 */
export function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', async (request, reply) => {
    log.info(
      {
        'http.request.method': request.method,
        'http.route': request.routeOptions.url ?? 'none',
        'http.response.status_code': reply.statusCode,
        'http.server.request.duration': Math.round(reply.elapsedTime) / 1_000,
        'request.id': request.id,
      },
      'request',
    )
  })
  app.addHook('onError', async (request, _reply, error) => {
    if (error instanceof FdpError) return
    const { kind, at } = faultOf(error)
    log.error({ 'error.type': kind, 'code.stacktrace': at.join('\n'), 'request.id': request.id }, 'fault')
  })
}
