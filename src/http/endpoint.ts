import type { WebSocket } from '@fastify/websocket'
import { type Static, type TProperties, type TSchema, Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Instant, PurposeId, SubjectId } from '#kernel'
import type { Tenant } from '#node'
import type { ProvedIdentity } from '#ports'
import type { HttpContext } from './context.ts'
import { httpErrors } from './errors.ts'
import type { Session } from './sessions.ts'

/** Who may call: anybody; somebody in a browser or with their own token; a program; either of the two. */
export type Auth = 'public' | 'person' | 'service' | 'either'

/** Who calls, proved in this request and found in post in this request. Not a right to anything. */
export interface Caller {
  readonly kind: ProvedIdentity['kind']
  readonly subject: SubjectId
  readonly issuer: string
  readonly strength: ProvedIdentity['strength']
  /** Null for a bearer token. */
  readonly session: Session | null
  readonly sessionId: string | null
  /** From when on their token proves nothing; null for a session, which is looked up at each request. */
  readonly until: Instant | null
  /** Where they are in post at this moment. */
  readonly tenants: readonly Tenant[]
  /** What they act for at a tenant: chosen in the session, or named by the token. FDP_HTTP_PURPOSE if there is none. */
  purposeAt(tenant: Tenant): PurposeId
}

/** An answer that is no JSON: a page, metrics, bytes. */
export interface Media {
  readonly media: string
}

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : Path extends `${string}*`
      ? '*'
      : never

type TenantOf<Path extends string> = Path extends `${string}/:tenant${string}` ? Tenant : null
type ReadOnly<T> = T extends readonly (infer Item)[]
  ? readonly ReadOnly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadOnly<T[Key]> }
    : T
type Answer<R> = R extends Media ? string | Uint8Array : R extends TSchema ? ReadOnly<Static<R>> : never

export interface Call<A extends Auth, Path extends string, Q extends TSchema, B extends TSchema> {
  readonly context: HttpContext
  readonly at: Instant
  readonly caller: A extends 'public' ? null : Caller
  /** Of the address. Anybody not public who gets here is in post there. */
  readonly tenant: TenantOf<Path>
  readonly params: Readonly<Record<ParamsOf<Path>, string>>
  readonly query: Static<Q>
  readonly body: Static<B>
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Somebody at the door of a websocket: proved, found in post, and within the rates, as anybody is. */
export interface SocketCall {
  readonly context: HttpContext
  readonly caller: Caller
  readonly tenant: Tenant
  readonly params: Readonly<Record<string, string>>
  readonly request: FastifyRequest
  /** Counts a message as a request of this caller: FDP_HTTP_RATE beyond the rate. */
  readonly count: () => Promise<void>
}

/** An address that answers with a websocket. Who calls is proved by the subprotocol `Bearer-<token>` and by nothing else. */
export interface SocketHandler {
  /** Throws what refuses the upgrade, before anything is upgraded. */
  admit(call: SocketCall): void
  /** Listens before it returns. */
  open(call: SocketCall, socket: WebSocket): void
}

export interface EndpointInput<
  A extends Auth,
  Path extends string,
  Q extends TSchema,
  B extends TSchema,
  R extends TSchema | Media,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `:tenant` names a tenant of this node; other parameters are short names unless `params` says more. */
  readonly path: Path
  readonly auth: A
  /** One plain sentence for `/openapi.json`. */
  readonly summary: string
  readonly params?: TProperties
  readonly query?: Q
  readonly body?: B
  readonly response: R
  /** Answers with other status than 200 that are no errors. */
  readonly others?: Readonly<Record<number, TSchema>>
  /** A page: a browser that is not signed in is sent to sign in, not told off. */
  readonly page?: true
  /** A websocket; `handler` answers whoever does not ask for one. */
  readonly socket?: SocketHandler
  /** Returns the answer, or the reply where it sent one itself. */
  handler(call: Call<A, Path, Q, B>): Promise<Answer<R> | FastifyReply> | Answer<R> | FastifyReply
}

export type Endpoint = EndpointInput<Auth, string, TSchema, TSchema, TSchema | Media>

/** One line of the table; types of parameters, query, body and answer follow from the schemas. */
export function endpoint<
  A extends Auth,
  const Path extends string,
  R extends TSchema | Media,
  Q extends TSchema = TSchema,
  B extends TSchema = TSchema,
>(input: EndpointInput<A, Path, Q, B, R>): Endpoint {
  return input as unknown as Endpoint
}

/** One line of the table for a websocket of a tenant. */
export function socketEndpoint(input: SocketHandler & { readonly path: string; readonly summary: string }): Endpoint {
  const { path, summary, ...socket } = input
  return endpoint({
    ...{ method: 'GET', auth: 'either', path, summary, response: Type.Null(), socket },
    handler: () => {
      throw httpErrors('FDP_HTTP_UPGRADE')
    },
  })
}

export function media(type: string): Media {
  return { media: type }
}

/** An object with these properties and no others: what is not listed does not leave. */
export function shape<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false })
}

/** `GET /api/v1/me`: how tests and the log speak of an endpoint. */
export function nameOf({ method, path }: Pick<Endpoint, 'method' | 'path'>): string {
  return `${method} ${path}`
}
