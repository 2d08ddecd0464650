import type { FastifyRequest } from 'fastify'
import { type Instant, isFdpError, type PurposeId, type SubjectId } from '#kernel'
import type { Identity, ProvedIdentity } from '#ports'
import type { HttpContext } from './context.ts'
import { sessionCookie } from './cookies.ts'
import { checkCsrf, checkSocketOrigin } from './csrf.ts'
import type { Caller, Endpoint } from './endpoint.ts'
import { httpErrors } from './errors.ts'
import { inPostAt, readSubject } from './register.ts'
import type { Session } from './sessions.ts'
import { bearerOfSocket } from './socket-bearer.ts'

interface Proved extends Pick<ProvedIdentity, 'kind' | 'issuer' | 'strength' | 'purpose'> {
  readonly subject: string
  readonly until: Instant | null
  readonly session: Session | null
  readonly sessionId: string | null
  /** Puts a token on record that was not seen before. */
  readonly firstUse?: (subject: SubjectId) => Promise<void>
}

/**
 * Who sent a request, or the error that refuses it: a bearer token or a session, then the register at this moment, then
 * the kind of caller, then, for a session that would change something, where the request comes from. Whatever was shown
 * and refused is put on record; showing nothing is no attempt.
 */
export async function authenticate(context: HttpContext, endpoint: Endpoint, request: FastifyRequest): Promise<Caller> {
  let subject: string | null = null
  try {
    const proved = endpoint.socket ? await proveSocket(context, request) : await prove(context, request)
    subject = proved.subject
    const caller = callerOf(context, proved, context.node.adapters.clock.now())
    if (endpoint.auth !== 'either' && endpoint.auth !== caller.kind) {
      throw httpErrors('FDP_HTTP_CALLER', { kind: caller.kind })
    }
    if (caller.session) checkCsrf(context, request, caller.session)
    await proved.firstUse?.(caller.subject)
    return caller
  } catch (error) {
    await recordRefusal(context, request, subject, error)
    throw error
  }
}

/** Showing nothing is no attempt; anything else that was turned away is. */
export async function recordRefusal(
  { record }: HttpContext,
  request: FastifyRequest,
  subject: string | null,
  error: unknown,
): Promise<void> {
  const reason = isFdpError(error) ? error.code : 'fault'
  if (reason === 'FDP_HTTP_SIGN_IN' || reason === 'FDP_HTTP_SIGN_IN_OFF') return
  await record.refused({ reason, subject, tenant: tenantNamed(request), address: request.ip })
}

/** The person behind what was proved, in post at this moment somewhere on this node; FDP_HTTP_NOT_IN_POST otherwise. */
export function registered(
  context: HttpContext,
  text: string,
  at: Instant,
): { readonly subject: SubjectId; readonly tenants: Caller['tenants'] } {
  const subject = readSubject(text)
  const tenants = subject === null ? [] : inPostAt(context.node, subject, at)
  if (subject === null || tenants.length === 0) throw httpErrors('FDP_HTTP_NOT_IN_POST')
  return { subject, tenants }
}

async function prove(context: HttpContext, request: FastifyRequest): Promise<Proved> {
  const { authorization } = request.headers
  const id = request.cookies[sessionCookie(context.origin).name]
  if (authorization === undefined && id === undefined) {
    throw httpErrors(context.identity ? 'FDP_HTTP_SIGN_IN' : 'FDP_HTTP_SIGN_IN_OFF')
  }
  if (authorization !== undefined) {
    if (!context.identity) throw httpErrors('FDP_HTTP_SIGN_IN_OFF')
    const bearer = /^Bearer (\S+)$/i.exec(authorization)?.[1]
    if (bearer === undefined) throw httpErrors('FDP_HTTP_SIGN_IN')
    return await proveBearer(context, context.identity, bearer)
  }
  const session = context.sessions.find(id ?? '')
  if (!session) throw httpErrors('FDP_HTTP_SESSION')
  return { ...session, kind: 'person', purpose: null, until: null, session, sessionId: id ?? '' }
}

/** A cookie opens no websocket: a browser would send it for whichever page asks. */
async function proveSocket(context: HttpContext, request: FastifyRequest): Promise<Proved> {
  const bearer = bearerOfSocket(request.headers['sec-websocket-protocol'])
  if (!context.identity) throw httpErrors('FDP_HTTP_SIGN_IN_OFF')
  if (bearer === null) throw httpErrors('FDP_HTTP_SIGN_IN')
  checkSocketOrigin(context, request)
  return await proveBearer(context, context.identity, bearer)
}

async function proveBearer(context: HttpContext, identity: Identity, bearer: string): Promise<Proved> {
  const proved = await identity.verify(bearer)
  return {
    ...proved,
    session: null,
    sessionId: null,
    firstUse: (subject) => context.record.madeByToken(bearer, subject, proved),
  }
}

function callerOf(context: HttpContext, proved: Proved, at: Instant): Caller {
  const { kind, issuer, strength, session, sessionId, until } = proved
  try {
    const { subject, tenants } = registered(context, proved.subject, at)
    return {
      ...{ kind, subject, issuer, strength, session, sessionId, until, tenants },
      purposeAt({ profile, governance }) {
        const purpose = (session ? session.purposes.get(profile.id) : proved.purpose) as PurposeId | null | undefined
        if (!purpose || !governance.state().purposes.has(purpose)) throw httpErrors('FDP_HTTP_PURPOSE')
        return purpose
      },
    }
  } catch (error) {
    // Whoever left has no session any more, even should they return.
    if (sessionId !== null) context.sessions.end(sessionId)
    throw error
  }
}

/** The tenant that an address names, in its path or in its question. */
export function tenantNamed(request: FastifyRequest): string | null {
  const { tenant: inPath } = (request.params ?? {}) as { readonly tenant?: unknown }
  const { tenant: inQuery } = (request.query ?? {}) as { readonly tenant?: unknown }
  if (typeof inPath === 'string') return inPath
  return typeof inQuery === 'string' ? inQuery : null
}
