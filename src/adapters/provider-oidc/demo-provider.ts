import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { Random } from '#kernel'
import { providerConfiguration, sessionCookie } from './configuration.ts'
import { loginPage, sorryPage } from './login-page.ts'

/** Somebody who does not exist, by the name in the register. */
export interface DemoAccount {
  readonly subject: string
  readonly name: string
  readonly role: string
  readonly organisation: string
}

export interface DemoProviderInput {
  readonly accounts: readonly DemoAccount[]
  /** Where this node's browsers may be sent back to: whole addresses. */
  readonly redirectUris: readonly string[]
  readonly signedOutUris: readonly string[]
  /** The audience of access tokens. */
  readonly audience: string
  /** Programs, the node's own first: what the register calls each, and the purposes that its tokens may name. */
  readonly services: readonly [DemoService, ...DemoService[]]
  readonly random: Random
  /** Seconds that a token of the service lives; 300 unless told. */
  readonly tokenSeconds?: number
}

export interface DemoService {
  /** Of its client. */
  readonly id: string
  readonly subject: string
  readonly purposes: readonly string[]
}

export interface DemoClient {
  readonly id: string
  readonly secret: string
  readonly tokenEndpoint: string
}

export interface DemoProvider {
  readonly issuer: string
  readonly client: { readonly id: string; readonly secret: string }
  /** The first of `services`. */
  readonly service: DemoClient
  readonly services: readonly DemoClient[]
  close(): Promise<void>
}

const bodyBytesMax = 4_096
const interactionPath = /^\/interaction\/([A-Za-z0-9_-]{1,100})$/
/** Says that nothing was proved. */
const acr = 'urn:openfdp:demo:nothing-proved'

/** Listens on a free port of this machine. */
export async function openDemoProvider(input: DemoProviderInput): Promise<DemoProvider> {
  const { random } = input
  const server = createServer({ requestTimeout: 30_000 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const secret = () => Buffer.from(random.bytes(32)).toString('base64url')
  const client = { id: 'openfdp-node', secret: secret() }
  const services = input.services.map(({ id }) => ({ id, secret: secret(), tokenEndpoint: `${issuer}/token` }))
  const all = { ...input, acr, client, services: input.services.map((one, i) => ({ ...one, ...services[i]! })), secret }
  const provider = new Provider(issuer, await providerConfiguration(all))
  const pass = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.host !== new URL(issuer).host) return void response.writeHead(421).end()
    // Whoever comes to sign in chooses anew: one browser here is many people.
    if (request.url?.startsWith('/auth')) request.headers.cookie = withoutSession(request.headers.cookie ?? '')
    const uid = interactionPath.exec(request.url ?? '')?.[1]
    const answered = uid === undefined ? pass(request, response) : interact(provider, input, request, response)
    // Only the code of an interaction that is unknown or has ended gets here; the rest the provider answers itself.
    answered.catch(() => html(response, 400, sorryPage()))
  })
  return { issuer, client, service: services[0]!, services, close: () => closed(server) }
}

function withoutSession(cookies: string): string {
  return cookies
    .split('; ')
    .filter((cookie) => !cookie.startsWith(sessionCookie))
    .join('; ')
}

/** Shows the list of people, or takes the choice; anything but one of them is refused. */
async function interact(
  provider: Provider,
  { accounts, redirectUris }: DemoProviderInput,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid } = await provider.interactionDetails(request, response)
  if (request.method !== 'POST') return html(response, 200, loginPage(accounts, `/interaction/${uid}`), redirectUris)
  const subject = new URLSearchParams(await bodyOf(request)).get('subject')
  if (!accounts.some((account) => account.subject === subject)) return html(response, 400, sorryPage())
  const login = { accountId: subject, acr, amr: [], remember: false }
  await provider.interactionFinished(request, response, { login })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > bodyBytesMax) throw new Error('a form that is too long')
  }
  return text
}

function html(response: ServerResponse, status: number, page: string, backTo: readonly string[] = []): void {
  // A browser holds the addresses that a form's answer redirects to against the policy as well.
  const targets = ["'self'", ...new Set(backTo.map((uri) => new URL(uri).origin))].join(' ')
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
    ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
  })
  response.end(page)
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
