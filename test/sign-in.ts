import { openIdentityOidc } from '#adapters/identity-oidc'
import type { DemoProvider } from '#adapters/provider-oidc'
import { type HttpServer, serveHttp } from '#http'
import { type FdpNode, openLog } from '#node'
import type { Identity } from '#ports'
import { openDemo } from '../src/sign-in.ts'
import { products } from './products.ts'

/*
 * The node over real HTTP with the real identity provider, and browsers that keep cookies. `await using site = await
 * openSite(world.node)`, then `const vera = await site.signIn(validator)` and `vera.get('/api/v1/me')`.
 */

export interface SiteOptions {
  readonly log?: (line: string) => void
  /** Seconds that a service's token lives. */
  readonly tokenSeconds?: number
  /** More than any test sends, unless told. */
  readonly requestsPerMinuteMax?: number
  readonly publicOrigin?: string
}

export interface Site extends AsyncDisposable {
  readonly server: HttpServer
  readonly provider: DemoProvider
  /** A browser that knows nobody yet. */
  browser(): Browser
  /** A browser in which somebody has signed in; `wanted` is the rest of the address: `?tenant=…&purpose=…`. */
  signIn(subject: string, wanted?: string): Promise<Browser>
  /** An access token of the economy's service. */
  token(scope?: string): Promise<string>
  get(path: string, init?: RequestInit): Promise<Response>
}

export async function openSite(world: FdpNode, options: SiteOptions = {}): Promise<Site> {
  const { log, tokenSeconds, requestsPerMinuteMax = 1_000_000, publicOrigin = '' } = options
  const http = { ...world.config.http, requestsPerMinuteMax, publicOrigin }
  const node: FdpNode = { ...world, config: { ...world.config, http } }
  let provider: DemoProvider | null = null
  const openIdentity = async (origin: string): Promise<Identity> => {
    provider = await openDemo(node, origin, tokenSeconds)
    const { issuer, client } = provider
    const { clock, random } = node.adapters
    const { subjectClaim, audience } = node.config.identity
    return openIdentityOidc({
      issuer,
      clientId: client.id,
      clientSecret: client.secret,
      subjectClaim,
      audience,
      clock,
      random,
    })
  }
  const lines = openLog('info', { write: (text: string) => log?.(text) })
  const server = await serveHttp({ node, released: [], products: products(), log: lines, openIdentity })
  const made = provider as unknown as DemoProvider
  const browser = () => new Browser(server.url)
  return {
    ...{ server, provider: made, browser },
    get: (path, init = {}) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init }),
    async signIn(subject, wanted = '') {
      const one = browser()
      await one.signIn(subject, wanted)
      return one
    },
    token: (scope) => serviceToken(made, scope),
    async [Symbol.asyncDispose]() {
      await server.close()
      await made.close()
    },
  }
}

/** Keeps cookies by host and port, as a browser would that were strict about ports, and follows nothing by itself. */
export class Browser {
  readonly base: string
  readonly jar = new Map<string, Map<string, string>>()
  #csrf: string | null = null

  constructor(base: string) {
    this.base = base
  }

  async go(address: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, this.base)
    const cookies = this.jar.get(url.host) ?? new Map<string, string>()
    this.jar.set(url.host, cookies)
    const headers = new Headers(init.headers)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (cookie !== '') headers.set('cookie', cookie)
    const reply = await fetch(url, { redirect: 'manual', ...init, headers })
    for (const line of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return reply
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return this.go(path, init)
  }

  /** As a page of the node would send it. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    this.#csrf ??= ((await (await this.get('/api/v1/me')).json()) as { session: { csrf: string } }).session.csrf
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    return await this.go(path, {
      method,
      headers: { origin: this.base, 'sec-fetch-site': 'same-origin', 'x-fdp-csrf': this.#csrf, ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** From `/sign-in` to the provider, its list, and its answer: the address that it sends the browser back to. */
  async answerFor(subject: string, wanted = '', change: (url: URL) => void = () => {}): Promise<string> {
    const toProvider = new URL(location(await this.get(`/sign-in${wanted}`)))
    change(toProvider)
    return await this.choose(subject, toProvider.href)
  }

  /** The provider's side: an authorisation request, and who somebody says they are. */
  async choose(subject: string, authorisation: string): Promise<string> {
    const provider = new URL(authorisation).origin
    const form = new URL(location(await this.go(authorisation)), provider).href
    const action = /action="([^"]+)"/.exec(await (await this.go(form)).text())?.[1] ?? ''
    const chosen = await this.go(new URL(action, provider).href, {
      method: 'POST',
      body: new URLSearchParams({ subject }),
    })
    return location(await this.go(new URL(location(chosen), provider).href))
  }

  async signIn(subject: string, wanted = ''): Promise<Response> {
    return await this.go(await this.answerFor(subject, wanted))
  }
}

export async function serviceToken({ service }: DemoProvider, scope = 'purpose:data-intake'): Promise<string> {
  const basic = Buffer.from(`${service.id}:${service.secret}`).toString('base64')
  const reply = await fetch(service.tokenEndpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  })
  const { access_token: token } = (await reply.json()) as { access_token?: string }
  if (!token) throw new Error(`no token: ${reply.status}`)
  return token
}

export function location(reply: Response): string {
  const to = reply.headers.get('location')
  if (to === null) throw new Error(`no redirect: ${reply.status}`)
  return to
}

export async function codeOf(reply: Response): Promise<string> {
  return ((await reply.json()) as { error: { code: string } }).error.code
}
