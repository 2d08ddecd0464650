import { endpoint, media } from '../endpoint.ts'
import { overviewPage } from '../overview-page.ts'

export const pageEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/', auth: 'person', page: true },
    summary: 'The first page: tenants, who can see what, and the figures that were released to this person.',
    response: media('text/html; charset=utf-8'),
    handler: ({ context, caller }) => overviewPage(context, caller),
  }),
]
