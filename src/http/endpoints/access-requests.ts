import { Type } from '@sinclair/typebox'
import {
  approveGrant,
  approveRequest,
  declineRequest,
  definitionOf,
  type GrantInput,
  IdSchema,
  RequestFormSchema,
  RowScopeSchema,
  requestOf,
  sightOf,
  sign,
  type WaitingRequest,
  waitingRequests,
} from '#governance'
import type { Receipt } from '#ledger'
import { appendInTurn } from '#node'
import { endpoint, shape } from '../endpoint.ts'
import { bodyOf, receiptShape } from './governance-events.ts'

const asked = 'governance.access-requested'
const granted = 'governance.grant-approved'
const text = Type.String()
const texts = Type.Array(text)
const item = Type.Integer({ minimum: 0 })
const idParam = { id: IdSchema }

const requestShape = shape({
  ...{ id: text, by: text, at: text, purpose: text, from: text, until: text, reason: text },
  holder: Type.Union([shape({ person: text }), shape({ team: text, role: text })]),
  dpia: shape({ id: text, version: Type.Integer(), sha256: text }),
  waiting: Type.Array(shape({ item, object: text, columns: texts, level: text, rows: RowScopeSchema })),
  forMe: Type.Boolean({ description: 'Whether the caller may decide about it, as far as duties and lines go.' }),
  unions: Type.Array(
    shape({
      ...{ person: text, now: texts, after: texts },
      of: Type.Integer({ description: 'Data sets of this tenant.' }),
      share: Type.Number({ description: 'Of them, the part that the person would then see rows of, from 0 to 1.' }),
    }),
  ),
})

function shownRequest({ request, waiting, unions, forMe }: WaitingRequest) {
  return {
    ...request,
    forMe,
    waiting: waiting.map((i) => ({ item: i, ...request.items[i]! })),
    unions: unions.map((union) => ({ ...union, share: union.of === 0 ? 0 : union.after.length / union.of })),
  }
}

const shownReceipt = ({ index, time }: Receipt) => ({ entry: index as number, time })

const { from, columns, ...grantFields } = bodyOf(definitionOf(granted).schema).properties
const grantBody = shape({
  ...grantFields,
  from: Type.Optional(from!),
  columns: Type.Union([Type.Literal('all-at-level'), columns!]),
})

/** Asking for access, and deciding about it: one form, each decision an event of its own. */
export const accessRequestEndpoints = [
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/access/requests', auth: 'either' },
    summary: 'Asks for access to a data set, several, or a family on one form; it opens nothing.',
    body: RequestFormSchema,
    response: shape({ ...receiptShape.properties, id: text, objects: texts }),
    handler: async ({ tenant, caller, body }) => {
      let objects: string[] = []
      const [receipt] = await appendInTurn(
        tenant,
        (state, at) => {
          const input = requestOf(state, body, caller.subject, at)
          objects = input.items.map(({ object }) => object)
          return sign(state, asked, input, at)
        },
        { by: caller.subject, type: asked },
      )
      return { ...shownReceipt(receipt!), id: body.id, objects }
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/requests', auth: 'either' },
    summary:
      'The requests that wait: the caller’s own, and all for whoever oversees, each with what it would add up to.',
    response: Type.Array(requestShape),
    handler: ({ tenant, caller, at }) => {
      const state = tenant.governance.state()
      return waitingRequests(state, sightOf(state, caller.subject, at), at).map(shownRequest)
    },
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/access/requests/:id/approve', auth: 'either' },
    summary: 'Approves the items of a request in one go, all or none; each becomes a grant and an entry of its own.',
    params: idParam,
    body: shape({ items: Type.Optional(Type.Array(item, { minItems: 1, maxItems: 100 })) }),
    response: shape({ receipts: Type.Array(receiptShape) }),
    handler: async ({ tenant, caller, params, body: { items } }) => {
      const approval = { by: caller.subject, request: params.id, ...(items ? { items } : {}) }
      const receipts = await appendInTurn(
        tenant,
        (state, at, policies) => [...approveRequest(state, approval, at, policies)],
        { by: caller.subject, type: granted },
      )
      return { receipts: receipts.map(shownReceipt) }
    },
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/access/requests/:id/decline', auth: 'either' },
    summary: 'Declines items of a request, or withdraws them as the one who asked; all that wait if none are named.',
    params: idParam,
    body: shape({
      items: Type.Optional(Type.Array(item, { minItems: 1, maxItems: 100 })),
      reason: Type.String({ minLength: 1, maxLength: 4_000 }),
    }),
    response: shape({ receipts: Type.Array(receiptShape) }),
    handler: async ({ tenant, caller, params, body: { items, reason } }) => {
      const refusal = { by: caller.subject, request: params.id, reason, ...(items ? { items } : {}) }
      const receipts = await appendInTurn(tenant, (state, at) => [...declineRequest(state, refusal, at)], {
        by: caller.subject,
        type: 'governance.access-declined',
      })
      return { receipts: receipts.map(shownReceipt) }
    },
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/access/grants', auth: 'either' },
    summary: 'Approves a grant that nobody asked for on a form, as an approver; from now on if no beginning is given.',
    body: grantBody,
    response: receiptShape,
    handler: async ({ tenant, caller, body }) => {
      const [receipt] = await appendInTurn(
        tenant,
        (state, at, policies) =>
          approveGrant(state, { from: at, ...body, by: caller.subject } as unknown as GrantInput, at, policies),
        { by: caller.subject, type: granted },
      )
      return shownReceipt(receipt!)
    },
  }),
]
