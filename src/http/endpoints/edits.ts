import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { EditLine } from '#gate'
import type { Tenant } from '#node'
import type { Caller } from '../endpoint.ts'
import { endpoint, shape } from '../endpoint.ts'

const text = Type.String()
const orNull = Type.Union([text, Type.Null()])
const reason = Type.String({ minLength: 1, maxLength: 2_000 })
const receipt = shape({ entry: Type.Integer() })

/** What actions edited and the source systems do not have yet, as far as the caller may see the rows. */
export const editEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/edits', auth: 'either' },
    summary: 'Open edits of rows that the caller may see, with key and values; looking is a read like any other.',
    response: Type.Array(
      shape({
        ...{ id: text, object: text, kind: text, action: text, state: text, overdue: Type.Boolean() },
        ...{ at: text, by: text, owner: text, due: text, counted: Type.Boolean(), undo: Type.Boolean() },
        primaryKey: orNull,
        values: Type.Record(text, shape({ before: orNull, after: orNull })),
      }),
    ),
    handler: async ({ tenant, caller, request }): Promise<EditLine[]> => {
      const because = justificationOf(request)
      await using session = await opened(tenant, caller, because)
      return [...(await session.edits(because))]
    },
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/edits/:edit/decision', auth: 'either' },
    summary: 'Keeps an edit though its source says otherwise, or withdraws it; an entry with the reason.',
    params: { edit: Type.String({ pattern: '^[0-9]{1,15}\\.[0-9]{1,5}$' }) },
    body: shape({ decision: Type.Union([Type.Literal('keep'), Type.Literal('withdraw')]), reason }),
    response: receipt,
    handler: async ({ tenant, caller, params: { edit }, body }) => {
      await using session = await opened(tenant, caller, body.reason)
      return { entry: await session.decideEdit(edit, body.decision, body.reason) }
    },
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/actions/:entry/undo', auth: 'either' },
    summary: 'Takes back everything that one application of an action edited, where the action lets it.',
    params: { entry: Type.String({ pattern: '^[0-9]{1,15}$' }) },
    body: shape({ reason }),
    response: receipt,
    handler: async ({ tenant, caller, params, body }) => {
      await using session = await opened(tenant, caller, body.reason)
      return { entry: await session.undo(Number(params.entry), body.reason) }
    },
  }),
]

function opened(tenant: Tenant, caller: Caller, because: string | undefined) {
  return tenant.gate.open({
    ...{ subject: caller.subject, purpose: caller.purposeAt(tenant) },
    ...(because === undefined ? {} : { justification: because }),
  })
}

/** Percent-encoded, since a header holds no other letters than those of ASCII. */
function justificationOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['fdp-justification']
  if (typeof given !== 'string') return undefined
  try {
    return decodeURIComponent(given)
  } catch {
    return given
  }
}
