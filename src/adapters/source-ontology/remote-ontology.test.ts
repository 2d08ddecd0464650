import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FdpError, isFdpError } from '#kernel'
import { fail, foreignToken, openForeign } from '../../../test/foreign-server.ts'
import { openRemoteOntology } from './remote-ontology.ts'

const ward = {
  primaryKey: 'wardId',
  properties: { wardId: 'string', beds: 'integer', open: 'boolean' },
  objects: ['W-3', 'W-1', 'W-2', 'W-10'].map((wardId, i) => ({ wardId, beds: i, open: i % 2 === 0 })),
  links: { staff: [['W-1', 'S-1'] as const, ['W-1', 'S-2'] as const] },
}
const served = () => openForeign({ Ward: { ...ward, objects: [...ward.objects] } })
const select = ['wardId', 'beds', 'open']
const remoteOf = (url: string, more = {}) =>
  openRemoteOntology({ baseUrl: url, ontology: 'old-ontology', token: foreignToken, ...more })
const ask = { type: 'Ward', select, pageSize: 2, pageToken: null }

async function errorOf(call: () => unknown): Promise<FdpError> {
  try {
    await call()
  } catch (error) {
    assert.ok(isFdpError(error), String(error))
    const text = `${error.message} ${error.help} ${JSON.stringify(error)} ${String(error.cause)}`
    assert.ok(!text.includes(foreignToken) && !text.includes('Canaryhurst'), text)
    return error
  }
  throw new Error('it was let through')
}

test('refused: addresses to which a token would go in clear, with credentials, or that are none', async () => {
  for (const url of [
    'http://old.example/tenants/a',
    'old.example',
    'ftp://localhost/',
    'https://a:b@old.example',
    'https://x.example/?a=b',
    '',
  ]) {
    assert.equal((await errorOf(() => remoteOf(url))).code, 'FDP_REMOTE_ADDRESS', url)
  }
  assert.equal((await errorOf(() => remoteOf('https://x.example', { ontology: '../x' }))).code, 'FDP_REMOTE_ADDRESS')
  assert.equal(remoteOf('https://old.example/tenants/a///').address, 'https://old.example/tenants/a')
})

test('refused: another token, a redirect, answers that are no such API; nothing of them is said back', async () => {
  await using server = await served()
  const stranger = openRemoteOntology({ baseUrl: server.url, ontology: 'old-ontology', token: 'x' })
  assert.equal((await errorOf(() => stranger.objectTypes())).code, 'FDP_REMOTE_SIGN_IN')
  const remote = remoteOf(server.url)
  server.instead.push((reply) => reply.writeHead(302, { location: 'http://127.0.0.1:9/steal' }).end())
  assert.equal((await errorOf(() => remote.objectTypes())).code, 'FDP_REMOTE_REFUSED')
  server.instead.push((reply) => reply.end('<html>Canaryhurst</html>'))
  assert.equal((await errorOf(() => remote.objectTypes())).code, 'FDP_REMOTE_ANSWER')
  server.instead.push((reply) => reply.end('{"data":[{"apiName":"../../x","primaryKey":"a"}]}'))
  assert.equal((await errorOf(() => remote.objectTypes())).code, 'FDP_REMOTE_ANSWER')
  server.instead.push(null, (reply) => reply.end('{"data":[{"beds":1}]}'))
  assert.equal((await errorOf(() => remote.page(ask))).code, 'FDP_REMOTE_ANSWER')
  server.instead.push((reply) => fail(reply, 403, 'Canaryhurst Ada'))
  assert.match((await errorOf(() => remote.outgoingLinks('Ward'))).message, /403/)
})

test('pages come in the order of the primary key, and go on where the last one ended', async () => {
  await using server = await served()
  const remote = remoteOf(server.url)
  const [type] = await remote.objectTypes()
  assert.deepEqual(type, { apiName: 'Ward', primaryKey: 'wardId', properties: ward.properties })
  const first = await remote.page(ask)
  const second = await remoteOf(server.url).page({ ...ask, pageToken: first.nextPageToken })
  const keys = [...first.objects, ...second.objects].map((object) => object.__primaryKey)
  assert.deepEqual([keys, second.nextPageToken], [['W-1', 'W-10', 'W-2', 'W-3'], null])
  server.era = 2
  const gone = await errorOf(() => remote.page({ ...ask, pageToken: first.nextPageToken }))
  assert.equal(gone.code, 'FDP_REMOTE_PAGE_TOKEN')
})

test('a server that loads no object sets is listed; what neither way gives is refused', async () => {
  await using server = await served()
  server.sets = false
  const remote = remoteOf(server.url)
  const first = await remote.page(ask)
  const second = await remoteOf(server.url).page({ ...ask, pageToken: first.nextPageToken })
  assert.equal(first.objects.length + second.objects.length, 4)
  assert.ok(server.asked.includes('GET objects/Ward'))
  assert.match((await errorOf(() => remote.page({ ...ask, type: 'Unseen' }))).code, /FDP_REMOTE_REFUSED/)
})

test('a busy server is asked again when it says, and not for ever', async () => {
  await using server = await served()
  const waits: number[] = []
  const remote = remoteOf(server.url, { waiting: (seconds: number) => waits.push(seconds) })
  server.instead.push(
    (reply) => fail(reply, 429, 'RateLimited', { 'retry-after': '0' }),
    (reply) => fail(reply, 503, 'Unavailable', { 'retry-after': '0' }),
    (reply) => void reply.destroy(),
  )
  assert.equal((await remote.objectTypes()).length, 1)
  assert.deepEqual(waits, [0, 0, 2])
  server.instead.push((reply) => fail(reply, 503, 'Unavailable', { 'retry-after': '86400' }))
  assert.equal((await errorOf(() => remote.objectTypes())).code, 'FDP_REMOTE_UNREACHABLE')
  for (let i = 0; i < 6; i++) server.instead.push((reply) => fail(reply, 429, 'RateLimited', { 'retry-after': '0' }))
  assert.equal((await errorOf(() => remote.objectTypes())).code, 'FDP_REMOTE_UNREACHABLE')
  assert.equal(server.instead.length, 0)
})

test('links come as pairs of primary keys', async () => {
  await using server = await served()
  const remote = remoteOf(server.url)
  assert.deepEqual(
    (await remote.outgoingLinks('Ward')).map(({ apiName }) => apiName),
    ['staff'],
  )
  const pairs = []
  for await (const found of remote.linked('Ward', 'staff')) pairs.push(...found)
  assert.deepEqual(pairs, [
    { from: 'W-1', to: 'S-1' },
    { from: 'W-1', to: 'S-2' },
  ])
})
