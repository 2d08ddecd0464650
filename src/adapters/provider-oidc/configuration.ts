import { exportJWK, generateKeyPair } from 'jose'
import type { DemoProviderInput, DemoService } from './demo-provider.ts'
import { signedOutPage, signOutPage } from './login-page.ts'
import { memoryStore } from './memory-store.ts'

interface Client {
  readonly id: string
  readonly secret: string
}

export interface ConfigurationInput extends Omit<DemoProviderInput, 'services'> {
  readonly acr: string
  readonly client: Client
  readonly services: readonly (DemoService & Client)[]
  readonly secret: () => string
}

/** The context of a request in the provider's own frame, as far as we look at it. */
interface Context {
  body: unknown
  readonly oidc: {
    readonly client: { readonly clientId: string }
    readonly session: { readonly accountId: string }
    readonly provider: { readonly Grant: import('oidc-provider').Provider['Grant'] }
  }
}

export const sessionCookie = 'demo_session'
const codeSeconds = 60

/** The node and its programs as clients, one key made now, S256 only, and access tokens after RFC 9068 for one audience. */
export async function providerConfiguration(input: ConfigurationInput): Promise<object> {
  const { accounts, audience, services, secret } = input
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const scopesOf = (of: readonly DemoService[]) => [
    ...new Set(of.flatMap(({ purposes }) => purposes.map((purpose) => `purpose:${purpose}`))),
  ]
  const purposeScopes = scopesOf(services)
  return {
    adapter: memoryStore(),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256' }] },
    cookies: {
      keys: [secret()],
      names: { session: sessionCookie, interaction: 'demo_interaction', resume: 'demo_resume' },
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clients: [
      {
        ...{ client_id: input.client.id, client_secret: input.client.secret, grant_types: ['authorization_code'] },
        ...{ redirect_uris: input.redirectUris, post_logout_redirect_uris: input.signedOutUris },
        ...{ response_types: ['code'], require_auth_time: true },
      },
      ...services.map((service) => ({
        ...{ client_id: service.id, client_secret: service.secret, grant_types: ['client_credentials'] },
        ...{ redirect_uris: [], response_types: [], scope: scopesOf([service]).join(' ') },
      })),
    ],
    scopes: ['openid', 'profile', ...purposeScopes],
    claims: { openid: ['sub', 'acr', 'amr'], profile: ['name', 'preferred_username'] },
    acrValues: [input.acr],
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: {
      ...{ AuthorizationCode: codeSeconds, ClientCredentials: input.tokenSeconds ?? 300, AccessToken: 300 },
      ...{ IdToken: 300, Interaction: 600, Session: 3_600, Grant: 3_600 },
    },
    findAccount: (_context: unknown, id: string) => {
      const account = accounts.find(({ subject }) => subject === id)
      return account && { accountId: id, claims: () => ({ sub: id, name: account.name, preferred_username: id }) }
    },
    loadExistingGrant: consented,
    extraTokenClaims: (_context: unknown, token: { readonly kind: string; readonly clientId: string }) =>
      token.kind === 'ClientCredentials'
        ? { preferred_username: services.find(({ id }) => id === token.clientId)?.subject }
        : {},
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({
          ...{ audience, scope: purposeScopes.join(' '), accessTokenFormat: 'jwt' },
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: Context, form: string) => {
          context.body = signOutPage(form)
        },
        postLogoutSuccessSource: (context: Context) => {
          context.body = signedOutPage()
        },
      },
    },
    // Errors are told in a word: what was sent is not repeated.
    renderError: (context: Context, { error }: { readonly error: string }) => {
      context.body = `${/^[a-z_]+$/.test(error) ? error : 'error'}\n`
    },
  }
}

/** Nobody is asked for consent: client and provider are of the same node. */
async function consented({ oidc }: Context): Promise<unknown> {
  const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId })
  grant.addOIDCScope('openid profile email')
  await grant.save()
  return grant
}
