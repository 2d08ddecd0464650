import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { codeOf, openSite, type Site } from '../../test/sign-in.ts'
import { analyst, openWorld, validator, type World } from '../../test/world.ts'
import { type Endpoint, nameOf } from './endpoint.ts'
import { endpoints } from './endpoints.ts'

/* Every endpoint of the table, tried by those who may not: whatever is added to it is tried too. */

let world: World
let site: Site
before(async () => {
  world = await openWorld({ tenants: ['alder-vale', 'brook-haven'], empty: true })
  site = await openSite(world.node)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

// Websockets take callers by another door: src/http/ontology-subscriptions/door.test.ts tries it.
const closed = endpoints.filter(({ auth, socket }) => auth !== 'public' && !socket)
const isSafe = ({ method }: Endpoint) => method === 'GET'

/** The address with the first trust as its tenant, and something in the place of every other parameter. */
const addressOf = ({ path }: Endpoint, tenant = 'alder-vale') =>
  path.replace(':tenant', tenant).replaceAll(/:\w+|\*/g, 'x')

/** What changes something at one address may be read at it as a kind of another. */
const isAt = ({ path }: Endpoint, address: string) =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+|\*/g, '[^/]+')}$`).test(address)

const send = (endpoint: Endpoint, headers: Record<string, string> = {}, tenant?: string) =>
  site.get(addressOf(endpoint, tenant), { method: endpoint.method, headers })

test('no endpoint but the public ones answers without a session or a token, and none says first what it wants to be sent', async () => {
  assert.ok(closed.length > 4)
  for (const endpoint of closed) {
    const reply = await send(endpoint)
    assert.deepEqual([reply.status, await codeOf(reply)], [401, 'FDP_HTTP_SIGN_IN'], nameOf(endpoint))
    for (const headers of [
      { authorization: 'Bearer x' },
      { authorization: 'Basic eDp5' },
      { cookie: 'fdp_session=x' },
    ]) {
      assert.equal((await send(endpoint, headers)).status, 401, nameOf(endpoint))
    }
  }
})

test('no endpoint of one tenant answers somebody of another', async () => {
  const anil = await site.signIn(analyst)
  const service = { authorization: `Bearer ${await site.token()}` }
  for (const endpoint of closed.filter(({ path }) => path.includes('/:tenant'))) {
    const path = addressOf(endpoint, 'brook-haven')
    const answers = [anil.send(endpoint.method, path), send(endpoint, service, 'brook-haven')]
    for (const reply of await Promise.all(answers)) {
      assert.equal(reply.status, 403, nameOf(endpoint))
      assert.match(await codeOf(reply), /^FDP_HTTP_(NOT_IN_POST|CALLER)$/, nameOf(endpoint))
    }
    const read = closed.find((each) => isSafe(each) && isAt(each, path))
    const there = read?.auth === 'service' ? 'FDP_HTTP_CALLER' : 'FDP_HTTP_TENANT'
    assert.equal(await codeOf(await anil.go(addressOf(endpoint, 'nowhere'))), read ? there : 'FDP_HTTP_NOT_FOUND')
  }
})

test('no endpoint takes the other kind of caller', async () => {
  const vera = await site.signIn(validator)
  const service = { authorization: `Bearer ${await site.token()}` }
  for (const endpoint of closed) {
    if (endpoint.auth === 'person') {
      assert.equal(await codeOf(await send(endpoint, service)), 'FDP_HTTP_CALLER', nameOf(endpoint))
    }
    if (endpoint.auth === 'service') {
      assert.equal(
        await codeOf(await vera.send(endpoint.method, addressOf(endpoint))),
        'FDP_HTTP_CALLER',
        nameOf(endpoint),
      )
    }
  }
})

test('no endpoint that changes something rests on the cookie alone', async () => {
  const vera = await site.signIn(validator)
  for (const endpoint of closed.filter((each) => !isSafe(each))) {
    const reply = await vera.go(addressOf(endpoint), { method: endpoint.method })
    assert.ok(['FDP_HTTP_CSRF', 'FDP_HTTP_CALLER'].includes(await codeOf(reply)), nameOf(endpoint))
  }
})

test('a body or a question that is not as its schema says is refused, and nothing of it is repeated', async () => {
  const vera = await site.signIn(validator)
  const wrong = [{ purpose: 1 }, { purpose: 'x', more: 'canary' }, {}, 'canary', null]
  for (const body of wrong) {
    const reply = await vera.send('PUT', '/api/v1/me/purposes/alder-vale', body)
    const text = await reply.text()
    assert.equal(reply.status, 400, text)
    assert.ok(text.includes('FDP_HTTP_REQUEST') && !text.includes('canary'))
  }
  const question = await vera.get('/api/v1/tenants/alder-vale/access/explain?object=Patient&canary=1')
  assert.equal(await codeOf(question), 'FDP_HTTP_REQUEST')
  const level = await vera.get('/api/v1/tenants/alder-vale/access/explain?object=Patient&level=canary')
  assert.equal(await codeOf(level), 'FDP_HTTP_REQUEST')
})

test('refused: GET /api/v1/access shows nobody the grants of a tenant where they are not in post', async () => {
  const anil = await site.signIn(analyst)
  const rows = (await (await anil.get('/api/v1/access')).json()) as { tenant: string; object: string }[]
  assert.ok(rows.length > 3)
  assert.deepEqual([...new Set(rows.map(({ tenant }) => tenant))], ['alder-vale'])
})

test('refused: GET /api/v1/tenants/:tenant/access/explain explains to nobody but the caller, and lets nothing be read', async () => {
  const anil = await site.signIn(analyst, '?tenant=alder-vale&purpose=elective-planning')
  const path = '/api/v1/tenants/alder-vale/access/explain?object=Patient&level=identifiable'
  const { says } = (await (await anil.get(path)).json()) as { says: string[] }
  assert.ok(says.length > 0 && says.every((line) => !line.startsWith('allowed')), says.join())
  assert.equal(await codeOf(await anil.get(`${path}&subject=${validator}`)), 'FDP_HTTP_REQUEST')
})

test('refused: GET /api/v1/me tells nobody but the caller of themselves; PUT /api/v1/me/purposes/:tenant takes no unknown purpose', async () => {
  const anil = await site.signIn(analyst)
  const text = await (await anil.get('/api/v1/me')).text()
  assert.ok(text.includes(analyst) && !text.includes(validator))
  const reply = await anil.send('PUT', '/api/v1/me/purposes/alder-vale', { purpose: 'marketing' })
  assert.equal(await codeOf(reply), 'FDP_HTTP_PURPOSE')
})

test('refused: GET / and GET /metrics for whoever has left in the meantime', async () => {
  const person = 'dot.finch@alder-vale.example'
  const dot = await site.signIn(person)
  await world.leave(person)
  assert.equal(await codeOf(await dot.get('/metrics')), 'FDP_HTTP_NOT_IN_POST')
  assert.equal(await codeOf(await dot.get('/')), 'FDP_HTTP_SESSION')
})

test('public facts only: GET /sign-in, GET /sign-in/callback answer a stranger with a way to the provider or an error', async () => {
  const away = await site.get('/sign-in?tenant=alder-vale&purpose=whatever')
  assert.equal(new URL(away.headers.get('location') ?? '').origin, site.provider.issuer)
  assert.equal(await away.text(), '')
  assert.equal(await codeOf(await site.get('/sign-in?tenant=nowhere')), 'FDP_HTTP_TENANT')
  assert.equal(await codeOf(await site.get('/sign-in/callback?code=x&state=y')), 'FDP_HTTP_STATE')
})

test('/openapi.json is made from the table: every endpoint, who may call it, and the form of errors', async () => {
  const api = (await (await site.get('/openapi.json')).json()) as {
    openapi: string
    paths: Record<string, Record<string, { summary: string; security: object[]; responses: Record<string, object> }>>
  }
  assert.equal(api.openapi, '3.1.0')
  for (const { method, path, auth, summary } of endpoints) {
    const documented = api.paths[path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{*}')]?.[method.toLowerCase()]
    assert.equal(documented?.summary, summary, path)
    assert.equal(documented.security.length > 0, auth !== 'public', path)
    assert.match(JSON.stringify(documented.responses['4XX']), /requestId/, path)
  }
})
