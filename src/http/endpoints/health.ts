import { Type } from '@sinclair/typebox'
import { endpoint, media, shape } from '../endpoint.ts'
import { metricsText } from '../metrics-text.ts'

const readiness = shape({
  status: Type.String({ description: '`pass` or `fail`.' }),
  checks: Type.Record(Type.String(), Type.String(), {
    description: '`pass`, or the code of what is wrong, by tenant.',
  }),
})

export const healthEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/health/live', auth: 'public', summary: 'Whether the process answers.' },
    response: shape({ status: Type.String() }),
    handler: () => ({ status: 'pass' }),
  }),
  endpoint({
    ...{ method: 'GET', path: '/health/ready', auth: 'public', summary: 'Whether every tenant may be read.' },
    response: readiness,
    others: { 503: readiness },
    handler: ({ context: { node }, reply }) => {
      const checks = Object.fromEntries(
        [...node.tenants.values()].map((tenant) => [tenant.profile.id, tenant.standstill()?.code ?? 'pass']),
      )
      const ready = Object.values(checks).every((outcome) => outcome === 'pass')
      reply.status(ready ? 200 : 503)
      return { status: ready ? 'pass' : 'fail', checks }
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/metrics', auth: 'either', summary: 'Figures about the process, as Prometheus text.' },
    response: media('text/plain; version=0.0.4'),
    handler: ({ context }) => metricsText(context),
  }),
  endpoint({
    ...{ method: 'GET', path: '/openapi.json', auth: 'public', summary: 'This description.' },
    response: media('application/json; charset=utf-8'),
    handler: ({ request }) => JSON.stringify(request.server.swagger()),
  }),
]
