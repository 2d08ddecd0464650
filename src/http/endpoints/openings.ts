import { Type } from '@sinclair/typebox'
import { IdSchema, openingsNow, overdueOpenings, sightOf } from '#governance'
import type { OdsCode } from '#kernel'
import { breakGlass, openingMinutesMax, reviewOpening, showOpening } from '#node'
import { endpoint, shape } from '../endpoint.ts'
import { receiptShape } from './governance-events.ts'

const text = Type.String()
const orNull = Type.Union([text, Type.Null()])
const reason = Type.String({ minLength: 1, maxLength: 2_000 })
const idParam = { id: IdSchema }

/** A patient by the controller’s own id, or by NHS number. In a body, never in an address. */
export const patientShape = Type.Union([
  shape({ controller: Type.String({ pattern: '^[A-Z0-9]{2,10}$' }), patientId: Type.String({ maxLength: 200 }) }),
  shape({ nhsNumber: Type.String({ pattern: '^[0-9]{10}$' }) }),
])

/** Emergencies and looks at one row: opened at once, seen by everybody, reviewed by somebody else. */
export const openingEndpoints = [
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/break-glass', auth: 'person' },
    summary: 'Opens one patient’s record to the caller in an emergency, at once and for an hour at most.',
    body: shape({
      patient: patientShape,
      reason,
      minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: openingMinutesMax })),
    }),
    response: shape({
      openings: Type.Array(shape({ id: text, entry: Type.Integer() })),
      ...{ until: text, objects: Type.Array(text) },
    }),
    handler: ({ tenant, caller, body: { patient: asked, ...more } }) =>
      breakGlass(tenant, {
        ...{ by: caller.subject, purpose: caller.purposeAt(tenant), ...more },
        patient: 'nhsNumber' in asked ? asked : { ...asked, controller: asked.controller as OdsCode },
      }),
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/openings', auth: 'either' },
    summary: 'Emergencies and looks at one row: all for whoever oversees, for others those they took part in.',
    response: Type.Array(
      shape({
        ...{ id: text, kind: text, person: text, witness: orNull, at: text, until: text, reviewDue: text },
        ...{ open: Type.Boolean(), overdue: Type.Boolean(), review: orNull },
      }),
    ),
    handler: ({ tenant, caller, at }) => {
      const state = tenant.governance.state()
      const sight = sightOf(state, caller.subject, at)
      const open = new Set(openingsNow(state, at).map(({ id }) => id))
      const overdue = new Set(overdueOpenings(state, at).map(({ id }) => id))
      return [...state.openings.values()]
        .filter(({ person, witness }) => sight.concerns(person, witness))
        .sort((a, b) => a.entry - b.entry)
        .map(({ id, kind, person, witness, at: from, until, reviewDue, review }) => ({
          ...{ id, kind, person, witness, at: from, until, reviewDue },
          ...{ open: open.has(id), overdue: overdue.has(id), review: review?.outcome ?? null },
        }))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/openings/:id', auth: 'person' },
    summary: 'Why it was opened and what was read under it, to somebody who may review it; looking is an entry.',
    params: idParam,
    response: shape({
      ...{ id: text, reason: orNull },
      reads: Type.Array(
        shape({
          ...{ entry: Type.Integer(), at: text, objects: Type.Array(text) },
          rows: Type.Union([Type.Integer(), Type.Null()]),
        }),
      ),
    }),
    handler: ({ tenant, caller, params: { id } }) => showOpening(tenant, { by: caller.subject, opening: id }),
  }),
  endpoint({
    ...{ method: 'POST', path: '/api/v1/tenants/:tenant/openings/:id/review', auth: 'person' },
    summary: 'Says whether an opening was right, by somebody who took no part in it.',
    params: idParam,
    body: shape({
      outcome: Type.Union([Type.Literal('justified'), Type.Literal('not-justified'), Type.Literal('unclear')]),
      reason,
    }),
    response: receiptShape,
    handler: async ({ tenant, caller, params: { id }, body }) => {
      const { index, time } = await reviewOpening(tenant, { by: caller.subject, opening: id, ...body })
      return { entry: index, time }
    },
  }),
]
