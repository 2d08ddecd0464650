import { Type } from '@sinclair/typebox'
import { askedOf, type LineageGraph, type LineageSight, seenGraph } from '#audit'
import type { Session } from '#gate'
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
      const seen = all ? whole : await seenBy(tenant, caller, whole)
      return askedOf(seen, start, direction).graph as LineageGraph
    },
  }),
]

/** What somebody may name for the purpose that they act for; looking is no read, and names are all that they get. */
async function seenBy(tenant: Tenant, caller: Caller, graph: LineageGraph): Promise<LineageGraph> {
  const purpose = caller.purposeAt(tenant)
  await using session = await tenant.gate.open({ subject: caller.subject, purpose })
  return seenGraph(graph, sightBy(tenant, caller, session))
}

function sightBy(tenant: Tenant, { subject }: Caller, session: Session): LineageSight {
  const { purpose } = session
  const grants = tenant.accessNow().filter((row) => row.person === subject && row.purpose === purpose)
  const columnsAt = (object: string, level?: 'aggregate') => new Set(session.visible(object, level && [level])?.columns)
  return {
    purpose,
    column: (object, property) => columnsAt(object).has(property),
    figures: (object, columns) => {
      const seen = columnsAt(object, 'aggregate')
      return columns.every((column) => seen.has(column))
    },
    controller: (object, controller) =>
      grants.some(
        ({ object: of, action, rows: { controllers } }) =>
          of === object &&
          action === 'read' &&
          (controllers === 'all' || controllers.some((one) => one === controller)),
      ),
  }
}
