import assert from 'node:assert/strict'
import { get } from 'node:https'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { openLog } from '#node'
import { selfSigned } from '../../test/self-signed.ts'
import { type Browser, openSite, type Site } from '../../test/sign-in.ts'
import { openWorld, validator, type World } from '../../test/world.ts'
import { serveHttp } from './serve.ts'

let world: World
let site: Site
let vera: Browser
const lines: string[] = []
const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)

before(async () => {
  world = await openWorld()
  site = await openSite(world.node, { log: (line) => lines.push(line) })
  vera = await site.signIn(validator)
})

after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

test('public facts only: GET /health/live, GET /health/ready, GET /openapi.json name no person', async () => {
  for (const path of ['/health/live', '/health/ready', '/openapi.json']) {
    const reply = await site.get(path)
    assert.equal(reply.status, 200, path)
    const text = await reply.text()
    for (const name of [validator, 'Vera Blake', 'carys']) assert.ok(!text.includes(name), path)
  }
})

test('a name that points to this machine from elsewhere is refused', async () => {
  const { port } = new URL(site.server.url)
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.end('GET /health/live HTTP/1.1\r\nhost: elsewhere.example\r\nconnection: close\r\n\r\n')
    })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    socket.once('end', () => resolve(text)).once('error', reject)
  })
  assert.match(answer, /^HTTP\/1\.1 421 /)
})

test('every answer says not to be stored, framed or guessed at', async () => {
  for (const [browser, path] of [
    [vera, '/'],
    [site.browser(), '/'],
    [vera, '/nowhere'],
    [vera, '/health/live'],
  ] as const) {
    const { headers } = await browser.get(path)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
  }
})

test('unknown addresses and other methods are told apart from nothing, in one shape with a request id', async () => {
  for (const method of ['GET', 'POST', 'DELETE']) {
    const reply = await vera.go(method === 'GET' ? '/nowhere' : '/', { method })
    assert.ok([404, 400].includes(reply.status))
    const answer = (await reply.json()) as { error: Record<string, unknown>; requestId: string }
    assert.deepEqual(Object.keys(answer), ['error', 'requestId'])
    assert.deepEqual(Object.keys(answer.error), ['code', 'message', 'help'])
    assert.match(String(answer.error.code), /^FDP_HTTP_/)
    assert.match(answer.requestId, /^[0-9a-f]{16}$/)
  }
  const head = await vera.go('/', { method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
})

test('public facts only: GET /ledgers/:tenant/checkpoint, GET /ledgers/:tenant/tile/* give the public files of a ledger and no other', async () => {
  const checkpoint = await (await site.get('/ledgers/alder-vale/checkpoint')).text()
  assert.match(checkpoint, /^openfdp\.example\/alder-vale\n\d+\n/)
  const size = Number(checkpoint.split('\n')[1])
  const tile = await site.get(`/ledgers/alder-vale/tile/0/000.p/${size}`)
  assert.equal(tile.status, 200)
  assert.equal((await tile.arrayBuffer()).byteLength, size * 32)
  const others = [
    '/ledgers/alder-vale/tile/../../tenant.json',
    '/ledgers/alder-vale/tile/%2e%2e/%2e%2e/tenant.json',
    '/ledgers/alder-vale/tile/..%2f..%2ftenant.json',
    '/ledgers/alder-vale/tile/0/000.p/..%2f000',
    '/ledgers/alder-vale/details/000',
    '/ledgers/alder-vale/openings/000',
    '/ledgers/alder-vale/tile/0/000%00',
    '/ledgers/..%2f..%2fetc/checkpoint',
    '/ledgers/nobody/checkpoint',
  ]
  for (const path of others) assert.ok([400, 404].includes((await site.get(path)).status), path)
})

test('metrics carry tenant ids as their only labels of ours, and no person', async () => {
  const text = await (await vera.get('/metrics')).text()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  assert.ok(samples.length > 5)
  for (const sample of samples) {
    assert.match(sample, /^(fdp_[a-z_]+\{tenant="[a-z0-9-]+"\}|[a-z0-9_]+(\{cpu_mode="(user|system)"\})?) [0-9.e+-]+$/)
  }
  assert.match(text, /fdp_tenant_readable\{tenant="alder-vale"\} 1/)
})

test('readiness names the tenant that refuses reads, by code', async () => {
  const tenant = world.tenant()
  const { FdpError } = await import('#kernel')
  tenant.setStandstill(new FdpError('FDP_NODE_BEHIND', { status: 503, message: 'behind', help: 'restore' }))
  const reply = await site.get('/health/ready')
  assert.equal(reply.status, 503)
  assert.deepEqual(await reply.json(), { status: 'fail', checks: { 'alder-vale': 'FDP_NODE_BEHIND' } })
  assert.equal((await site.get('/health/live')).status, 200)
  tenant.setStandstill(null)
})

test('the log has the pattern of a route and never an address, a token or a person', async () => {
  lines.length = 0
  await site.get('/patients/9434765919?name=Canary')
  await site.get('/ledgers/alder-vale/checkpoint')
  await vera.get('/')
  const token = await site.token()
  await site.get('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })
  await site.get('/api/v1/me', { headers: { authorization: `Bearer ${token}x` } })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const routes = logged().map((line) => line['http.route'])
  assert.deepEqual(routes, ['none', '/ledgers/:tenant/checkpoint', '/', '/api/v1/me', '/api/v1/me'])
  for (const line of logged()) {
    assert.equal(line.severity_text, 'INFO')
    assert.equal(line['http.request.method'], 'GET')
    assert.equal(typeof line['http.server.request.duration'], 'number')
  }
  assert.ok(!lines.join('').includes('9434765919') && !lines.join('').includes('Canary'))
  const secrets = [
    token,
    site.provider.client.secret,
    site.provider.service.secret,
    ...[...vera.jar.values()].flatMap((jar) => [...jar.values()]),
  ]
  for (const secret of [...secrets, validator]) assert.ok(!lines.join('').includes(secret))
})

test('the page shows who can see what and no row of a patient', async () => {
  const page = await (await vera.get('/')).text()
  assert.match(page, /Vera Blake/)
  for (const row of world.rows().Patient) {
    assert.ok(!page.includes(String(row.nhsNumber)))
    assert.ok(!page.includes(String(row.personId)))
  }
})

test('it listens on this machine only, and never at a place the configuration could name beyond it', () => {
  assert.equal(new URL(site.server.url).hostname, '127.0.0.1')
})

test('with a certificate of its own it answers over TLS and nothing without', async () => {
  const { key, cert } = selfSigned('127.0.0.1')
  const http = { ...world.node.config.http, port: 0 }
  const node = { ...world.node, config: { ...world.node.config, http } }
  const log = openLog('error', { write: () => undefined })
  const given = { node, released: [], products: [], log, tls: { key, cert }, openIdentity: async () => null }
  const server = await serveHttp(given)
  try {
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:/)
    const status = await new Promise((resolve, reject) => {
      get(`${server.url}/health/live`, { ca: cert }, (reply) => resolve(reply.resume().statusCode)).once(
        'error',
        reject,
      )
    })
    assert.equal(status, 200)
    await assert.rejects(fetch(`${server.url.replace('https', 'http')}/health/live`))
  } finally {
    await server.close()
  }
})
