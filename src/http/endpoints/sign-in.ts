import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isFdpError, type PurposeId } from '#kernel'
import { registered } from '../authenticate.ts'
import type { HttpContext } from '../context.ts'
import { dropCookie, sessionCookie, setCookie, signInCookie } from '../cookies.ts'
import { isForm } from '../csrf.ts'
import { endpoint, media, shape } from '../endpoint.ts'
import { httpErrors } from '../errors.ts'
import { html } from '../html.ts'
import { page } from '../page.ts'
import type { Begun } from '../pending.ts'
import { readReturnPath } from '../return-path.ts'

const callbackPath = '/sign-in/callback'

export const signInEndpoints = [
  endpoint({
    ...{ method: 'GET', path: '/sign-in', auth: 'public' },
    summary: 'Sends a browser to the identity provider; what for, and where to go on after, may be given.',
    query: shape({
      tenant: Type.Optional(Type.String({ maxLength: 40 })),
      purpose: Type.Optional(Type.String({ maxLength: 60 })),
      return: Type.Optional(Type.String({ maxLength: 502 })),
    }),
    response: media('text/plain; charset=utf-8'),
    handler: async ({ context, query, request, reply }) => {
      const { identity, origin, node } = context
      if (!identity) throw httpErrors('FDP_HTTP_SIGN_IN_OFF')
      const { tenant = null, purpose = null, return: returnTo = '/' } = query
      if (tenant !== null && !node.tenants.has(tenant)) throw httpErrors('FDP_HTTP_TENANT')
      const wanted = { tenant, purpose, returnTo: readReturnPath(returnTo) }
      // The provider sends back to one name of this node, and a cookie belongs to one name.
      if (request.headers.host !== new URL(origin).host) return reply.redirect(`${origin}${request.url}`, 303)
      const { url, pending } = await identity.begin(`${origin}${callbackPath}`)
      setCookie(reply, signInCookie(origin), context.pending.add(pending, wanted))
      return reply.redirect(url, 303)
    },
  }),
  endpoint({
    ...{ method: 'GET', path: callbackPath, auth: 'public' },
    summary: 'Where the identity provider sends a browser back to.',
    response: media('text/plain; charset=utf-8'),
    handler: ({ context, request, reply }) => finish(context, request, reply),
  }),
  endpoint({
    ...{ method: 'POST', path: '/sign-out', auth: 'person' },
    summary: 'Ends the session. The identity provider has one of its own; its page to end that is named in the answer.',
    response: shape({ signedOut: Type.Literal(true), providerSignOut: Type.Union([Type.String(), Type.Null()]) }),
    handler: async ({ context, caller, request, reply }) => {
      const { sessions, gateSessions, record, identity, origin } = context
      if (caller.sessionId !== null) {
        sessions.end(caller.sessionId)
        await gateSessions.endOf(caller.sessionId)
      }
      dropCookie(reply, sessionCookie(origin))
      await record.ended(caller.subject)
      const providerSignOut = (await identity?.signOutUrl(`${origin}/`).catch(() => null)) ?? null
      if (isForm(request)) return reply.type('text/html; charset=utf-8').send(signedOutPage(providerSignOut))
      return { signedOut: true as const, providerSignOut }
    },
  }),
]

function signedOutPage(providerSignOut: string | null): string {
  const there = html`<p>The identity provider may still know you. <a href="${providerSignOut}">Sign out there too</a>.</p>`
  return page(
    'You are signed out',
    html`${providerSignOut === null ? null : there}<p><a href="/sign-in">Sign in again</a></p>`,
  )
}

/** The second half of a sign-in: the provider's answer becomes a session, and an entry before that. */
async function finish(context: HttpContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { identity, origin, sessions, record } = context
  if (!identity) throw httpErrors('FDP_HTTP_SIGN_IN_OFF')
  const cookie = signInCookie(origin)
  const begun = context.pending.take(request.cookies[cookie.name] ?? '')
  dropCookie(reply, cookie)
  let named: string | null = null
  try {
    if (!begun) throw httpErrors('FDP_HTTP_STATE')
    const proved = await identity.finish(begun.signIn, `${origin}${request.url}`)
    named = proved.subject
    const { subject, tenants } = registered(context, named, context.node.adapters.clock.now())
    if (begun.tenant !== null && !tenants.some(({ profile }) => profile.id === begun.tenant)) {
      throw httpErrors('FDP_HTTP_NOT_IN_POST')
    }
    const purposes = chosen(context, begun)
    await record.made(subject, proved)
    // Another session of this browser ends: its id must not outlive a change of person.
    sessions.end(request.cookies[sessionCookie(origin).name] ?? '')
    setCookie(reply, sessionCookie(origin), sessions.begin(subject, proved, purposes))
    return reply.redirect(begun.returnTo, 303)
  } catch (error) {
    const reason = isFdpError(error) ? error.code : 'fault'
    await record.refused({ reason, subject: named, tenant: begun?.tenant ?? null, address: request.ip })
    throw error
  }
}

function chosen({ node }: HttpContext, { tenant, purpose }: Begun): readonly (readonly [string, PurposeId])[] {
  if (tenant === null || purpose === null) return []
  if (!node.tenant(tenant).governance.state().purposes.has(purpose)) throw httpErrors('FDP_HTTP_PURPOSE')
  return [[tenant, purpose as PurposeId]]
}
