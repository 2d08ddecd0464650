import { type TSchema, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { Value } from '@sinclair/typebox/value'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { isFdpError } from '#kernel'
import type { Tenant } from '#node'
import { authenticate, recordRefusal } from './authenticate.ts'
import type { HttpContext } from './context.ts'
import { checkFormSecret, formType } from './csrf.ts'
import { type Caller, type Endpoint, type SocketCall, shape } from './endpoint.ts'
import { httpErrors } from './errors.ts'
import { wantsPage } from './guard.ts'
import type { RateLimits } from './rates.ts'
import { scimMediaType } from './scim-form.ts'
import type { Session } from './sessions.ts'

/** What was found out about a request before its handler. */
interface Known {
  readonly caller: Caller | null
  readonly tenant: Tenant | null
}

const formBytesMax = 10_000
const known = new WeakMap<FastifyRequest, Known>()
const sockets = new WeakMap<FastifyRequest, SocketCall>()
const nameSchema = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,199}$' })
const errorSchema = shape({
  error: shape({ code: Type.String(), message: Type.String(), help: Type.String() }),
  requestId: Type.String(),
})

/** For the rate by person: who calls, once that is proved. */
export function subjectOf(request: FastifyRequest): string {
  return known.get(request)?.caller?.subject ?? ''
}

/** Routes from the table. Who calls is settled before a body is read: whoever may not call learns nothing about its form. */
export function addRoutes(
  app: FastifyInstance,
  endpoints: readonly Endpoint[],
  contextOf: () => HttpContext,
  rates: RateLimits,
): void {
  app.addContentTypeParser(formType, { parseAs: 'string', bodyLimit: formBytesMax }, async (_: unknown, body: string) =>
    Object.fromEntries(new URLSearchParams(body)),
  )
  app.addContentTypeParser(scimMediaType, { parseAs: 'string' }, async (_: unknown, text: string) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw httpErrors('FDP_HTTP_REQUEST')
    }
  })
  app.setValidatorCompiler(({ schema, httpPart }) => validator(schema as TSchema, httpPart !== 'body'))
  // For addresses that are none too.
  app.addHook('onRequest', rates.byAddress)
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      // A look ahead by HEAD must not use a sign-in up.
      exposeHeadRoute: !endpoint.path.startsWith('/sign-in'),
      schema: schemaOf(endpoint),
      onRequest: async (request, reply) => {
        // Nothing that is no websocket is made one.
        if (request.ws && !endpoint.socket) throw httpErrors('FDP_HTTP_REQUEST')
        if (!(await letIn(contextOf(), endpoint, request, reply))) return reply
        if (endpoint.auth !== 'public') await rates.bySubject(request, reply)
        if (request.ws) endpoint.socket?.admit(callOf(contextOf(), request, () => rates.bySubject(request, reply)))
      },
      ...(endpoint.socket
        ? { wsHandler: (socket, request) => endpoint.socket!.open(sockets.get(request)!, socket) }
        : {}),
      preValidation: async (request) => {
        const session = known.get(request)?.caller?.session
        if (session) await checkForm(contextOf(), request, session)
      },
      handler: async (request, reply) => {
        const { caller, tenant } = known.get(request)!
        const context = contextOf()
        if (!('type' in endpoint.response) && 'media' in endpoint.response) reply.type(String(endpoint.response.media))
        const { params, query, body } = request as unknown as { params: never; query: never; body: never }
        const at = context.node.adapters.clock.now()
        return await endpoint.handler({
          context,
          at,
          caller: caller as never,
          tenant: tenant as never,
          params,
          query,
          body,
          request,
          reply,
        })
      },
    })
  }
}

/** What a websocket is opened with, kept until it is. */
function callOf(context: HttpContext, request: FastifyRequest, count: () => Promise<void>): SocketCall {
  const { caller, tenant } = known.get(request)!
  const params = request.params as Readonly<Record<string, string>>
  const call: SocketCall = { context, caller: caller!, tenant: tenant!, params, request, count }
  sockets.set(request, call)
  return call
}

/** Settles caller and tenant; false where the browser was sent to sign in instead. */
async function letIn(
  context: HttpContext,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const id = (request.params as { readonly tenant?: string }).tenant
  const inAddress = endpoint.path.includes('/:tenant')
  try {
    const caller = endpoint.auth === 'public' ? null : await authenticate(context, endpoint, request)
    const tenant = inAddress ? (context.node.tenants.get(id ?? '') ?? null) : null
    if (inAddress && !tenant) throw httpErrors('FDP_HTTP_TENANT')
    if (caller && tenant && !caller.tenants.includes(tenant)) {
      const { subject } = caller
      const reason = 'FDP_HTTP_NOT_IN_POST'
      await context.record.refused({ reason, subject, tenant: tenant.profile.id, address: request.ip })
      throw httpErrors(reason)
    }
    known.set(request, { caller, tenant })
    return true
  } catch (error) {
    const sent = endpoint.page === true && wantsPage(request) && context.identity !== null
    if (!sent || !(isFdpError(error, 'FDP_HTTP_SIGN_IN') || isFdpError(error, 'FDP_HTTP_SESSION'))) throw error
    const path = request.url.split('?', 1)[0] ?? '/'
    await reply.redirect(`/sign-in?${new URLSearchParams({ return: path })}`, 303)
    return false
  }
}

async function checkForm(context: HttpContext, request: FastifyRequest, session: Session): Promise<void> {
  try {
    checkFormSecret(request, session)
  } catch (error) {
    await recordRefusal(context, request, session.subject, error)
    throw error
  }
}

function schemaOf(endpoint: Endpoint): FastifySchema {
  const { path, summary, auth, response, others, query, body } = endpoint
  const names = [...path.matchAll(/:(\w+)|(\*)/g)].map(([, name, star]) => name ?? star ?? '')
  const params = Object.fromEntries(
    names.map((name) => [name, endpoint.params?.[name] ?? (name === '*' ? Type.String() : nameSchema)]),
  )
  const good =
    'media' in response
      ? { description: 'done', content: { [String(response.media).split(';', 1)[0] ?? '']: { schema: Type.String() } } }
      : { ...(response as TSchema), description: 'done' }
  const documented = {
    summary,
    security: auth === 'public' ? [] : [{ bearer: [] }, ...(auth === 'service' ? [] : [{ session: [] }])],
  }
  return {
    ...documented,
    ...(names.length > 0 ? { params: shape(params) } : {}),
    ...(query ? { querystring: query } : {}),
    ...(body ? { body } : {}),
    response: { 200: good, ...others, '4xx': { ...errorSchema, description: 'refused, with the next step' } },
  }
}

/** The same checks as everywhere else. Addresses hold text only, so what is asked there is read as what it must be. */
function validator(schema: TSchema, fromAddress: boolean) {
  const check = TypeCompiler.Compile(schema)
  return (data: unknown) => {
    const value = fromAddress ? Value.Convert(schema, { ...(data as object) }) : data
    // What was sent is not repeated: the server turns this into FDP_HTTP_REQUEST.
    return check.Check(value)
      ? { value }
      : { error: Object.assign(new Error('not as its schema says'), { statusCode: 400 }) }
  }
}
