import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { Configuration } from 'openid-client'
import type { Identity } from '#ports'
import { type Claims, identityOf } from './claims.ts'
import { identityErrors } from './errors.ts'
import type { IdentityInput } from './identity-oidc.ts'
import { refusalOf } from './refusal.ts'

/** `none` and shared secrets are not among them: who can check a shared secret can also sign with it. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']
const tokenCharactersMax = 8_192

/**
 * Access tokens as RFC 9068 has them: typed `at+jwt`, so that an ID token cannot pass as one. A token whose subject is
 * its client is a service's own (section 2.2, client credentials); any other speaks for a person.
 */
export function bearerVerifier(
  provider: () => Promise<Configuration>,
  { audience, subjectClaim, clock }: IdentityInput,
): Identity['verify'] {
  let keys: ReturnType<typeof createRemoteJWKSet> | null = null
  return async (bearer) => {
    if (bearer.length > tokenCharactersMax) throw identityErrors('FDP_IDENTITY_TOKEN')
    const server = (await provider()).serverMetadata()
    keys ??= createRemoteJWKSet(new URL(server.jwks_uri ?? ''), { timeoutDuration: 5_000 })
    try {
      const { payload } = await jwtVerify(bearer, keys, {
        ...{ issuer: server.issuer, audience, algorithms, typ: 'at+jwt', currentDate: new Date(clock.now()) },
        requiredClaims: ['sub', 'exp', 'iat', 'client_id'],
      })
      const kind = payload.sub === payload.client_id ? 'service' : 'person'
      return identityOf(payload as Claims, { audience, kind, subjectClaim })
    } catch (error) {
      throw refusalOf(error)
    }
  }
}
