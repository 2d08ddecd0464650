import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { endpoint, media } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'

/** The paths that C2SP tlog-tiles makes public; entry openings and details are not among them. */
const tilePath = /^tile\/(entries|\d{1,2})\/(x\d{3}\/)*\d{3}(\.p\/\d{1,3})?$/

/** As monitors and witnesses read them (C2SP tlog-tiles): whoever wants to hold a tenant to its word needs no account. */
export const ledgerEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/ledgers/:tenant/checkpoint', auth: 'public', summary: 'The signed head of a ledger.' },
    response: media('text/plain; charset=utf-8'),
    handler: async ({ tenant: { ledger } }) => {
      await ledger.settle()
      return ledger.checkpoint()
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/ledgers/:tenant/tile/*', auth: 'public' },
    summary: 'Hashes and commitments of a ledger; no entry can be read from them.',
    params: { '*': Type.String({ maxLength: 200 }) },
    response: media('application/octet-stream'),
    handler: async ({ tenant, params }) => {
      const path = `tile/${params['*']}`
      if (!tilePath.test(path)) throw httpErrors('FDP_HTTP_NOT_FOUND')
      return await readFile(join(tenant.folder, 'ledger', path)).catch(() => {
        throw httpErrors('FDP_HTTP_NOT_FOUND')
      })
    },
  }),
]
