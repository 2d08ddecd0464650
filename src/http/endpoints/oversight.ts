import { Type } from '@sinclair/typebox'
import { acknowledgeAlert, alertsOf, drawSample, outcomes, reasonFor, reviewSample } from '#audit'
import { IdSchema, literals, sightOf } from '#governance'
import type { DateOnly } from '#kernel'
import { auditOf } from '#node'
import { endpoint, shape } from '../endpoint.ts'
import { receiptShape } from './governance-events.ts'
import { shownReceipt } from './incidents.ts'

const text = Type.String()
const words = Type.String({ minLength: 1, maxLength: 4_000 })
const entry = Type.Integer({ minimum: 0 })
const base = '/api/v1/tenants/:tenant/audit'
const sample = { id: IdSchema }

/** Reads that stand out, and reasons drawn at random for somebody else to look at. */
export const oversightEndpoints = [
  endpoint({
    ...{ method: 'GET', path: `${base}/alerts`, auth: 'either' },
    summary: 'Reads that stand out: many, at odd hours, of colleagues, one patient by many.',
    response: Type.Array(
      shape({
        ...{ id: text, rule: text, subject: Type.Union([text, Type.Null()]), day: text },
        ...{ acknowledgedBy: Type.Union([text, Type.Null()]), entries: Type.Array(Type.Integer()) },
        ...{ measured: Type.Number(), threshold: Type.Number() },
      }),
    ),
    handler: async ({ tenant, caller, at }) => {
      sightOf(tenant.governance.state(), caller.subject, at).checkAll('look at alerts')
      return await alertsOf(auditOf(tenant))
    },
  }),
  endpoint({
    ...{ method: 'POST', path: `${base}/alerts/:id/acknowledgement`, auth: 'person' },
    summary: 'Says that somebody looked into what stood out; the note is kept in the erasable part.',
    params: { id: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
    body: shape({ note: words }),
    response: receiptShape,
    handler: async ({ tenant, caller, params: { id }, body: { note } }) =>
      shownReceipt(await acknowledgeAlert(auditOf(tenant), caller.subject, id, note)),
  }),
  endpoint({
    ...{ method: 'POST', path: `${base}/samples`, auth: 'person' },
    summary: 'Draws the reasons of a past day that are to be looked at: the ledger picks them, not the caller.',
    body: shape({ day: Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' }) }),
    response: shape({ id: text, population: Type.Integer(), entries: Type.Array(Type.Integer()) }),
    handler: async ({ tenant, caller, body: { day } }) => {
      const { id, population, entries } = await drawSample(auditOf(tenant), caller.subject, day as DateOnly)
      return { id, population, entries: [...entries] }
    },
  }),
  endpoint({
    ...{ method: 'POST', path: `${base}/samples/:id/reason`, auth: 'person' },
    summary: 'Shows one drawn reason to somebody who may review it; that it was shown is an entry.',
    params: sample,
    body: shape({ entry }),
    response: shape({ reason: text }),
    handler: async ({ tenant, caller: { subject: by }, params: { id }, body }) => ({
      reason: await reasonFor(auditOf(tenant), { sample: id, entry: body.entry, by }),
    }),
  }),
  endpoint({
    ...{ method: 'POST', path: `${base}/samples/:id/reviews`, auth: 'person' },
    summary: 'Says of one drawn reason whether it was acceptable, by somebody else than the reader and their line.',
    params: sample,
    body: shape({
      ...{ entry, reason: words },
      outcome: literals(outcomes),
    }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, params: { id }, body }) => {
      const review = { sample: id, entry: body.entry, by, outcome: body.outcome }
      return shownReceipt(await reviewSample(auditOf(tenant), review, body.reason))
    },
  }),
]
