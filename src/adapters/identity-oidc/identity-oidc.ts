import * as oidc from 'openid-client'
import type { Clock, Random } from '#kernel'
import type { Identity } from '#ports'
import { bearerVerifier } from './bearer.ts'
import { identityOf } from './claims.ts'
import { identityErrors } from './errors.ts'
import { refusalOf } from './refusal.ts'

export interface IdentityInput {
  /** The provider's address; `https`, or `http` on this machine. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The claim that holds the name by which the register knows a caller; empty: `preferred_username` or `email`. */
  readonly subjectClaim: string
  /** What access tokens for this node must name as their audience. */
  readonly audience: string
  readonly clock: Clock
  readonly random: Random
}

const providerSecondsMax = 10

/** Reaches out to nobody yet. FDP_IDENTITY_SETTINGS for an issuer that cannot be one. */
export function openIdentityOidc(input: IdentityInput): Identity {
  const { clientId, clientSecret, subjectClaim, random } = input
  const issuer = issuerUrl(input.issuer)
  let found: Promise<oidc.Configuration> | null = null
  const provider = (): Promise<oidc.Configuration> => {
    found ??= discover(issuer, clientId, clientSecret).catch(() => {
      found = null
      throw identityErrors('FDP_IDENTITY_UNREACHABLE')
    })
    return found
  }
  const secret = () => Buffer.from(random.bytes(32)).toString('base64url')

  return {
    async begin(redirectUri) {
      const configuration = await provider()
      const pending = { state: secret(), nonce: secret(), verifier: secret(), redirectUri }
      const url = oidc.buildAuthorizationUrl(configuration, {
        ...{ redirect_uri: redirectUri, scope: 'openid profile email', state: pending.state, nonce: pending.nonce },
        code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, pending }
    },
    async finish(pending, cameBackWith) {
      const configuration = await provider()
      try {
        const tokens = await oidc.authorizationCodeGrant(configuration, new URL(cameBackWith), {
          ...{ expectedState: pending.state, expectedNonce: pending.nonce, pkceCodeVerifier: pending.verifier },
          idTokenExpected: true,
        })
        const claims = tokens.claims() ?? {}
        return identityOf(claims, { audience: clientId, kind: 'person', subjectClaim })
      } catch (error) {
        throw refusalOf(error)
      }
    },
    verify: bearerVerifier(provider, input),
    async signOutUrl(backTo) {
      const configuration = await provider()
      if (configuration.serverMetadata().end_session_endpoint === undefined) return null
      return oidc.buildEndSessionUrl(configuration, { post_logout_redirect_uri: backTo }).href
    },
  }
}

async function discover(issuer: URL, clientId: string, clientSecret: string): Promise<oidc.Configuration> {
  const configuration = await oidc.discovery(
    ...([issuer, clientId, { client_secret: clientSecret }, oidc.ClientSecretBasic(clientSecret)] as const),
    { timeout: providerSecondsMax, execute: issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [] },
  )
  oidc.enableNonRepudiationChecks(configuration)
  return configuration
}

export function issuerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const local = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && local))) {
    throw identityErrors('FDP_IDENTITY_SETTINGS', { what: '`identity.issuer` takes an address with https' })
  }
  return url
}
