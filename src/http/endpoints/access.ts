import { type TSchema, Type } from '@sinclair/typebox'
import { explain, type Level, levels, type ReadRequest } from '#governance'
import { endpoint, shape } from '../endpoint.ts'

const text = Type.String()
const texts = Type.Array(text)

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const accessRow = shape({
  ...{ tenant: text, person: text, name: text, kind: text, employer: text, role: text, action: text, object: text },
  ...{ columns: texts, level: text, purpose: text, grant: text, approvedBy: text, from: text, until: text },
  rows: shape({
    controllers: Type.Union([Type.Literal('all'), texts]),
    where: Type.Array(shape({ property: text, in: texts })),
  }),
  ...{ basis: text, team: orNull(shape({ team: text, role: text })) },
  dpia: orNull(shape({ id: text, version: Type.Integer(), sha256: text })),
  contract: orNull(shape({ id: text, instruction: text })),
  agreement: orNull(shape({ id: text, version: Type.Integer() })),
  ...{ disclosurePolicy: orNull(text), lapsesAt: orNull(text), reviewDue: orNull(text), lastUsed: orNull(text) },
})

export const accessEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/access', auth: 'either' },
    summary: 'Who can see what now, at the tenants where the caller is in post: every live grant.',
    response: Type.Array(accessRow),
    handler: ({ caller }) =>
      caller.tenants.flatMap((tenant) =>
        tenant.accessNow().map((row) => ({
          ...{ ...row, tenant: tenant.profile.id, columns: row.columns },
        })),
      ),
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/explain', auth: 'either' },
    summary: 'What is missing for the caller to read an object type for the purpose they act for, in sentences.',
    query: shape({
      object: Type.String({ maxLength: 100 }),
      columns: Type.Optional(Type.String({ maxLength: 10_000, description: 'Names, separated by commas.' })),
      level: Type.Optional(Type.Union(levels.map((level) => Type.Literal(level)))),
    }),
    response: shape({ tenant: text, object: text, purpose: text, says: texts }),
    handler: ({ tenant, caller, query: { object, columns, level }, at }) => {
      const { state, policies } = tenant.governance
      const request: ReadRequest = {
        ...{ subject: caller.subject, purpose: caller.purposeAt(tenant), object, action: 'read', at },
        columns: columns === undefined ? 'all-permitted' : columns.split(',').map((name) => name.trim()),
        ...(level === undefined ? {} : { level: level as Level }),
      }
      const says = explain(state(), request, policies)
      return { tenant: tenant.profile.id, object, purpose: request.purpose, says }
    },
  }),
]
