import { Type } from '@sinclair/typebox'
import { sessionsOf, workLog } from '#audit'
import { myAccess, noticesAt, sightOf } from '#governance'
import { type Instant, parseInstant } from '#kernel'
import { accessThen } from '#node'
import { endpoint, shape } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'
import { accessRow } from './access.ts'

const text = Type.String()
const texts = Type.Array(text)
const count = Type.Integer()
const orNull = (schema: typeof text | typeof count) => Type.Union([schema, Type.Null()])

const { tenant: _tenant, ...rowFields } = accessRow.properties
const listRow = shape(rowFields)

const notice = shape({
  ...{ grant: text, person: text, approver: text, object: text, purpose: text, stopsAt: text },
  within: Type.Integer({ description: 'Days: 30, 7 or 1.' }),
  because: Type.Array(shape({ code: text, says: text, help: text })),
})

const sessionShape = shape({
  ...{ session: count, subject: text, purpose: text, openedAt: text, lastAt: text, reads: count },
})

const workShape = shape({
  ...{ entry: count, at: text, person: text, kind: text, employer: text, did: text, purpose: text, object: text },
  ...{ level: text, columns: texts, rows: orNull(count), grant: text, says: text },
})

/** What one may, who may what, what ends soon, who is looking now, what somebody did. */
export const accessListEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/mine', auth: 'either' },
    summary: 'What the caller may do now: why, until when, last used, and when it lapses unused.',
    response: Type.Array(shape({ ...rowFields, purposeName: text, reason: Type.Union([text, Type.Null()]) })),
    handler: ({ tenant, caller, at }) => {
      const { state, policies } = tenant.governance
      return myAccess(state(), caller.subject, at, policies).map(({ row, ...why }) => ({ ...row, ...why }))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/list', auth: 'either' },
    summary: 'Who can see what now or could then: whole for whoever oversees, for others what they hold or approved.',
    query: shape({
      at: Type.Optional(Type.String({ maxLength: 40, description: 'A moment with its offset, now or past.' })),
    }),
    response: Type.Array(listRow),
    handler: async ({ tenant, caller, query, at }) => {
      const sight = sightOf(tenant.governance.state(), caller.subject, at)
      const rows = query.at === undefined ? tenant.accessNow() : await accessThen(tenant, pastMoment(query.at, at))
      return rows.filter(({ person, approvedBy }) => sight.concerns(person, approvedBy))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/notices', auth: 'either' },
    summary: 'Access that will stop within thirty days, to holder and approver, with the policy and what to do.',
    response: Type.Array(notice),
    handler: ({ tenant, caller, at }) => {
      const { state, policies } = tenant.governance
      const sight = sightOf(state(), caller.subject, at)
      return noticesAt(state(), at, policies).filter(({ person, approver }) => sight.concerns(person, approver))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/open-sessions', auth: 'either' },
    summary: 'Who is looking now: every open session for whoever oversees, for others their own.',
    response: Type.Array(sessionShape),
    handler: async ({ tenant, caller, at }) => {
      const sight = sightOf(tenant.governance.state(), caller.subject, at)
      const sessions = await sessionsOf(tenant.ledger.entries(), tenant.gate.openSessions())
      return sessions
        .filter(({ state, subject }) => state === 'open' && sight.concerns(subject))
        .map((session) => ({ ...session, session: session.session as number }))
    },
  }),
  endpoint({
    ...{ method: 'GET', path: '/api/v1/tenants/:tenant/access/work', auth: 'either' },
    summary:
      'Everything that a person did here: sessions, reads, refusals, what they signed; others’ only to overseers.',
    query: shape({ person: Type.Optional(Type.String({ maxLength: 200 })) }),
    response: Type.Array(workShape),
    handler: async ({ tenant, caller, query, at }) => {
      const state = tenant.governance.state()
      const person = query.person ?? caller.subject
      const sight = sightOf(state, caller.subject, at)
      if (!sight.concerns(person)) sight.checkAll('see what somebody else did')
      return workLog(() => tenant.ledger.entries(), state, { person })
    },
  }),
]

/** FDP_HTTP_MOMENT for what is no moment or lies ahead: nobody knows what will be signed until then. */
function pastMoment(given: string, now: Instant): Instant {
  const moment = momentOf(given)
  if (moment === null || moment > now) throw httpErrors('FDP_HTTP_MOMENT')
  return moment
}

function momentOf(given: string): Instant | null {
  try {
    return parseInstant(given)
  } catch {
    return null
  }
}
