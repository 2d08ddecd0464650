import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type PublicBook, publicBook } from '#node'
import { changeFeed, changesOf } from '../change-feed.ts'
import { endpoint, media, shape } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'
import { publicIndex } from '../public-index.ts'
import { publicPage } from '../public-page/public-page.ts'

const json = media('application/json; charset=utf-8')
const html = media('text/html; charset=utf-8')
const since = shape({
  since: Type.Optional(
    Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER, description: 'Entries after this one.' }),
  ),
})

/** Texts as last made, so that many readers cost no more than one. */
const texts = new WeakMap<PublicBook, Map<string, string>>()

function textOf(book: PublicBook, what: string, make: () => string): string {
  const known = texts.get(book) ?? new Map<string, string>()
  texts.set(book, known)
  const text = known.get(what) ?? make()
  known.set(what, text)
  return text
}

/** Anybody may keep it and has to ask whether it still holds; a page elsewhere may read it. */
function answer(request: FastifyRequest, reply: FastifyReply, etag: string, modified: string, make: () => string) {
  reply.headers({
    'cache-control': 'public, no-cache',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    etag,
    'last-modified': new Date(modified).toUTCString(),
  })
  const asked = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? []
  return asked.includes(etag) ? reply.status(304).send() : reply.send(make())
}

export const publicEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/public', auth: 'public' },
    summary: 'The public pages of this node, one for each tenant.',
    response: html,
    handler: ({ context }) => publicIndex([...context.node.tenants.values()]),
  }),
  endpoint({
    ...{ method: 'GET', path: '/public/transparency', auth: 'public' },
    summary: 'The tenants of this node and where their transparency documents are.',
    response: Type.Array(
      shape({
        ...{ tenant: Type.String(), name: Type.String(), document: Type.String(), changes: Type.String() },
        ...{ feed: Type.String(), page: Type.String() },
      }),
    ),
    handler: ({ context }) =>
      [...context.node.tenants.values()].map(({ profile: { id, name } }) => ({
        ...{ tenant: id, name, document: `/public/transparency/${id}` },
        ...{ changes: `/public/transparency/${id}/changes`, feed: `/public/transparency/${id}/feed.json` },
        page: `/public/${id}`,
      })),
  }),
  endpoint({
    ...{ method: 'GET', path: '/public/transparency/:tenant', auth: 'public' },
    summary: 'Everything that the public is told of a tenant, drawn from its ledger (spec/transparency.md).',
    response: json,
    handler: async ({ context, tenant, request, reply }) => {
      const book = await publicBook(tenant, context.node.adapters.clock)
      const make = () => textOf(book, 'document', () => JSON.stringify(book.document))
      return answer(request, reply, book.etag, book.drawnAt, make)
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/public/transparency/:tenant/changes', auth: 'public' },
    summary: 'Every public change after an entry of the ledger, in order, a page at a time.',
    query: since,
    response: json,
    handler: async ({ context, tenant, query, request, reply }) => {
      const book = await publicBook(tenant, context.node.adapters.clock)
      const page = changesOf(book, query.since ?? -1)
      return answer(request, reply, `"${book.record.lastChange}"`, page.modified, () => JSON.stringify(page.body))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/public/transparency/:tenant/feed.json', auth: 'public' },
    summary: 'The latest public changes as JSON Feed 1.1, newest first.',
    response: media('application/feed+json; charset=utf-8'),
    handler: async ({ context, tenant, request, reply }) => {
      const book = await publicBook(tenant, context.node.adapters.clock)
      const make = () => textOf(book, 'feed', () => JSON.stringify(changeFeed(book, context.origin)))
      return answer(request, reply, `"${book.record.lastChange}"`, book.drawnAt, make)
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/public/transparency/:tenant/changes/:entry/proof', auth: 'public' },
    summary: 'That the entry of a public change stands at its place under the signed head; its text is withheld.',
    params: { entry: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) },
    response: json,
    handler: async ({ context, tenant, params }) => {
      const { record } = await publicBook(tenant, context.node.adapters.clock)
      const entry = Number(params.entry)
      if (!record.isChange(entry)) throw httpErrors('FDP_HTTP_NOT_FOUND')
      return JSON.stringify({ ...(await tenant.ledger.entryProof(entry)), opening: null })
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/public/:tenant', auth: 'public' },
    summary: 'The public page of a tenant: who can see what, why, until when, and what changed.',
    response: html,
    handler: async ({ context, tenant, request, reply }) => {
      const book = await publicBook(tenant, context.node.adapters.clock)
      return answer(request, reply, book.etag, book.drawnAt, () => textOf(book, 'page', () => publicPage(book)))
    },
  }),
]
