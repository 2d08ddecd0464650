import { Type } from '@sinclair/typebox'
import { askedOf, type LineageSight, seenGraph } from '#audit'
import { sightOf } from '#governance'
import { lineageOfTenant, type Tenant } from '#node'
import { type Caller, endpoint, shape } from '../endpoint.ts'

const text = Type.String()
const orNull = Type.Union([text, Type.Null()])
const name = Type.Optional(Type.String({ maxLength: 200 }))
const entry = Type.Integer({ minimum: 0 })

const field = shape({
  ...{ id: text, name: text, says: text, class: Type.Optional(text) },
  treatments: Type.Optional(Type.Record(text, text)),
  checks: Type.Optional(Type.Array(shape({ rule: text, severity: text }))),
  broken: Type.Optional(Type.Array(text)),
})

/** Where data came from and what became of them, as far as the caller may name them. */
export const lineageEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/lineage', auth: 'either' },
    summary: 'Where columns and figures come from and go, as a graph, as far as the caller may see them.',
    query: shape({
      ...{ object: name, column: name, metric: name },
      direction: Type.Optional(Type.Union([Type.Literal('up'), Type.Literal('down'), Type.Literal('both')])),
      asOf: Type.Optional(entry),
    }),
    response: shape({
      ...{ format: text, version: Type.Integer(), tenant: text },
      asOf: Type.Union([shape({ entry, time: text }), Type.Null()]),
      boxes: Type.Array(
        shape({
          ...{ id: text, kind: text, title: text, says: text, object: orNull, controller: orNull, purpose: orNull },
          ...{ entry: Type.Union([entry, Type.Null()]), fields: Type.Array(field) },
        }),
      ),
      edges: Type.Array(shape({ from: text, to: text, kind: text, says: orNull, masking: Type.Boolean() })),
    }),
    handler: async ({ context, tenant, caller, query, at }) => {
      const { asOf, direction = 'both', ...start } = query
      const whole = await lineageOfTenant(tenant, context.products, asOf)
      const { all } = sightOf(tenant.governance.state(), caller.subject, at)
      const seen = all ? whole : seenGraph(whole, sightBy(tenant, caller))
      return askedOf(seen, start, direction).graph
    },
  }),
]

/** By the live grants of somebody for the purpose that they act for. Looking is no read: names are all that they get. */
function sightBy(tenant: Tenant, caller: Caller): LineageSight {
  const purpose = caller.purposeAt(tenant)
  const grants = tenant
    .accessNow()
    .filter((row) => row.person === caller.subject && row.purpose === purpose && row.action === 'read')
  const of = (object: string) => grants.filter((row) => row.object === object)
  return {
    purpose,
    column: (object, property) => of(object).some(({ columns }) => columns.includes(property)),
    figures: (object, names) =>
      of(object).some(({ level, columns }) => level === 'aggregate' && names.every((each) => columns.includes(each))),
    controller: (object, controller) =>
      of(object).some(
        ({ rows: { controllers } }) => controllers === 'all' || controllers.some((one) => one === controller),
      ),
  }
}
