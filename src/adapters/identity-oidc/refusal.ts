import { FdpError } from '#kernel'
import { identityErrors } from './errors.ts'

type Code = Parameters<typeof identityErrors>[0]

/** Codes of openid-client and jose, and what we call them. Their words are dropped: they may quote what was sent. */
const codes: Readonly<Record<string, Code>> = {
  OAUTH_AUTHORIZATION_RESPONSE_ERROR: 'FDP_IDENTITY_CANCELLED',
  OAUTH_RESPONSE_BODY_ERROR: 'FDP_IDENTITY_CODE',
  OAUTH_WWW_AUTHENTICATE_CHALLENGE: 'FDP_IDENTITY_UNREACHABLE',
  OAUTH_INVALID_RESPONSE: 'FDP_IDENTITY_ANSWER',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'FDP_IDENTITY_ANSWER',
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'FDP_IDENTITY_EXPIRED',
  OAUTH_RESPONSE_IS_NOT_JSON: 'FDP_IDENTITY_UNREACHABLE',
  OAUTH_RESPONSE_IS_NOT_CONFORM: 'FDP_IDENTITY_UNREACHABLE',
  OAUTH_TIMEOUT: 'FDP_IDENTITY_UNREACHABLE',
  ERR_JWT_EXPIRED: 'FDP_IDENTITY_EXPIRED',
  ERR_JWKS_TIMEOUT: 'FDP_IDENTITY_UNREACHABLE',
  ERR_JOSE_GENERIC: 'FDP_IDENTITY_UNREACHABLE',
}

/** Whatever cannot be verified is refused; only a failed connection is told apart from a bad token. */
export function refusalOf(error: unknown): FdpError {
  if (error instanceof FdpError) return error
  const { code, claim } = error as { readonly code?: unknown; readonly claim?: unknown }
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' && claim === 'aud') return identityErrors('FDP_IDENTITY_AUDIENCE')
  const known = typeof code === 'string' ? codes[code] : undefined
  if (known) return identityErrors(known)
  return identityErrors(isConnection(error) ? 'FDP_IDENTITY_UNREACHABLE' : 'FDP_IDENTITY_TOKEN')
}

/** `fetch` says "failed" with the cause inside, whatever went wrong on the way. */
function isConnection(error: unknown): boolean {
  return error instanceof TypeError && (error as Error).message === 'fetch failed'
}
