import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { FdpError, manualClock, systemClock } from '#kernel'
import { type Browser, codeOf, location, openSite, type Site } from '../../test/sign-in.ts'
import { analyst, guardian, openWorld, validator, type World } from '../../test/world.ts'

/* Real provider, real HTTP, real ledger: people who sign in, and everybody who should not get in. */

const clock = manualClock(systemClock.now())
const lines: string[] = []
let world: World
let site: Site

before(async () => {
  world = await openWorld({ tenants: ['alder-vale', 'brook-haven'], empty: true, adapters: { clock } })
  site = await openSite(world.node, { log: (line) => lines.push(line) })
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const status = async (browser: Browser) => (await browser.get('/api/v1/me')).status

/** The entries that something wrote, at the first trust. */
async function written(act: () => Promise<unknown>, tenant = 'alder-vale') {
  const { ledger } = world.tenant(tenant)
  const from = ledger.size
  await act()
  const entries = []
  for await (const { index, type, governance } of ledger.entries(from)) {
    entries.push({ type, ...governance, detail: await ledger.detail(index) } as Record<string, unknown>)
  }
  return entries
}

/** Reads the refusal that something left behind; one, with that reason. */
async function refusal(act: () => Promise<unknown>, tenant = 'alder-vale') {
  const entries = await written(act, tenant)
  const refused = entries.filter(({ type }) => type === 'sign-in.refused')
  assert.equal(refused.length, 1, JSON.stringify(entries))
  return refused[0]!
}

describe('a sign-in that is not what it seems', () => {
  test('a state that was changed is refused, and the answer cannot be used again as it was', async () => {
    const browser = site.browser()
    const answer = await browser.answerFor(validator, '?tenant=alder-vale')
    const url = new URL(answer)
    url.searchParams.set('state', 'x'.repeat(43))
    const entry = await refusal(async () => {
      assert.equal(await codeOf(await browser.go(url.href)), 'FDP_IDENTITY_ANSWER')
    })
    assert.deepEqual([entry.reason, entry.subject], ['FDP_IDENTITY_ANSWER', 'unknown'])
    assert.equal(await codeOf(await browser.go(answer)), 'FDP_HTTP_STATE')
    assert.equal(await status(browser), 401)
  })

  test('the answer to a sign-in that another browser began is refused, in every ledger: no tenant is known', async () => {
    const answer = await site.browser().answerFor(validator, '?tenant=alder-vale')
    for (const tenant of ['alder-vale', 'brook-haven']) {
      const entry = await refusal(async () => {
        assert.equal(await codeOf(await site.browser().go(answer)), 'FDP_HTTP_STATE')
      }, tenant)
      assert.equal(entry.reason, 'FDP_HTTP_STATE')
    }
  })

  test('a code that was used is refused at the second sign-in that brings it', async () => {
    const first = site.browser()
    const used = new URL(await first.answerFor(validator))
    assert.equal((await first.go(used.href)).status, 303)
    const second = site.browser()
    const answer = new URL(await second.answerFor(validator, '?tenant=alder-vale'))
    answer.searchParams.set('code', used.searchParams.get('code') ?? '')
    const entry = await refusal(async () => {
      assert.equal(await codeOf(await second.go(answer.href)), 'FDP_IDENTITY_CODE')
    })
    assert.equal(entry.reason, 'FDP_IDENTITY_CODE')
  })

  test('a token with another nonce is refused', async () => {
    const browser = site.browser()
    const answer = await browser.answerFor(validator, '?tenant=alder-vale', (url) => {
      url.searchParams.set('nonce', 'n'.repeat(43))
    })
    assert.equal((await refusal(async () => void (await browser.go(answer)))).reason, 'FDP_IDENTITY_ANSWER')
    assert.equal(await status(browser), 401)
  })

  test('the provider gives no code without PKCE, or with a plain challenge', async () => {
    for (const change of [
      (url: URL) => url.searchParams.set('code_challenge_method', 'plain'),
      (url: URL) => url.searchParams.delete('code_challenge'),
    ]) {
      const url = new URL(location(await site.get('/sign-in')))
      change(url)
      const reply = await site.browser().go(url.href)
      assert.match(reply.headers.get('location') ?? '', /error=invalid_request/)
    }
  })

  test('whoever ends the sign-in at the provider is told so', async () => {
    const browser = site.browser()
    const url = new URL(location(await browser.get('/sign-in')))
    const back = `/sign-in/callback?error=access_denied&state=${url.searchParams.get('state')}&iss=${encodeURIComponent(site.provider.issuer)}`
    assert.equal(await codeOf(await browser.get(back)), 'FDP_IDENTITY_CANCELLED')
  })

  test('it cannot be finished after ten minutes', async () => {
    const browser = site.browser()
    const answer = await browser.answerFor(validator)
    clock.advanceMs(10 * 60_000)
    assert.equal(await codeOf(await browser.go(answer)), 'FDP_HTTP_STATE')
  })

  test('nobody is sent elsewhere after it', async () => {
    const elsewhere = [
      ...[
        '//evil.example',
        '/\\evil.example',
        'https://evil.example',
        '/%0d%0aset-cookie:a=b\r\n',
        'evil',
        '\\/evil.example',
      ],
      ...['/a b', '', '/ü', `/${'a'.repeat(501)}`, '/\t/evil.example', 'javascript:alert(1)'],
    ]
    for (const to of elsewhere) {
      const reply = await site.get(`/sign-in?${new URLSearchParams({ return: to })}`)
      assert.equal(reply.status, 400, to)
      assert.match(await codeOf(reply), /^FDP_HTTP_(RETURN|REQUEST)$/, to)
    }
    const browser = site.browser()
    const back = await browser.signIn(validator, `?${new URLSearchParams({ return: '/api/v1/me?x=//y' })}`)
    assert.equal(location(back), '/api/v1/me?x=//y')
  })
})

describe('people whom the register does not know, or no longer', () => {
  test('an account without a post at the tenant asked for gets no session', async () => {
    const browser = site.browser()
    const entry = await refusal(async () => {
      const reply = await browser.signIn('vera.blake@brook-haven.example', '?tenant=alder-vale')
      assert.equal(await codeOf(reply), 'FDP_HTTP_NOT_IN_POST')
    })
    // The other trust's register is no business of this one: here the name is nobody's.
    assert.equal(entry.subject, 'unknown')
    assert.deepEqual((entry.detail as { detail: { asked: unknown } }).detail.asked, {
      subject: 'vera.blake@brook-haven.example',
    })
    assert.equal(await status(browser), 401)
  })

  test('somebody who leaves loses the session at the next request, and does not get it back by returning', async () => {
    const vera = await site.signIn(guardian)
    assert.equal(await status(vera), 200)
    await world.leave(guardian)
    const entry = await refusal(async () => {
      assert.equal(await codeOf(await vera.get('/api/v1/me')), 'FDP_HTTP_NOT_IN_POST')
    })
    assert.deepEqual([entry.reason, entry.subject], ['FDP_HTTP_NOT_IN_POST', guardian])
    assert.equal(await codeOf(await vera.get('/api/v1/me')), 'FDP_HTTP_SESSION')
    assert.equal(await codeOf(await site.browser().signIn(guardian)), 'FDP_HTTP_NOT_IN_POST')
  })
})

describe('a session', () => {
  test('does not begin where no ledger can take its entry', async () => {
    for (const id of ['alder-vale', 'brook-haven']) {
      world
        .tenant(id)
        .setStandstill(new FdpError('FDP_NODE_BEHIND', { status: 503, message: 'behind', help: 'restore' }))
    }
    try {
      const browser = site.browser()
      assert.equal(await codeOf(await browser.signIn(validator)), 'FDP_NODE_BEHIND')
      assert.equal(await status(browser), 401)
    } finally {
      for (const id of ['alder-vale', 'brook-haven']) world.tenant(id).setStandstill(null)
    }
  })

  test('is made with an entry in the ledgers of the person’s tenants, and ends with one', async () => {
    const vera = site.browser()
    const made = await written(async () => {
      const reply = await vera.signIn(validator, '?tenant=alder-vale&purpose=waiting-list-validation')
      assert.equal(reply.status, 303)
    })
    assert.deepEqual(
      made.map(({ type, subject }) => [type, subject]),
      [['sign-in.made', validator]],
    )
    assert.deepEqual(made[0]?.strength, { acr: 'urn:openfdp:demo:nothing-proved', amr: [] })
    const me = (await (await vera.get('/api/v1/me')).json()) as { posts: { tenant: string; purpose: string }[] }
    assert.deepEqual(
      me.posts.map(({ tenant, purpose }) => [tenant, purpose]),
      [['alder-vale', 'waiting-list-validation']],
    )
    const ended = await written(async () => {
      const out = await vera.send('POST', '/sign-out')
      assert.match(((await out.json()) as { providerSignOut: string }).providerSignOut, /\/session\/end\?/)
    })
    assert.deepEqual(
      ended.map(({ type, subject }) => [type, subject]),
      [['sign-in.ended', validator]],
    )
  })

  test('that ended is nothing any more: signed out, half an hour without a request, eight hours with', async () => {
    const out = await site.signIn(validator)
    const jar = new Map(out.jar.get(new URL(out.base).host))
    await out.send('POST', '/sign-out')
    out.jar.set(new URL(out.base).host, jar)
    assert.equal(await codeOf(await out.get('/api/v1/me')), 'FDP_HTTP_SESSION')

    const idle = await site.signIn(validator)
    clock.advanceMs(30 * 60_000 - 1)
    assert.equal(await status(idle), 200)
    clock.advanceMs(30 * 60_000)
    assert.equal(await status(idle), 401)

    const busy = await site.signIn(validator)
    for (let minutes = 25; minutes < 8 * 60; minutes += 25) {
      clock.advanceMs(25 * 60_000)
      assert.equal(await status(busy), 200)
    }
    clock.advanceMs(25 * 60_000)
    assert.equal(await status(busy), 401)
  })

  test('has a cookie that scripts and other sites cannot use, and a new one at each sign-in', async () => {
    const browser = site.browser()
    const first = await browser.signIn(validator)
    const cookies = first.headers.getSetCookie().filter((line) => line.startsWith('fdp_session='))
    assert.equal(cookies.length, 1)
    assert.match(cookies[0] ?? '', /^fdp_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    const before = browser.jar.get(new URL(browser.base).host)?.get('fdp_session')
    const second = await browser.signIn(analyst)
    assert.equal(second.status, 303)
    const old = site.browser()
    old.jar.set(new URL(old.base).host, new Map([['fdp_session', before ?? '']]))
    assert.equal(await codeOf(await old.get('/api/v1/me')), 'FDP_HTTP_SESSION')
  })

  test('is no right: what a person may read is decided by grants, for the purpose that they chose', async () => {
    const vera = await site.signIn(validator)
    const explain = '/api/v1/tenants/alder-vale/access/explain?object=Patient'
    assert.equal(await codeOf(await vera.get(explain)), 'FDP_HTTP_PURPOSE')
    const chosen = await vera.send('PUT', '/api/v1/me/purposes/alder-vale', { purpose: 'elective-planning' })
    assert.equal(chosen.status, 200)
    const { says } = (await (await vera.get(explain)).json()) as { says: string[] }
    assert.ok(
      says.every((line) => !line.startsWith('allowed')),
      says.join(),
    )
  })
})

test('a page sends a browser that nobody signed in with to sign in; a program gets an error', async () => {
  const browser = await site.get('/', { headers: { accept: 'text/html' } })
  assert.deepEqual([browser.status, browser.headers.get('location')], [303, '/sign-in?return=%2F'])
  assert.equal(await codeOf(await site.get('/')), 'FDP_HTTP_SIGN_IN')
  const wrong = await site.get('/sign-in/callback', { headers: { accept: 'text/html' } })
  assert.equal(wrong.status, 401)
  assert.match(await wrong.text(), /This did not work[\s\S]*FDP_HTTP_STATE, request [0-9a-f]{16}/)
})

test('the provider’s page says that the people are made up, and lists them and no program', async () => {
  const browser = site.browser()
  const form = location(await browser.go(location(await browser.get('/sign-in'))))
  const page = await (await browser.go(new URL(form, site.provider.issuer).href)).text()
  assert.match(page, /made up/)
  assert.match(page, /Vera Blake/)
  assert.ok(!page.includes('nightly.feed') && !page.includes('column-profiles'))
})

test('a flood of refusals is counted, not written one by one', async () => {
  const from = world.tenant().ledger.size
  for (let i = 0; i < 45; i++) await site.get('/api/v1/me', { headers: { authorization: `Bearer nonsense-${i}` } })
  const entries = await world.entries(from)
  assert.ok(entries.length <= 30, String(entries.length))
  clock.advanceMs(60_000)
  await site.get('/api/v1/me', { headers: { authorization: 'Bearer once-more' } })
  const summary = (await world.entries(from)).find(({ type }) => type === 'sign-in.refusals-summarised')
  assert.ok(Number(summary?.governance.refusals) >= 15)
})

test('no token, secret, code or session id is in a ledger or in the log', async () => {
  const vera = site.browser()
  const answer = new URL(await vera.answerFor(validator))
  await vera.go(answer.href)
  const token = await site.token()
  for (const bearer of [token, `${token.slice(0, -2)}xx`]) {
    await site.get('/api/v1/me', { headers: { authorization: `Bearer ${bearer}` } })
  }
  const { session } = (await (await vera.get('/api/v1/me')).json()) as { session: { csrf: string } }
  const cookies = [...vera.jar.values()].flatMap((jar) => [...jar.values()]).filter((value) => value.length > 20)
  const { client, service } = site.provider
  const secrets = [token, answer.searchParams.get('code') ?? '', answer.searchParams.get('state') ?? '', session.csrf]
  const all = [...secrets, ...cookies, client.secret, service.secret]
  const kept = [lines.join('')]
  for (const tenant of world.node.tenants.values()) {
    for await (const { index, governance } of tenant.ledger.entries()) {
      kept.push(JSON.stringify(governance), JSON.stringify(await tenant.ledger.detail(index)))
    }
  }
  const text = kept.join('\n')
  assert.match(text, /sign-in\.|FDP_IDENTITY_TOKEN/)
  assert.ok(all.length > 7 && all.every((secret) => secret.length > 20))
  for (const secret of all) assert.ok(!text.includes(secret))
})
