import { Type } from '@sinclair/typebox'
import { answerRight, assurances, extendRight, personReport, requestRight, rightsKinds, rightsOf } from '#audit'
import { IdSchema, InstantSchema, literals, sightOf } from '#governance'
import type { OdsCode } from '#kernel'
import { auditOf } from '#node'
import { endpoint, media, shape } from '../endpoint.ts'
import { receiptShape } from './governance-events.ts'
import { shownReceipt } from './incidents.ts'
import { patientShape } from './openings.ts'

const text = Type.String()
const orNull = Type.Union([text, Type.Null()])
const words = Type.String({ minLength: 1, maxLength: 4_000 })
const base = '/api/v1/tenants/:tenant/audit/rights'
const one = { method: 'POST', auth: 'person', params: { id: IdSchema } } as const

/** What patients ask of a controller, each with its day (UK GDPR Article 12(3)), and who used their record. */
export const rightsEndpoints = [
  endpoint({
    ...{ method: 'GET', path: base, auth: 'either' },
    summary: 'Requests of patients for access, rectification, restriction and objection, with the day each is due.',
    response: Type.Array(
      shape({
        ...{ id: text, entry: Type.Integer(), right: text, receivedAt: text, dueOn: text, overdue: Type.Boolean() },
        ...{ extendedBecause: orNull, answeredAt: orNull, outcome: orNull },
      }),
    ),
    handler: async ({ tenant, caller, at }) => {
      sightOf(tenant.governance.state(), caller.subject, at).checkAll('look at requests of patients')
      return await rightsOf(auditOf(tenant))
    },
  }),
  endpoint({
    ...{ method: 'POST', path: base, auth: 'person' },
    summary: 'Puts a patient’s request on record; who they are and what they want is kept in the erasable part.',
    body: shape({ id: IdSchema, right: literals(rightsKinds), about: words, receivedAt: Type.Optional(InstantSchema) }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, at, body: { id, right, about, receivedAt = at } }) =>
      shownReceipt(await requestRight(auditOf(tenant), { by, id, right, receivedAt }, { about })),
  }),
  endpoint({
    ...{ ...one, path: `${base}/:id/extension` },
    summary: 'Extends the time to answer by two months, once, with the reason.',
    body: shape({ reason: literals(['complex', 'many-requests']) }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, params: { id }, body: { reason } }) =>
      shownReceipt(await extendRight(auditOf(tenant), { by, id, reason })),
  }),
  endpoint({
    ...{ ...one, path: `${base}/:id/answer` },
    summary: 'Puts the answer on record; its words are kept in the erasable part.',
    body: shape({ outcome: literals(['granted', 'granted-in-part', 'refused', 'withdrawn']), words }),
    response: receiptShape,
    handler: async ({ tenant, caller: { subject: by }, params: { id }, at, body }) =>
      shownReceipt(await answerRight(auditOf(tenant), { by, id, outcome: body.outcome, at }, body.words)),
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/audit/person-report', auth: 'person' },
    summary:
      'Who used a patient’s record, when and for what, with proofs; finding the patient is a read of the caller.',
    body: shape({ patient: patientShape, assurance: literals(assurances), proxy: Type.Optional(IdSchema) }),
    response: media('application/json'),
    handler: async ({ tenant, caller, body: { patient, assurance, proxy = null } }) => {
      const name = 'nhsNumber' in patient ? patient : { ...patient, controller: patient.controller as OdsCode }
      await using session = await tenant.gate.open({ subject: caller.subject, purpose: caller.purposeAt(tenant) })
      return JSON.stringify(await personReport(auditOf(tenant), session, name, { assurance, proxy }))
    },
  }),
]
