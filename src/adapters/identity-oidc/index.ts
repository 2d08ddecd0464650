/**
 * Identity by OpenID Connect: authorisation code with PKCE (S256), state and nonce, by openid-client; access tokens of
 * services and people held against the provider's published keys, by jose.
 *
 * Promises: the guarantees of the Identity port; the provider is found by discovery when it is first needed and again
 * after a failure; the signature of an ID token is checked although it came over a direct connection; only asymmetric
 * algorithms count.
 * Never: keeps or logs a token, talks to a provider without TLS except on this machine, or follows its words in errors.
 */
export { identityErrors } from './errors.ts'
export { type IdentityInput, openIdentityOidc } from './identity-oidc.ts'
export { lookAtProvider } from './look-at-provider.ts'
