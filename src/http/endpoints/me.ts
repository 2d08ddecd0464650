import { Type } from '@sinclair/typebox'
import type { PurposeId } from '#kernel'
import type { Caller } from '../endpoint.ts'
import { endpoint, shape } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'

const text = Type.String()
const orNull = (schema: typeof text) => Type.Union([schema, Type.Null()])

const post = shape({
  ...{ tenant: text, name: text, role: text, kind: text, employer: text, duties: Type.Array(text) },
  purpose: Type.Union([text, Type.Null()], { description: 'What the caller acts for there.' }),
})

export const meEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/api/v1/me', auth: 'either' },
    summary: 'Who the caller was proved to be, and what the registers say of them at this moment.',
    response: shape({
      ...{ subject: text, kind: text, issuer: text, posts: Type.Array(post) },
      strength: shape({ acr: orNull(text), amr: Type.Array(text) }),
      session: Type.Union([
        shape({ authenticatedAt: orNull(text), until: text, idleUntil: text, csrf: text }),
        Type.Null(),
      ]),
    }),
    handler: ({ caller }) => {
      const { subject, kind, issuer, strength, session } = caller
      return {
        ...{ subject, kind, issuer, strength: { acr: strength.acr, amr: [...strength.amr] }, posts: postsOf(caller) },
        session: session && {
          ...{ authenticatedAt: session.authenticatedAt, until: session.until, idleUntil: session.idleUntil },
          csrf: session.csrf,
        },
      }
    },
  }),
  endpoint({
    ...{ method: 'PUT', path: '/api/v1/me/purposes/:tenant', auth: 'person' },
    summary: 'Chooses what the session acts for at a tenant. Gives no right: grants decide.',
    body: shape({ purpose: Type.String({ maxLength: 60 }) }),
    response: shape({ tenant: text, purpose: text }),
    handler: ({ context, caller, tenant, body }) => {
      const known = tenant.governance.state().purposes.has(body.purpose)
      if (!known || caller.sessionId === null) throw httpErrors('FDP_HTTP_PURPOSE')
      context.sessions.choose(caller.sessionId, tenant.profile.id, body.purpose as PurposeId)
      return { tenant: tenant.profile.id, purpose: body.purpose }
    },
  }),
]

function postsOf(caller: Caller) {
  return caller.tenants.map((tenant) => {
    const { name, role, kind, employer, duties } = tenant.governance.state().persons.get(caller.subject)!
    return {
      tenant: tenant.profile.id,
      name,
      role,
      kind,
      employer,
      duties: [...duties],
      purpose: purposeOf(caller, tenant),
    }
  })
}

function purposeOf(caller: Caller, tenant: Caller['tenants'][number]): string | null {
  try {
    return caller.purposeAt(tenant)
  } catch {
    return null
  }
}
