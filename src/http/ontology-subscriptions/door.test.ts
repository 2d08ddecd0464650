import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { type BearerSite, openBearerSite } from '../../../test/bearer-site.ts'
import { codeOf, openSite } from '../../../test/sign-in.ts'
import { base, Subscriber, streamPath, subscriber, turnedAway, until, watching } from '../../../test/subscriber.ts'
import { analyst, manager, openWorld, planning, validation, validator, type World } from '../../../test/world.ts'
import { endpoints } from '../endpoints.ts'
import { connectionLimits } from './connection-limits.ts'

/* Who is let in to a websocket, over real ones: every endpoint of the table that is one. */

let world: World
let site: BearerSite
let token: string
before(async () => {
  world = await openWorld({ tenants: ['alder-vale', 'brook-haven'], empty: true })
  site = await openBearerSite(world.node)
  token = await site.bearer(validator, validation)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const bearer = (text: string) => [`Bearer-${text}`]
const sockets = endpoints.flatMap(({ path, socket }) => (socket ? [path] : []))
const addressOf = (path: string, tenant: string) =>
  path.replace(':tenant', tenant).replace(':ontology', 'palantirukhealth-ontology')

async function refusals(from: number): Promise<unknown[]> {
  const entries = await world.entries(from)
  return entries.filter(({ type }) => type === 'sign-in.refused').map(({ governance }) => governance.reason)
}

test('refused: GET /tenants/:tenant/api/v2/ontologySubscriptions/ontologies/:ontology/streamSubscriptions without a token in the subprotocol, whatever else is shown', async () => {
  assert.ok(sockets.length > 0)
  await using provider = await openSite(world.node)
  const vera = await provider.signIn(validator)
  const cookie = [...vera.jar.get(new URL(provider.server.url).host)!]
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  assert.equal((await vera.get('/api/v1/me')).status, 200)
  for (const each of sockets) {
    const path = addressOf(each, 'alder-vale')
    const none = [401, 'FDP_HTTP_SIGN_IN']
    assert.deepEqual(await turnedAway(site.url, { path }), none)
    // A browser sends its cookie for whichever page asks.
    assert.deepEqual(await turnedAway(provider.server.url, { path, headers: { cookie } }), none)
    assert.deepEqual(await turnedAway(site.url, { path, headers: { authorization: `Bearer ${token}` } }), none)
    for (const protocols of [['graphql-ws'], [token], [`Bearer-${token}`, 'other'], ['bearer-x']]) {
      assert.deepEqual(await turnedAway(site.url, { path, protocols }), none, protocols.join())
    }
    assert.deepEqual(await turnedAway(site.url, { path, protocols: bearer('x') }), [401, 'FDP_IDENTITY_TOKEN'])
  }
})

test('a token that is refused leaves its reason on record; showing nothing is no attempt', async () => {
  const from = world.tenant().ledger.size
  await turnedAway(site.url, {})
  await turnedAway(site.url, { protocols: bearer(`${token}x`) })
  await turnedAway(site.url, { protocols: bearer(token), headers: { origin: 'https://elsewhere.example' } })
  assert.deepEqual(await refusals(from), ['FDP_IDENTITY_TOKEN', 'FDP_HTTP_CSRF'])
})

test('nobody is let in at a tenant where they are not in post, for a purpose that is none, or to another ontology', async () => {
  const protocols = bearer(token)
  for (const each of sockets) {
    const there = { path: addressOf(each, 'brook-haven'), protocols }
    assert.deepEqual(await turnedAway(site.url, there), [403, 'FDP_HTTP_NOT_IN_POST'])
    assert.equal((await turnedAway(site.url, { path: addressOf(each, 'nowhere'), protocols }))[1], 'FDP_HTTP_TENANT')
  }
  const other = await site.bearer(validator, 'marketing')
  assert.deepEqual(await turnedAway(site.url, { protocols: bearer(other) }), [400, 'FDP_HTTP_PURPOSE'])
  const stranger = await site.bearer('nobody@alder-vale.example', validation)
  assert.deepEqual(await turnedAway(site.url, { protocols: bearer(stranger) }), [403, 'FDP_HTTP_NOT_IN_POST'])
  for (const name of ['other', 'ri.ontology.main.ontology.00000000-0000-8000-8000-000000000000']) {
    const path = streamPath('alder-vale', name)
    assert.deepEqual(await turnedAway(site.url, { path, protocols }), [404, 'FDP_ONTOLOGY_ONTOLOGY'])
  }
})

test('a page of another origin is refused, whatever it shows; a page of this one is not', async () => {
  for (const origin of ['https://elsewhere.example', 'null', 'http://127.0.0.1:1']) {
    const refused = await turnedAway(site.url, { protocols: bearer(token), headers: { origin } })
    assert.deepEqual(refused, [403, 'FDP_HTTP_CSRF'], origin)
  }
  await using own = await subscriber(site.url, token, { headers: { origin: site.url } })
  assert.equal((await own.ask()).length, 0)
})

test('a page of a site that the settings name is let in, with a token as everybody', async () => {
  const { config } = world.node
  const origin = 'https://application.example'
  const ontology = { ...config.ontology, origins: [origin] }
  await using named = await openBearerSite({ ...world.node, config: { ...config, ontology } })
  await using one = await subscriber(named.url, await named.bearer(validator, validation), { headers: { origin } })
  assert.equal((await one.ask()).length, 0)
  assert.deepEqual(await turnedAway(named.url, { headers: { origin } }), [401, 'FDP_HTTP_SIGN_IN'])
  const other = { protocols: bearer(await named.bearer(validator, validation)), headers: { origin: `${origin}:1` } }
  assert.deepEqual(await turnedAway(named.url, other), [403, 'FDP_HTTP_CSRF'])
})

test('a name that points to this machine from elsewhere is refused', async () => {
  const refused = await turnedAway(site.url, { protocols: bearer(token), headers: { host: 'elsewhere.example' } })
  assert.deepEqual(refused, [421, 'FDP_HTTP_HOST'])
})

test('the subprotocol that was offered is accepted, and no other', async () => {
  await using one = await subscriber(site.url, token)
  assert.equal(one.socket.protocol, `Bearer-${token}`)
  assert.equal(one.socket.extensions, '')
})

test('whoever asks for no websocket gets none, and no other address becomes one', async () => {
  const protocols = bearer(token)
  const plain = await fetch(`${site.url}${streamPath()}`, { headers: { 'sec-websocket-protocol': protocols[0]! } })
  assert.deepEqual([plain.status, await codeOf(plain)], [426, 'FDP_HTTP_UPGRADE'])
  for (const path of ['/health/live', '/api/v1/me', '/tenants/alder-vale/api/v2/ontologies']) {
    assert.deepEqual(await turnedAway(site.url, { path, protocols }), [400, 'FDP_HTTP_REQUEST'], path)
  }
  assert.deepEqual(await turnedAway(site.url, { path: '/nowhere', protocols }), [404, 'FDP_HTTP_NOT_FOUND'])
})

test('one person has so many connections and no more; one that is closed makes room', async () => {
  const mine = await site.bearer(analyst, planning)
  const open = []
  for (let i = 0; i < connectionLimits.connectionsPerSubjectMax; i++) open.push(await subscriber(site.url, mine))
  assert.deepEqual(await turnedAway(site.url, { protocols: bearer(mine) }), [429, 'FDP_HTTP_CONNECTIONS'])
  // Others are not held up.
  await using _ = await subscriber(site.url, token)
  await open[0]![Symbol.asyncDispose]()
  const again = await subscriber(site.url, mine)
  for (const each of [...open, again]) await each[Symbol.asyncDispose]()
})

test('so many at the same time do not get past the limit either', async () => {
  const mine = await site.bearer(manager, planning)
  const sockets = Array.from({ length: 3 * connectionLimits.connectionsPerSubjectMax }, () => {
    const socket = new WebSocket(`${site.url}${streamPath()}`, bearer(mine))
    return { socket, one: new Subscriber(socket) }
  })
  const isOpen = ({ socket, one }: (typeof sockets)[number]) => socket.readyState === 1 && one.closed === null
  await until(() => sockets.every(({ socket }) => socket.readyState !== 0))
  await until(() => sockets.filter(isOpen).length === connectionLimits.connectionsPerSubjectMax)
  for (const { one } of sockets) await one[Symbol.asyncDispose]()
})

test('messages count as requests of whoever sends them', async () => {
  await using slow = await openSite(world.node, { requestsPerMinuteMax: 12 })
  await using one = await subscriber(slow.server.url, await slow.token())
  for (let i = 0; i < 20 && one.closed === null; i++) await one.ask(watching(base('Nothing')))
  assert.deepEqual(await one.end(), [1008, 'FDP_HTTP_RATE'])
})

test('a token ends its connection when it expires', async () => {
  await using provider = await openSite(world.node, { tokenSeconds: 2 })
  await using one = await subscriber(provider.server.url, await provider.token())
  assert.deepEqual(await one.end(), [1008, 'FDP_HTTP_SIGN_IN'])
})

test('a server that ends says goodbye to its connections', async () => {
  const ending = await openBearerSite(world.node)
  const one = await subscriber(ending.url, await ending.bearer(validator, validation))
  await ending[Symbol.asyncDispose]()
  assert.equal((await one.end())[0], 1001)
})
