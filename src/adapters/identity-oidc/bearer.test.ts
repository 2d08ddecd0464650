import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { isFdpError, systemClock, systemRandom } from '#kernel'
import type { Identity } from '#ports'
import { openIdentityOidc } from './index.ts'

/* A provider that signs whatever it is told with its published key: what a good signature alone must not open. */

const audience = 'urn:test:node'
const keys = await generateKeyPair('ES256')
let issuer = ''
const server = createServer(async (request, response) => {
  const published = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'ES256' }] }
  const description = { issuer, jwks_uri: `${issuer}/jwks`, authorization_endpoint: `${issuer}/auth` }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(request.url === '/jwks' ? published : description))
})

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => {
  server.close()
  server.closeAllConnections()
})

function identity(change: { subjectClaim?: string; issuer?: string } = {}): Identity {
  const settings = { issuer, clientId: 'node', clientSecret: 'secret', subjectClaim: '', audience, ...change }
  return openIdentityOidc({ ...settings, clock: systemClock, random: systemRandom })
}

function token(change: Record<string, unknown> = {}, typ = 'at+jwt'): Promise<string> {
  const now = Math.trunc(Date.parse(systemClock.now()) / 1_000)
  const usual = { iss: issuer, aud: audience, sub: 'feed', client_id: 'feed', iat: now, exp: now + 60 }
  const claims = { ...usual, preferred_username: 'feed@rz1.example', ...change }
  const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
  return new SignJWT(given).setProtectedHeader({ alg: 'ES256', typ, kid: 'k' }).sign(keys.privateKey)
}

const refused = (code: string, bearer: Promise<string>, by = identity()) =>
  bearer.then((text) =>
    assert.rejects(by.verify(text), (error) => isFdpError(error, code) && error.cause === undefined),
  )

test('a good signature opens nothing for somebody else, from somebody else, too late, too early, or of another kind', async () => {
  const now = Math.trunc(Date.parse(systemClock.now()) / 1_000)
  await refused('FDP_IDENTITY_AUDIENCE', token({ aud: 'urn:other' }))
  await refused('FDP_IDENTITY_AUDIENCE', token({ aud: 'node' }))
  await refused('FDP_IDENTITY_TOKEN', token({ iss: 'https://other.example' }))
  await refused('FDP_IDENTITY_EXPIRED', token({ iat: now - 120, exp: now - 60 }))
  await refused('FDP_IDENTITY_TOKEN', token({ nbf: now + 600 }))
  // An ID token is about somebody; it does not speak for them.
  await refused('FDP_IDENTITY_TOKEN', token({}, 'JWT'))
  for (const claim of ['aud', 'exp', 'iat', 'sub', 'client_id']) {
    await assert.rejects(async () => identity().verify(await token({ [claim]: undefined })), /FdpError/, claim)
  }
})

test('a name comes from the claim that was chosen, and from a mailbox only where the provider looked', async () => {
  const mail = { preferred_username: undefined, email: 'ann@rz1.example' }
  await refused('FDP_IDENTITY_NAMELESS', token(mail))
  await refused('FDP_IDENTITY_NAMELESS', token({ ...mail, email_verified: 'true' }))
  assert.equal((await identity().verify(await token({ ...mail, email_verified: true }))).subject, 'ann@rz1.example')
  const chosen = identity({ subjectClaim: 'staff_id' })
  await refused('FDP_IDENTITY_NAMELESS', token(), chosen)
  await refused('FDP_IDENTITY_NAMELESS', token({ staff_id: ['a'] }), chosen)
  assert.equal((await chosen.verify(await token({ staff_id: 'ann' }))).subject, 'ann')
})

test('a purpose comes from the scope or the claim, and two of them are none', async () => {
  const purposeOf = async (change: object) => (await identity().verify(await token({ ...change }))).purpose
  assert.equal(await purposeOf({}), null)
  assert.equal(await purposeOf({ scope: 'openid purpose:data-intake' }), 'data-intake')
  assert.equal(await purposeOf({ purpose: 'planning', scope: 'purpose:planning' }), 'planning')
  await refused('FDP_IDENTITY_TOKEN', token({ scope: 'purpose:a purpose:b' }))
  await refused('FDP_IDENTITY_TOKEN', token({ scope: 'purpose:a', purpose: 'b' }))
})

test('a token is a service’s own only where its subject is its client', async () => {
  assert.equal((await identity().verify(await token())).kind, 'service')
  assert.equal((await identity().verify(await token({ sub: 'somebody' }))).kind, 'person')
})

test('a provider without TLS elsewhere, or that is none, is refused; one that is not there is not yet', async () => {
  for (const bad of ['http://idp.example', 'ftp://127.0.0.1', 'idp.example', '']) {
    assert.throws(
      () => identity({ issuer: bad }),
      (error) => isFdpError(error, 'FDP_IDENTITY_SETTINGS'),
      bad,
    )
  }
  const nobody = identity({ issuer: 'http://127.0.0.1:9' })
  await assert.rejects(nobody.begin('http://127.0.0.1/'), (error) => isFdpError(error, 'FDP_IDENTITY_UNREACHABLE'))
})
