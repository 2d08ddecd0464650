import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Browser, codeOf, openSite, type Site } from '../../test/sign-in.ts'
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

const status = async (browser: Browser) => (await browser.get('/api/v1/me')).status

/** The one refusal that something left in the ledger. */
async function refusal(act: () => Promise<unknown>) {
  const from = world.tenant().ledger.size
  await act()
  const refused = (await world.entries(from)).filter(({ type }) => type === 'sign-in.refused')
  assert.equal(refused.length, 1)
  return refused[0]!.governance
}

describe('a request that another site could have sent', () => {
  const attempts: readonly [string, Record<string, string | undefined>][] = [
    ['no secret', { 'x-fdp-csrf': undefined }],
    ['another secret', { 'x-fdp-csrf': 'A'.repeat(43) }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
    ['no word of where from', { origin: undefined, 'sec-fetch-site': undefined }],
    ['a hidden origin', { origin: 'null', 'sec-fetch-site': undefined }],
  ]
  for (const [name, change] of attempts) {
    test(`refused: POST /sign-out with ${name}`, async () => {
      const vera = await site.signIn(validator)
      const { session } = (await (await vera.get('/api/v1/me')).json()) as { session: { csrf: string } }
      const all = { origin: vera.base, 'sec-fetch-site': 'same-origin', 'x-fdp-csrf': session.csrf, ...change }
      const headers = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
      const entry = await refusal(async () => {
        assert.equal(await codeOf(await vera.go('/sign-out', { method: 'POST', headers })), 'FDP_HTTP_CSRF')
      })
      assert.deepEqual([entry.reason, entry.subject], ['FDP_HTTP_CSRF', validator])
      assert.equal(await status(vera), 200)
    })
  }

  test('refused: POST /sign-out from a form without the secret; with it the button works', async () => {
    const vera = await site.signIn(validator)
    const form = (csrf: string) =>
      vera.go('/sign-out', {
        method: 'POST',
        headers: { origin: 'null', 'sec-fetch-site': 'same-origin', accept: 'text/html' },
        body: new URLSearchParams({ csrf }),
      })
    assert.equal((await form('x')).status, 403)
    const csrf = /name="csrf" value="([^"]+)"/.exec(await (await vera.get('/')).text())?.[1] ?? ''
    const reply = await form(csrf)
    assert.equal(reply.status, 200)
    assert.match(await reply.text(), /You are signed out[\s\S]*Sign out there too/)
    assert.equal(await status(vera), 401)
  })

  test('a cookie of a session is not looked at beside a bearer token', async () => {
    const vera = await site.signIn(validator)
    const reply = await vera.get('/api/v1/me', { headers: { authorization: 'Bearer nonsense' } })
    assert.equal(await codeOf(reply), 'FDP_IDENTITY_TOKEN')
  })
})
