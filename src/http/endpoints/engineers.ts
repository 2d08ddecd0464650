import { Type } from '@sinclair/typebox'
import { ContractRefSchema, IdSchema, PurposeIdSchema, SubjectIdSchema, TermSchema } from '#governance'
import { latestColumnProfile, type OneRow, openingMinutesMax, openRow } from '#node'
import { endpoint, media, shape } from '../endpoint.ts'

const text = Type.String()

/** What an engineer gets without a grant, and the one row that a witness shows them where that is not enough. */
export const engineerEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/profiles/:object', auth: 'either' },
    summary: 'The latest published profile of a data set’s columns, after disclosure control; it needs no grant.',
    params: { object: TermSchema },
    response: media('application/json'),
    handler: async ({ tenant, caller, params: { object } }) =>
      JSON.stringify(await latestColumnProfile(tenant, caller.subject, object)),
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/row-openings', auth: 'person' },
    summary: 'Opens one record to an engineer for an hour at most, as the witness who looks on.',
    body: shape({
      ...{ engineer: SubjectIdSchema, purpose: PurposeIdSchema, object: TermSchema, dpia: IdSchema },
      record: Type.Union([
        shape({ controller: Type.String({ pattern: '^[A-Z0-9]{2,10}$' }), id: Type.String({ maxLength: 200 }) }),
        shape({ submission: Type.String({ maxLength: 200 }), row: Type.Integer({ minimum: 0 }) }),
      ]),
      reason: Type.String({ minLength: 1, maxLength: 2_000 }),
      contract: Type.Optional(ContractRefSchema),
      columns: Type.Optional(Type.Array(TermSchema, { minItems: 1, maxItems: 300 })),
      minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: openingMinutesMax })),
    }),
    response: shape({ id: text, entry: Type.Integer(), until: text }),
    handler: async ({ tenant, caller, body }) => {
      await using witness = await tenant.gate.open({ subject: caller.subject, purpose: caller.purposeAt(tenant) })
      return await openRow(tenant, witness, body as OneRow)
    },
  }),
]
