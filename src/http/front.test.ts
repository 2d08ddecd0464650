import assert from 'node:assert/strict'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { test } from 'node:test'
import { openLog } from '#node'
import { codeOf, openSite } from '../../test/sign-in.ts'
import { openWorld } from '../../test/world.ts'
import { nameOf } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { serveHttp } from './serve.ts'

test('without an identity provider only what is public is answered', async () => {
  await using world = await openWorld({ empty: true })
  const log = openLog('error', { write: () => {} })
  const server = await serveHttp({ node: world.node, released: [], products: [], log, openIdentity: async () => null })
  try {
    for (const endpoint of endpoints) {
      const url = `${server.url}${endpoint.path.replace(':tenant', 'alder-vale').replaceAll(/:\w+|\*/g, 'x')}`
      const headers = { authorization: 'Bearer x' }
      const reply = await fetch(url, { method: endpoint.method, headers, redirect: 'manual' })
      const isSignIn = endpoint.path.startsWith('/sign-in')
      if (endpoint.auth === 'public' && !isSignIn) assert.notEqual(reply.status, 503, nameOf(endpoint))
      else assert.equal(await codeOf(reply), 'FDP_HTTP_SIGN_IN_OFF', nameOf(endpoint))
    }
  } finally {
    await server.close()
  }
})

test('behind a proxy it answers to the name of the proxy, and its cookies need TLS', async () => {
  await using world = await openWorld({ empty: true })
  await using site = await openSite(world.node, { publicOrigin: 'https://fdp.example' })
  const there = { host: 'fdp.example', 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' }
  const reply = await raw(site.server.url, '/sign-in', there)
  const cookie = String(reply.headers['set-cookie']?.[0])
  assert.match(cookie, /^__Host-fdp_sign_in=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const back = new URL(String(reply.headers.location)).searchParams.get('redirect_uri')
  assert.equal(back, 'https://fdp.example/sign-in/callback')
  assert.match(String(reply.headers['strict-transport-security']), /max-age/)
  const elsewhere = await raw(site.server.url, '/sign-in?return=/x', { host: 'localhost:1' })
  assert.equal(elsewhere.headers.location, 'https://fdp.example/sign-in?return=/x')
  assert.equal((await raw(site.server.url, '/health/live', { host: 'fdp.example.evil' })).statusCode, 421)
})

/** `fetch` chooses the Host header itself. */
function raw(base: string, path: string, headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(new URL(path, base), { headers }, (reply) => resolve(reply.resume()))
      .once('error', reject)
      .end()
  })
}
