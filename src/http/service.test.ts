import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { generateKeyPair, SignJWT } from 'jose'
import { manualClock, systemClock } from '#kernel'
import { codeOf, openSite, type Site } from '../../test/sign-in.ts'
import { openWorld, validator, type World } from '../../test/world.ts'

/* Programs with access tokens: of the real provider, and forged by whoever has no key of it. */

const clock = manualClock(systemClock.now())
const feed = 'nightly.feed@alder-vale.example'
let world: World
let site: Site

before(async () => {
  world = await openWorld({ empty: true, adapters: { clock } })
  site = await openSite(world.node)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const me = (bearer: string) => site.get('/api/v1/me', { headers: { authorization: `Bearer ${bearer}` } })
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

/** The reason that the refusal of a token left in the ledger. */
async function reasonFor(bearer: string): Promise<unknown> {
  const from = world.tenant().ledger.size
  const reply = await me(bearer)
  assert.equal(reply.status, 401)
  const [entry] = (await world.entries(from)).filter(({ type }) => type === 'sign-in.refused')
  assert.equal(entry?.governance.reason, await codeOf(reply))
  return entry.governance.reason
}

test('a service is known by its token: who, for what, until when; the first use is an entry, the next is none', async () => {
  const token = await site.token('purpose:data-intake')
  const from = world.tenant().ledger.size
  const known = (await (await me(token)).json()) as { subject: string; kind: string; session: null; posts: unknown }
  assert.deepEqual([known.subject, known.kind, known.session], [feed, 'service', null])
  assert.match(JSON.stringify(known.posts), /"purpose":"data-intake"/)
  await me(token)
  const made = await world.entries(from)
  assert.deepEqual(
    made.map(({ type, governance }) => [type, governance.subject, governance.kind]),
    [['sign-in.made', feed, 'service']],
  )
})

test('refused: PUT /api/v1/me/purposes/:tenant and GET / for a service, which has no session and no page', async () => {
  const headers = { authorization: `Bearer ${await site.token()}`, 'content-type': 'application/json' }
  const put = { method: 'PUT', headers, body: JSON.stringify({ purpose: 'data-intake' }) }
  assert.equal(await codeOf(await site.get('/api/v1/me/purposes/alder-vale', put)), 'FDP_HTTP_CALLER')
  assert.equal(await codeOf(await site.get('/', { headers })), 'FDP_HTTP_CALLER')
})

test('a token without a purpose gets its holder no purpose', async () => {
  const headers = { authorization: `Bearer ${await site.token('')}` }
  const reply = await site.get('/api/v1/tenants/alder-vale/access/explain?object=Patient', { headers })
  assert.equal(await codeOf(reply), 'FDP_HTTP_PURPOSE')
})

test('a token that is changed, signed by nobody, or signed by another is refused', async () => {
  const token = await site.token()
  const [head = '', body = '', signature = ''] = token.split('.')
  const claims = claimsOf(token)
  assert.equal(
    await reasonFor(`${head}.${encoded({ ...claims, preferred_username: validator })}.${signature}`),
    'FDP_IDENTITY_TOKEN',
  )
  assert.equal(await reasonFor(`${encoded({ alg: 'none', typ: 'at+jwt' })}.${body}.`), 'FDP_IDENTITY_TOKEN')
  assert.equal(await reasonFor(`${head}.${body}.`), 'FDP_IDENTITY_TOKEN')
  assert.equal(await reasonFor('nonsense'), 'FDP_IDENTITY_TOKEN')
  assert.equal(await reasonFor('a'.repeat(9_000)), 'FDP_IDENTITY_TOKEN')
  const { privateKey } = await generateKeyPair('ES256')
  const other = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' }).sign(privateKey)
  assert.equal(await reasonFor(other), 'FDP_IDENTITY_TOKEN')
  // The published key taken for a shared secret.
  const secret = Buffer.from(site.provider.client.secret)
  const shared = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(secret)
  assert.equal(await reasonFor(shared), 'FDP_IDENTITY_TOKEN')
})

test('a service that has left is nobody, whatever its token says', async () => {
  const token = await site.token()
  await world.leave(feed)
  assert.equal(await codeOf(await me(token)), 'FDP_HTTP_NOT_IN_POST')
  const last = (await world.entries()).at(-1)
  assert.deepEqual([last?.type, last?.governance.subject], ['sign-in.refused', feed])
})

test('a token is refused once it has expired', async () => {
  const token = await site.token()
  clock.advanceMs(3_600_000)
  assert.equal(await reasonFor(token), 'FDP_IDENTITY_EXPIRED')
})
