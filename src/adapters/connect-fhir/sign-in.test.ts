import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { isFdpError, systemClock, systemRandom } from '#kernel'
import { asking, textOf } from '../../../test/fhir-asking.ts'
import { canary, failing, openFhirServer, sendJson } from '../../../test/fhir-server.ts'
import { fhirKind } from './index.ts'

const patients = Array.from({ length: 5 }, (_, i) => `{"resourceType":"Patient","id":"p${i}"}`)
const tokensAsked = (server: { asked: readonly string[] }) =>
  server.asked.filter((line) => line === 'POST /token').length

async function openLocked(alg?: string) {
  const server = await openFhirServer({ Patient: patients }, alg)
  server.locked = true
  server.polls = 0
  return server
}

describe('signing in', () => {
  it('takes one token for many requests, and another before it ends', async () => {
    await using server = await openLocked()
    const at = asking(server, { pageSize: 2 })
    assert.equal((await at.lines('Patient')).length, 5)
    assert.equal((await at.lines('$export')).length, 5)
    assert.equal(tokensAsked(server), 1)
    assert.deepEqual([...server.tokens], ['token-0-system...rs'])
    at.clock.advanceMs(275_000)
    assert.equal((await at.lines('Patient')).length, 5)
    assert.equal(tokensAsked(server), 2)
  })

  it('is by any of the algorithms', async () => {
    for (const alg of ['RS384', 'RS512']) {
      await using server = await openLocked(alg)
      assert.equal((await asking(server).lines('Patient')).length, 5)
    }
  })

  it('that is not possible when an export is over keeps nobody waiting', async () => {
    await using server = await openLocked()
    const at = asking(server)
    const answer = await at.ask('$export')
    server.instead(/DELETE/, failing(401))
    server.instead(/token/, failing(503, { 'retry-after': '3000' }))
    assert.equal((await textOf(answer)).split('\n').length, 6)
    assert.deepEqual([at.waited, at.note], [[], null])
  })

  it('is done again when a token ends early, in the middle of an export, too', async () => {
    await using server = await openLocked()
    const at = asking(server)
    for (const place of [/jobs/, /files/]) {
      server.instead(place, (reply) => {
        server.tokens.clear()
        reply.writeHead(401).end()
      })
    }
    assert.equal((await at.lines('$export')).length, 5)
    assert.equal(tokensAsked(server), 3)
  })

  it('that does not help is refused, and not tried for ever', async () => {
    await using server = await openLocked()
    server.instead(/Patient/, failing(401), failing(401))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_SIGN_IN')
    assert.equal(tokensAsked(server), 2)
  })

  it('is refused where tokens are given', async () => {
    await using server = await openLocked()
    const { privateKey } = await generateKeyPair('ES384', { extractable: true })
    const another = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'ES384' }
    const registered = { ...server.key }
    Object.assign(server.key, another)
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_SIGN_IN')
    Object.assign(server.key, registered)
    const good = { access_token: 'x', token_type: 'bearer' }
    for (const answer of [
      {},
      [],
      { ...good, token_type: 'mac' },
      { ...good, access_token: 1 },
      { ...good, access_token: 'a\nb' },
    ]) {
      server.instead(/token/, (reply) => sendJson(reply, answer))
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_SIGN_IN')
    }
    for (const [status, location] of [
      [401, ''],
      [302, `${server.origin}/token`],
      [307, 'http://127.0.0.1:9/'],
    ] as const) {
      server.instead(/token/, failing(status, { location }))
      assert.match(await asking(server).code('Patient'), /SIGN_IN|ELSEWHERE/, `${status}`)
    }
    server.instead(/token/, failing(503), failing(429, { 'retry-after': '1' }))
    assert.equal((await asking(server).lines('Patient')).length, 5)
    assert.ok(server.asked.every((line) => !line.startsWith('GET') || line.startsWith('GET /fhir/Patient')))
  })

  it('says nothing of a key, and takes none that was not meant for it', async () => {
    await using server = await openLocked()
    const at = asking(server)
    const { key } = server
    for (const change of [{ alg: 'HS256' }, { alg: 'none' }, { kid: undefined }, { d: undefined }, { crv: canary }]) {
      const usual = { ...key }
      Object.assign(key, change)
      assert.equal(await at.code('Patient'), 'FDP_FHIRSERVER_SETTINGS', JSON.stringify(change))
      Object.assign(key, usual)
    }
    assert.equal(server.asked.length, 0)
    assert.equal((await at.lines('Patient')).length, 5)
  })
})

test('settings that could let a secret or a question go elsewhere are refused', () => {
  const kind = fhirKind({ clock: systemClock, random: systemRandom, bundle: () => assert.fail() })
  const usual = { fileOrigins: [], pageSize: 1, incompleteExports: false }
  const limits = { answerBytesMax: 1, answerHoursMax: 1, requestSecondsMax: 1 }
  const good = 'https://fhir.example/r4/'
  for (const change of [
    { baseUrl: 'http://fhir.example/r4' },
    { baseUrl: 'fhir.example' },
    { baseUrl: 'file:///etc' },
    { baseUrl: 'https://a:b@fhir.example' },
    { baseUrl: `${good}?x=1` },
    { baseUrl: `${good}#x` },
    { baseUrl: good, clientId: 'x' },
    { baseUrl: good, clientId: 'x', keyFile: 'y' },
    { baseUrl: good, clientId: 'x', keyFile: 'y', tokenUrl: 'http://tokens.example' },
    { baseUrl: good, fileOrigins: ['http://files.example'] },
    { baseUrl: good, fileOrigins: ['https://files.example/folder'] },
  ]) {
    assert.throws(
      () => kind.open({ ...usual, ...limits, ...change }, () => ''),
      (error) => isFdpError(error, 'FDP_FHIRSERVER_SETTINGS'),
      JSON.stringify(change),
    )
  }
  assert.ok(kind.open({ ...usual, ...limits, baseUrl: good }, () => assert.fail()))
})
