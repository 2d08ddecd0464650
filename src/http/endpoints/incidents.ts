import { type TSchema, Type } from '@sinclair/typebox'
import {
  closeIncident,
  containIncident,
  describeIncident,
  incidentFields,
  incidentReport,
  incidentsOf,
  openIncident,
  recordReported,
} from '#audit'
import { GrantIdSchema, IdSchema, InstantSchema, literals, OdsCodeSchema, SubjectIdSchema, sightOf } from '#governance'
import type { Receipt } from '#ledger'
import { auditOf, endAccess } from '#node'
import { endpoint, media, shape } from '../endpoint.ts'
import { receiptShape } from './governance-events.ts'

const text = Type.String()
const orNull = Type.Union([text, Type.Null()])
const words = Type.String({ minLength: 1, maxLength: 4_000 })
const base = '/api/v1/tenants/:tenant/audit/incidents'
const one = { auth: 'person', params: { id: IdSchema } } as const
const listOf = (item: TSchema) => Type.Optional(Type.Array(item, { maxItems: 1_000 }))

export const shownReceipt = ({ index, time }: Receipt) => ({ entry: index as number, time })

/** A suspected breach of personal data from opening to closing (UK GDPR Article 33); the module judges who may. */
export const incidentEndpoints = [
  endpoint({
    ...{ method: 'GET', path: base, auth: 'either' },
    summary: 'Incidents, with the grants that were ended and when the report is due (72 hours).',
    response: Type.Array(
      shape({
        ...{ id: text, openedBy: text, awareAt: text, dueAt: text, reportedAt: orNull, closed: Type.Boolean() },
        ...{ contained: Type.Array(text), described: Type.Array(text) },
      }),
    ),
    handler: async ({ tenant, caller, at }) => {
      sightOf(tenant.governance.state(), caller.subject, at).checkAll('look at incidents')
      const incidents = await incidentsOf(auditOf(tenant))
      return incidents.map(({ scope: _, described, ...incident }) => ({
        ...incident,
        described: Object.keys(described),
      }))
    },
  }),
  endpoint({
    ...{ method: 'POST', path: base, auth: 'person' },
    summary: 'Opens an incident over grants, people or organisations; the clock of 72 hours runs.',
    body: shape({
      ...{ id: IdSchema, since: InstantSchema, awareAt: Type.Optional(InstantSchema) },
      ...{ grants: listOf(GrantIdSchema), persons: listOf(SubjectIdSchema), employers: listOf(OdsCodeSchema) },
    }),
    response: receiptShape,
    handler: async ({ tenant, caller, at, body: { id, since, awareAt = at, grants, persons, employers } }) => {
      const scope = { grants: grants ?? [], persons: persons ?? [], employers: employers ?? [] }
      const input = { by: caller.subject, id, since, awareAt, ...scope } as Parameters<typeof openIncident>[1]
      return shownReceipt(await openIncident(auditOf(tenant), input))
    },
  }),
  endpoint({
    ...{ ...one, method: 'POST', path: `${base}/:id/contain` },
    summary: 'Ends every live grant that the incident concerns, now.',
    response: shape({ grants: Type.Array(text) }),
    handler: async ({ tenant, caller: { subject: by }, params: { id } }) => ({
      grants: [...(await containIncident(auditOf(tenant), id, by, endAccess(tenant, by)))],
    }),
  }),
  endpoint({
    ...{ ...one, method: 'POST', path: `${base}/:id/description` },
    summary: 'Writes a part of the report; the words are kept in the erasable part.',
    body: shape({ field: literals(incidentFields), words }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, params: { id }, body: { field, words: said } }) =>
      shownReceipt(await describeIncident(auditOf(tenant), { by, id, field }, said)),
  }),
  endpoint({
    ...{ ...one, method: 'GET', path: `${base}/:id/report` },
    summary: 'The report after UK GDPR Article 33, with what is still missing and how many people are affected.',
    response: media('application/json'),
    handler: async ({ tenant, caller, params: { id }, at }) => {
      sightOf(tenant.governance.state(), caller.subject, at).checkAll('look at incidents')
      return JSON.stringify(await incidentReport(auditOf(tenant), id))
    },
  }),
  endpoint({
    ...{ ...one, method: 'POST', path: `${base}/:id/reported` },
    summary: 'Puts on record that the report went out; beyond 72 hours only with reasons.',
    body: shape({ to: words, lateBecause: Type.Optional(words) }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, params: { id }, body: { to, lateBecause = null } }) =>
      shownReceipt(await recordReported(auditOf(tenant), { by, id, to, lateBecause })),
  }),
  endpoint({
    ...{ ...one, method: 'POST', path: `${base}/:id/close` },
    summary: 'Closes an incident; the outcome stays for good, so without a patient’s name.',
    body: shape({ outcome: Type.String({ minLength: 1, maxLength: 200 }) }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, params: { id }, body: { outcome } }) =>
      shownReceipt((await closeIncident(auditOf(tenant), { by, id, outcome })).receipt),
  }),
]
