import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { FdpNode } from '#node'
import { httpErrors } from './errors.ts'

/** The paths that C2SP tlog-tiles makes public; entry openings and details are not among them. */
const tilePath = /^tile\/(entries|\d{1,2})\/(x\d{3}\/)*\d{3}(\.p\/\d{1,3})?$/

/** `/ledgers/{tenant}/checkpoint` and `/ledgers/{tenant}/tile/…`, as monitors and witnesses read them (C2SP tlog-tiles). */
export function ledgerRoutes(app: FastifyInstance, node: FdpNode): void {
  app.get<{ Params: { tenant: string } }>('/ledgers/:tenant/checkpoint', async (request, reply) => {
    const { ledger } = tenantOf(node, request.params.tenant)
    await ledger.settle()
    return reply.type('text/plain; charset=utf-8').send(ledger.checkpoint())
  })
  app.get<{ Params: { tenant: string; '*': string } }>('/ledgers/:tenant/tile/*', async (request, reply) => {
    const tenant = tenantOf(node, request.params.tenant)
    const path = `tile/${request.params['*']}`
    if (!tilePath.test(path)) throw httpErrors('FDP_HTTP_NOT_FOUND')
    const bytes = await readFile(join(tenant.folder, 'ledger', path)).catch(() => {
      throw httpErrors('FDP_HTTP_NOT_FOUND')
    })
    return reply.type('application/octet-stream').send(bytes)
  })
}

function tenantOf(node: FdpNode, id: string) {
  const tenant = node.tenants.get(id)
  if (!tenant) throw httpErrors('FDP_HTTP_NOT_FOUND')
  return tenant
}
