import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, openSite } from '../../test/sign-in.ts'
import { openWorld } from '../../test/world.ts'

test('beyond the rate an address is told when to come back, whatever it asks for', async () => {
  await using world = await openWorld({ empty: true })
  await using site = await openSite(world.node, { requestsPerMinuteMax: 20 })
  const seen: number[] = []
  for (let i = 0; i < 25; i++) seen.push((await site.get('/health/live')).status)
  assert.deepEqual(seen, [...Array(20).fill(200), ...Array(5).fill(429)])
  assert.equal((await site.get('/nowhere')).status, 429)
  const reply = await site.get('/api/v1/me')
  assert.equal(reply.status, 429)
  const seconds = Number(reply.headers.get('retry-after'))
  assert.ok(seconds > 0 && seconds <= 60)
  assert.equal(reply.headers.get('cache-control'), 'no-store')
  assert.equal(await codeOf(reply), 'FDP_HTTP_RATE')
})

test('sign-ins have a rate of their own, a tenth of the other', async () => {
  await using world = await openWorld({ empty: true })
  await using site = await openSite(world.node, { requestsPerMinuteMax: 40 })
  const seen: number[] = []
  for (let i = 0; i < 6; i++) seen.push((await site.get('/sign-in')).status)
  assert.deepEqual(seen, [303, 303, 303, 303, 429, 429])
  assert.equal((await site.get('/health/live')).status, 200)
})

test('behind a proxy, one person has one rate wherever they sit, and addresses are those that the proxy names', async () => {
  await using world = await openWorld({ empty: true })
  const publicOrigin = 'https://fdp.example'
  await using site = await openSite(world.node, { requestsPerMinuteMax: 30, publicOrigin })
  const from = (address: string, headers: Record<string, string>) => {
    const all = { host: 'fdp.example', 'x-forwarded-for': address, 'x-forwarded-proto': 'https', ...headers }
    return site.get('/api/v1/me', { headers: all })
  }
  const bearer = { authorization: `Bearer ${await site.token()}` }
  const seen: number[] = []
  for (let i = 0; i < 32; i++) seen.push((await from(`192.0.2.${i % 4}`, bearer)).status)
  assert.deepEqual(seen, [...Array(30).fill(200), 429, 429])
  // Others at the same addresses are not held up.
  assert.equal((await from('192.0.2.1', {})).status, 401)
})
