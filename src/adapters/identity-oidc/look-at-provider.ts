import { identityErrors } from './errors.ts'
import { issuerUrl } from './identity-oidc.ts'

const askedMsMax = 10_000
const answerCharactersMax = 1_000_000
/** Of ID tokens; those that `openIdentityOidc` takes. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA']

type Said = Readonly<Record<string, unknown>>

/**
 * Asks a provider for what it publishes of itself, and says in a sentence what would keep people from signing in: before a
 * node is set up with it. Proves neither client nor secret: that only a sign-in does. FDP_IDENTITY_SETTINGS.
 */
export async function lookAtProvider(issuer: string): Promise<void> {
  const wrong = (what: string) => identityErrors('FDP_IDENTITY_SETTINGS', { what })
  const { href } = issuerUrl(issuer)
  const address = `${href.replace(/\/$/, '')}/.well-known/openid-configuration`
  const reply = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(askedMsMax) }).catch((error) => {
    throw wrong(`\`${address}\` does not answer (${reasonOf(error)})`)
  })
  if (reply.status !== 200)
    throw wrong(`\`${address}\` answers with status ${reply.status}: the address is not that of an issuer`)
  const said = parsed((await reply.text()).slice(0, answerCharactersMax))
  if (said === null) throw wrong(`\`${address}\` answers with something that is no provider's description of itself`)
  if (said.issuer !== issuer && said.issuer !== href)
    throw wrong(`the provider calls itself \`${printable(said.issuer)}\`: give exactly that as the issuer`)
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'])
    if (typeof said[name] !== 'string') throw wrong(`the provider does not say its \`${name}\``)
  if (!listed(said.response_types_supported, ['code'])) throw wrong('the provider has no authorisation code flow')
  if (!listed(said.id_token_signing_alg_values_supported, algorithms))
    throw wrong(`the provider signs ID tokens by none of ${algorithms.join(', ')}`)
  // Left out by some who have it; said and without S256 it is not there.
  const pkce = said.code_challenge_methods_supported
  if (pkce !== undefined && !listed(pkce, ['S256'])) throw wrong('the provider has no PKCE with S256')
}

function parsed(text: string): Said | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Said) : null
  } catch {
    return null
  }
}

const listed = (values: unknown, anyOf: readonly string[]) =>
  Array.isArray(values) && values.some((value) => anyOf.includes(value))

const printable = (value: unknown) =>
  (typeof value === 'string' ? value.slice(0, 500) : '').replace(/[^\x21-\x7e]/g, '')

/** `ENOTFOUND`, `CERT_HAS_EXPIRED`, …: what the system calls it, and nothing of an answer. */
function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: string }
  return typeof cause?.code === 'string' ? cause.code : name === 'TimeoutError' ? 'no answer in time' : 'no connection'
}
