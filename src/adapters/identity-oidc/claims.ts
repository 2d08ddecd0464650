import { type Instant, parseInstant } from '#kernel'
import type { ProvedIdentity } from '#ports'
import { identityErrors } from './errors.ts'

export type Claims = Readonly<Record<string, unknown>>

const purposeScope = /^purpose:([a-z][a-z0-9-]{0,59})$/
const amrMax = 10
const wordCharactersMax = 200

/** What verified claims say, in our words. `subjectClaim` empty: `preferred_username`, else a verified `email`. */
export function identityOf(
  claims: Claims,
  about: { readonly audience: string; readonly kind: ProvedIdentity['kind']; readonly subjectClaim: string },
): ProvedIdentity {
  const { audience, kind, subjectClaim } = about
  const subject = subjectClaim === '' ? usualName(claims) : textOf(claims[subjectClaim])
  if (subject === null) throw identityErrors('FDP_IDENTITY_NAMELESS')
  return {
    ...{ issuer: String(claims.iss), subject, audience, kind, purpose: purposeOf(claims) },
    authenticatedAt: momentOf(claims.auth_time),
    strength: { acr: textOf(claims.acr), amr: wordsOf(claims.amr) },
    until: momentOf(claims.exp) ?? parseInstant('1970-01-01T00:00:00Z'),
  }
}

function usualName(claims: Claims): string | null {
  return textOf(claims.preferred_username) ?? (claims.email_verified === true ? textOf(claims.email) : null)
}

/** A token names one purpose or none: with two it would be open which one a read is for. */
function purposeOf(claims: Claims): string | null {
  const scopes = (textOf(claims.scope) ?? '').split(' ').flatMap((word) => purposeScope.exec(word)?.[1] ?? [])
  const claimed = textOf(claims.purpose)
  const named = new Set(claimed === null ? scopes : [...scopes, claimed])
  if (named.size > 1) throw identityErrors('FDP_IDENTITY_TOKEN')
  return [...named][0] ?? null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= wordCharactersMax ? value : null
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((word) => textOf(word) ?? []).slice(0, amrMax) : []
}

/** NumericDate of RFC 7519: seconds. */
function momentOf(value: unknown): Instant | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 8e12) return null
  return new Date(value * 1_000).toISOString() as Instant
}
