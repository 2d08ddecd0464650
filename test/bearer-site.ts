import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { openIdentityOidc } from '#adapters/identity-oidc'
import { type HttpServer, serveHttp } from '#http'
import { type FdpNode, openLog } from '#node'
import { products } from './products.ts'

/*
 * The node over real HTTP for applications: an identity provider that signs an access token for anybody, for any one
 * purpose, and the node that trusts it. `await using site = await openBearerSite(world.node)`, then
 * `await site.bearer('full@alder-vale.example', 'whole-record-care')`.
 */

export interface BearerSite extends AsyncDisposable {
  readonly url: string
  readonly server: HttpServer
  /** An access token of a person, for an hour. */
  bearer(subject: string, purpose: string): Promise<string>
}

export async function openBearerSite(world: FdpNode, log: (line: string) => void = () => {}): Promise<BearerSite> {
  const keys = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' }
  let issuer = ''
  const provider = createServer((request, response) => {
    const description = { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/auth` }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : description))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const http = { ...world.config.http, requestsPerMinuteMax: 1_000_000 }
  const node: FdpNode = { ...world, config: { ...world.config, http } }
  const { clock, random } = node.adapters
  const { subjectClaim, audience } = node.config.identity
  const settings = { issuer, clientId: 'node', clientSecret: 'a secret', subjectClaim, audience, clock, random }
  const openIdentity = async () => openIdentityOidc(settings)
  const server = await serveHttp({
    node,
    released: [],
    products: products(),
    log: openLog('info', { write: log }),
    openIdentity,
  })
  return {
    ...{ server, url: server.url },
    bearer(subject, purpose) {
      const now = Math.trunc(Date.parse(clock.now()) / 1_000)
      const claims = {
        ...{ iss: issuer, aud: audience, sub: subject, client_id: 'an-application', iat: now, exp: now + 3_600 },
        ...{ preferred_username: subject, scope: `purpose:${purpose}` },
      }
      return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' }).sign(keys.privateKey)
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      provider.closeAllConnections()
      await new Promise<void>((resolve) => provider.close(() => resolve()))
    },
  }
}
