import type { Instant } from '#kernel'

/** Who a provider says is there. A proof of identity, never a right: the register and the policies decide. */
export interface ProvedIdentity {
  /** Whose word it is: the provider's address. */
  readonly issuer: string
  /** Whom the provider means, as the configured claim names them; the register may know nobody of that name. */
  readonly subject: string
  /** For whom the token was made: this node's client, or its API. */
  readonly audience: string
  readonly kind: 'person' | 'service'
  /** The purpose that a token is limited to, or null where it names none. */
  readonly purpose: string | null
  /** When whoever it is last showed who they are; null where the provider does not say. */
  readonly authenticatedAt: Instant | null
  /** How: the provider's words for the strength (`acr`) and the means (`amr`), OpenID Connect Core 1.0 section 2. */
  readonly strength: { readonly acr: string | null; readonly amr: readonly string[] }
  /** From when on the token proves nothing. */
  readonly until: Instant
}

/** What the node keeps between sending a browser away and its return; used once. */
export interface PendingSignIn {
  readonly state: string
  readonly nonce: string
  /** PKCE, RFC 7636. */
  readonly verifier: string
  readonly redirectUri: string
}

/**
 * An identity provider, as one node uses it.
 *
 * Guarantees: `finish` resolves only for an answer of this provider to exactly this pending sign-in (state, nonce, PKCE
 * with S256), whose ID token it signed for this client and which has not expired. `verify` resolves only for an access
 * token that it signed, with an asymmetric key that it publishes, for this node's audience, and which has not expired.
 * Refusals are errors FDP_IDENTITY_*; none holds a token, a secret, a claim's value or the provider's own words.
 * Tokens are used and dropped: none is kept, returned or logged.
 */
export interface Identity {
  /** Where to send a browser, and what to remember until it is back. */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly pending: PendingSignIn }>
  /** The address that the browser came back with, whole. */
  finish(pending: PendingSignIn, cameBackWith: string): Promise<ProvedIdentity>
  /** An access token that a caller sent as a bearer (RFC 6750, RFC 9068). */
  verify(bearer: string): Promise<ProvedIdentity>
  /** Where to send somebody who also wants to be signed out there; null where the provider offers no such page. */
  signOutUrl(backTo: string): Promise<string | null>
}
