import { Type } from '@sinclair/typebox'
import { alertsOf, incidentsOf, rightsOf } from '#audit'
import { sightOf } from '#governance'
import type { Instant } from '#kernel'
import { auditOf, type Tenant } from '#node'
import { type Caller, endpoint, shape } from '../endpoint.ts'

/*
 * What whoever oversees a tenant looks at: reads that stand out, incidents with their clock, requests of patients with
 * theirs. Acting on them is for the command line in this release.
 */

const text = Type.String()
const texts = Type.Array(text)
const orNull = Type.Union([text, Type.Null()])

function overseen(tenant: Tenant, caller: Caller, at: Instant, what: string) {
  sightOf(tenant.governance.state(), caller.subject, at).checkAll(what)
  return auditOf(tenant)
}

export const oversightEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/audit/alerts', auth: 'either' },
    summary: 'Reads that stand out: many, at odd hours, of colleagues, one patient by many.',
    response: Type.Array(
      shape({
        ...{ id: text, rule: text, subject: orNull, day: text, acknowledgedBy: orNull },
        ...{ measured: Type.Number(), threshold: Type.Number(), entries: Type.Array(Type.Integer()) },
      }),
    ),
    handler: async ({ tenant, caller, at }) => await alertsOf(overseen(tenant, caller, at, 'look at alerts')),
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/audit/incidents', auth: 'either' },
    summary: 'Incidents, with the grants that were ended and when the report is due (72 hours).',
    response: Type.Array(
      shape({
        ...{ id: text, openedBy: text, awareAt: text, dueAt: text, reportedAt: orNull, closed: Type.Boolean() },
        ...{ contained: texts, described: texts },
      }),
    ),
    handler: async ({ tenant, caller, at }) => {
      const incidents = await incidentsOf(overseen(tenant, caller, at, 'look at incidents'))
      return incidents.map(({ scope: _, described, ...incident }) => ({
        ...incident,
        described: Object.keys(described),
      }))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/audit/rights', auth: 'either' },
    summary: 'Requests of patients for access, rectification, restriction and objection, with the day each is due.',
    response: Type.Array(
      shape({
        ...{ id: text, entry: Type.Integer(), right: text, receivedAt: text, dueOn: text, overdue: Type.Boolean() },
        ...{ extendedBecause: orNull, answeredAt: orNull, outcome: orNull },
      }),
    ),
    handler: async ({ tenant, caller, at }) =>
      await rightsOf(overseen(tenant, caller, at, 'look at requests of patients')),
  }),
]
