import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { openLog } from '#node'
import { openWorld, type World } from '../../test/world.ts'
import { type HttpServer, serveHttp } from './serve.ts'

let world: World
let server: HttpServer
const lines: string[] = []
const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)

before(async () => {
  world = await openWorld()
  const log = openLog('info', { write: (text: string) => lines.push(text) })
  server = await serveHttp({ node: world.node, released: [], log })
})

after(async () => {
  await server.close()
  await world[Symbol.asyncDispose]()
})

const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}${path}`, { redirect: 'manual', ...init })
const withToken = (init: RequestInit = {}) => ({ ...init, headers: { authorization: `Bearer ${server.token}` } })

test('nothing but liveness and readiness is answered without the token', async () => {
  const wrong = 'f'.repeat(48)
  for (const path of ['/', '/metrics', '/api/v1/access', '/ledgers/alder-vale/checkpoint', '/nowhere', '//']) {
    for (const headers of [{}, { authorization: `Bearer ${wrong}` }, { cookie: `fdp_token=${wrong}` }]) {
      const reply = await get(path, { headers })
      assert.equal(reply.status, 401, path)
      assert.equal(((await reply.json()) as { error: { code: string } }).error.code, 'FDP_HTTP_TOKEN')
    }
  }
  assert.equal((await get(`/?token=${wrong}`)).status, 401)
  assert.equal((await get('/health/live')).status, 200)
  assert.equal((await get('/health/ready')).status, 200)
})

test('the token leaves the address at once for a cookie that scripts and other sites cannot use', async () => {
  const reply = await get(`/ledgers/alder-vale/checkpoint?token=${server.token}`)
  assert.equal(reply.status, 303)
  assert.equal(reply.headers.get('location'), '/ledgers/alder-vale/checkpoint')
  const cookie = reply.headers.get('set-cookie') ?? ''
  assert.match(cookie, /HttpOnly; SameSite=Strict/)
  const second = await get('/', { headers: { cookie: cookie.split(';')[0]! } })
  assert.equal(second.status, 200)
  assert.ok(!(await second.text()).includes(server.token))
  const outside = await get(`//elsewhere.example?token=${server.token}`)
  assert.doesNotMatch(outside.headers.get('location') ?? '', /^\/\//)
})

test('a name that points to this machine from elsewhere is refused', async () => {
  const { port } = new URL(server.url)
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.end(
        `GET / HTTP/1.1\r\nhost: elsewhere.example\r\nauthorization: Bearer ${server.token}\r\nconnection: close\r\n\r\n`,
      )
    })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => (text += chunk))
    socket.once('end', () => resolve(text)).once('error', reject)
  })
  assert.match(answer, /^HTTP\/1\.1 421 /)
})

test('every answer says not to be stored, framed or guessed at', async () => {
  for (const [path, init] of [
    ['/', withToken()],
    ['/', {}],
    ['/nowhere', withToken()],
    ['/health/live', {}],
  ] as const) {
    const { headers } = await get(path, init)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
  }
})

test('unknown addresses and other methods are told apart from nothing, in one shape with a request id', async () => {
  for (const init of [withToken(), withToken({ method: 'POST', body: '{}' }), withToken({ method: 'DELETE' })]) {
    const reply = await get(init.method ? '/' : '/nowhere', init)
    assert.ok([404, 400].includes(reply.status))
    const { error, requestId } = (await reply.json()) as { error: Record<string, unknown>; requestId: string }
    assert.match(String(error.code), /^FDP_HTTP_/)
    assert.ok(error.help)
    assert.match(requestId, /^[0-9a-f]{16}$/)
  }
  const head = await get('/', withToken({ method: 'HEAD' }))
  assert.equal(head.status, 200)
  assert.equal(await head.text(), '')
})

test('of a ledger, the public files are served and no other', async () => {
  const checkpoint = await (await get('/ledgers/alder-vale/checkpoint', withToken())).text()
  assert.match(checkpoint, /^openfdp\.example\/alder-vale\n\d+\n/)
  const size = Number(checkpoint.split('\n')[1])
  const tile = await get(`/ledgers/alder-vale/tile/0/000.p/${size}`, withToken())
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
  for (const path of others) assert.equal((await get(path, withToken())).status, 404, path)
})

test('metrics carry tenant ids as their only labels of ours, and no person', async () => {
  const text = await (await get('/metrics', withToken())).text()
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
  const reply = await get('/health/ready')
  assert.equal(reply.status, 503)
  assert.deepEqual(await reply.json(), { status: 'fail', checks: { 'alder-vale': 'FDP_NODE_BEHIND' } })
  assert.equal((await get('/health/live')).status, 200)
  tenant.setStandstill(null)
})

test('the log has the pattern of a route and never an address, a token or a person', async () => {
  lines.length = 0
  await get('/patients/9434765919?name=Canary', withToken())
  await get('/ledgers/alder-vale/checkpoint', withToken())
  await get(`/?token=${server.token}`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const routes = logged().map((line) => line['http.route'])
  assert.deepEqual(routes, ['none', '/ledgers/:tenant/checkpoint', '/'])
  for (const line of logged()) {
    assert.equal(line.severity_text, 'INFO')
    assert.equal(line['http.request.method'], 'GET')
    assert.equal(typeof line['http.server.request.duration'], 'number')
  }
  assert.ok(!lines.join('').includes('9434765919') && !lines.join('').includes('Canary'))
  assert.ok(!lines.join('').includes(server.token))
})

test('the page shows who can see what and no row of a patient', async () => {
  const page = await (await get('/', withToken())).text()
  assert.match(page, /Vera Blake/)
  for (const row of world.rows().Patient) {
    assert.ok(!page.includes(String(row.nhsNumber)))
    assert.ok(!page.includes(String(row.personId)))
  }
})

test('it listens on this machine only, and never at a place the configuration could name beyond it', () => {
  assert.equal(new URL(server.url).hostname, '127.0.0.1')
})
