import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { codeOf, openSite, type Site } from '../../test/sign-in.ts'
import { openWorld, validator, type World } from '../../test/world.ts'

let world: World
let site: Site
before(async () => {
  world = await openWorld({ empty: true })
  site = await openSite(world.node)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

test('somebody signs in by the whole flow, acts, and signs out', async () => {
  const vera = await site.signIn(validator, '?tenant=alder-vale&purpose=waiting-list-validation&return=/api/v1/me')
  const me = (await (await vera.get('/api/v1/me')).json()) as Record<string, unknown>
  assert.equal(me.subject, validator)
  const out = await vera.send('POST', '/sign-out')
  assert.equal(out.status, 200, await out.clone().text())
  assert.equal((await vera.get('/api/v1/me')).status, 401)
  const token = await site.token()
  await site.get('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })
  assert.equal(await codeOf(await site.get('/api/v1/me')), 'FDP_HTTP_SIGN_IN')
})
