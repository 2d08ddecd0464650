import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { csvReader } from '#adapters/source-csv'
import { fhirNdjsonReader } from '#adapters/source-fhir'
import { asking, textOf } from '../../../test/fhir-asking.ts'
import {
  canary,
  cutOff,
  failing,
  openFhirServer,
  pageOf,
  publishedResources,
  sendJson,
} from '../../../test/fhir-server.ts'
import { readTable } from '../../../test/read-table.ts'
import { skipWithoutShared } from '../../../test/shared-data.ts'

const patients = Array.from({ length: 7 }, (_, i) => `{"resourceType":"Patient","id":"p${i}","n":${i}.0}`)
const outcome = (...severities: readonly string[]) =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: severities.map((severity) => ({ severity, diagnostics: canary })),
  })

describe('a search', () => {
  it('gives every resource of every page as it stands, in order', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const at = asking(server, { pageSize: 3 })
    const answer = await at.ask('Patient?_lastUpdated=ge{day}')
    assert.equal(answer.format, 'fhir-ndjson')
    assert.deepEqual((await textOf(answer)).split('\n'), [...patients, ''])
    assert.deepEqual(answer.seen, { resources: 7, warnings: 0, errors: 0, deletedFiles: 0 })
    assert.equal(server.asked[0], 'GET /fhir/Patient?_lastUpdated=ge2026-11-21&_count=3')
    assert.equal(server.asked.length, 3)
    assert.ok(server.headers.every(({ cookie, authorization }) => cookie === undefined && authorization === undefined))
    assert.throws(() => answer.source.open(), /once only/)
  })

  it('takes a resource over several lines as one', async () => {
    await using server = await openFhirServer({ Patient: ['{"resourceType":\r\n "Patient",\n"s":"a\\nb"\n}'] })
    assert.deepEqual(await asking(server).lines('Patient'), ['{"resourceType":   "Patient", "s":"a\\nb" }'])
  })

  it('keeps what is included, and counts remarks without taking them for data', async () => {
    await using server = await openFhirServer({ Encounter: [...patients, outcome('warning', 'information')] })
    const at = asking(server)
    const answer = await at.ask('Encounter?_include=Encounter:patient')
    assert.equal((await textOf(answer)).split('\n').length, 8)
    assert.deepEqual(answer.seen, { resources: 7, warnings: 2, errors: 0, deletedFiles: 0 })
  })

  it('fails where an error stands among what was found', async () => {
    for (const text of [
      outcome('warning', 'error'),
      outcome('fatal'),
      outcome('unheard-of'),
      outcome().replace('[]', '0'),
    ]) {
      await using server = await openFhirServer({ Patient: [...patients, text] })
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_INCOMPLETE', text)
    }
  })

  it('counts published resources as they are, digits and all, through the reader of such files', async (t) => {
    if (skipWithoutShared(t)) return
    const resources = publishedResources()
    await using server = await openFhirServer(resources)
    const at = asking(server, { pageSize: 200 })
    const answer = await at.ask('MedicationRequest')
    const { table, rejectedRows } = await readTable(fhirNdjsonReader(csvReader), () => answer.source.open())
    assert.equal(rejectedRows, 0)
    assert.deepEqual(
      table.map(({ resource }) => resource),
      resources.MedicationRequest,
    )
    assert.equal(answer.seen.resources, 1_745)
  })
})

describe('pages', () => {
  const leadingTo =
    (next: string, lines: readonly string[] = patients) =>
    (reply: ServerResponse) =>
      reply.end(pageOf(lines, next))

  it('are followed below the base address only', async () => {
    const elsewhere = [
      'http://127.0.0.1:9/fhir/Patient?page=2',
      'https://127.0.0.1/fhir/Patient',
      '/admin?page=2',
      '/fhirx/Patient',
      '/fhir/../admin',
      '/fhir/%2e%2e/admin',
      '/fhir/..%2fadmin',
      'file:///etc/passwd',
      '//elsewhere.example/fhir/Patient',
      'http://user@127.0.0.1/fhir',
      `/fhir?${'x'.repeat(9_000)}`,
    ]
    await using server = await openFhirServer({ Patient: patients })
    for (const next of elsewhere) {
      server.instead(/Patient/, leadingTo(next))
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ELSEWHERE', next)
    }
    assert.equal(server.asked.length, elsewhere.length)
  })

  it('may lie at the base address itself, or be said relatively', async () => {
    await using server = await openFhirServer({ Patient: patients })
    server.instead(/fhir\/Patient/, leadingTo(`${server.url}?_getpages=1`))
    server.instead(/_getpages=1/, leadingTo('?_getpages=2'))
    server.instead(/_getpages=2/, (reply) => reply.end(pageOf([])))
    assert.equal((await asking(server).lines('Patient')).length, 14)
  })

  it('that lead back, or on and on, have an end', async () => {
    await using server = await openFhirServer({ Patient: patients })
    server.instead(/Patient/, leadingTo('?page=2'), leadingTo('?page=3'), leadingTo('?page=2#again'))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ANSWER')
    server.instead(/Patient/, ...Array.from({ length: 200 }, (_, i) => leadingTo(`?page=${i}`, [])))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ANSWER')
    assert.equal(server.asked.length, 103)
  })

  it('are read up to a limit of bytes, however large one is', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const huge = gzipSync(pageOf(Array.from({ length: 10_000 }, () => patients[0]!)))
    server.instead(/Patient/, (reply) => reply.setHeader('content-encoding', 'gzip').end(huge))
    assert.equal(await asking(server, { answerBytesMax: 200_000 }).code('Patient'), 'FDP_FHIRSERVER_TOO_LARGE')
    server.instead(/Patient/, (reply) => reply.setHeader('content-encoding', 'gzip').end(huge))
    assert.equal((await asking(server).lines('Patient')).length, 10_000)
  })

  it('that are none are refused', async () => {
    await using server = await openFhirServer({})
    const none = [
      '',
      '<html>',
      '[]',
      '{"resourceType":"Patient"}',
      pageOf(patients).replace('"searchset"', '"history"'),
      pageOf(['{"resourceType":"Patient",}']),
      pageOf([`{"id":"${canary}"}`]),
      pageOf(['1']),
      pageOf(patients, 'x').replace('[{"relation"', '{"link":[{"relation"'),
      pageOf(patients, 'x').replace('"link":[', '"link":[{"relation":"next","url":"?2"},'),
      pageOf(patients).replace('"resource"', '"nothing"'),
      pageOf(patients).slice(0, -30),
    ]
    for (const page of none) {
      server.instead(
        /Patient/,
        ...Array.from({ length: 6 }, () => (reply: { end(text: string): unknown }) => reply.end(page)),
      )
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ANSWER', page.slice(0, 80))
      server.forget()
    }
  })
})

describe('a server that is busy, broken or slow', () => {
  it('is waited for as it says, by seconds, by a date, or twice as long each time', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const date = 'Sun, 22 Nov 2026 06:00:00 GMT'
    server.instead(
      /Patient/,
      ...[failing(429, { 'retry-after': '7' }), failing(503, { 'retry-after': 'Sun, 22 Nov 2026 06:01:30 GMT', date })],
      ...[failing(500), failing(502, { 'retry-after': 'soon' })],
    )
    const at = asking(server)
    assert.equal((await at.lines('Patient')).length, 7)
    assert.deepEqual(at.waited, [7_000, 90_000, 2_000, 4_000])
  })

  it('is given up after some attempts, or when it asks for more patience than there is', async () => {
    await using server = await openFhirServer({ Patient: patients })
    server.instead(/Patient/, ...Array.from({ length: 6 }, () => failing(503)))
    const at = asking(server)
    assert.equal(await at.code('Patient'), 'FDP_FHIRSERVER_AWAY')
    assert.equal(server.asked.length, 6)
    assert.deepEqual(at.waited, [500, 1_000, 2_000, 4_000, 8_000])
    server.instead(/Patient/, failing(503, { 'retry-after': '7200' }))
    assert.equal(await at.code('Patient'), 'FDP_FHIRSERVER_AWAY')
    server.instead(/Patient/, ...Array.from({ length: 6 }, () => failing(500)))
    assert.equal(await at.code('Patient'), 'FDP_FHIRSERVER_AWAY')
    server.instead(/Patient/, failing(429, { 'retry-after': '999999999' }))
    assert.equal(await asking(server, { answerHoursMax: 1 }).code('Patient'), 'FDP_FHIRSERVER_AWAY')
    server.instead(/Patient/, failing(429, { 'retry-after': '3599' }))
    assert.equal(await asking(server, { answerHoursMax: 0.5 }).code('Patient'), 'FDP_FHIRSERVER_TOO_LONG')
  })

  it('is not asked again where it refused', async () => {
    await using server = await openFhirServer({ Patient: patients })
    for (const status of [400, 404, 405, 410, 422]) {
      server.instead(/Patient/, failing(status))
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_QUESTION', `${status}`)
    }
    for (const status of [401, 403]) {
      server.instead(/Patient/, failing(status))
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_SIGN_IN', `${status}`)
    }
    server.instead(/Patient/, failing(202))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ANSWER')
    assert.equal(server.asked.length, 8)
  })

  it('that hangs up in the middle of a page is asked again, and nothing comes twice', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const many = Array.from({ length: 4_000 }, (_, i) => `{"resourceType":"Patient","id":"p${i}"}`)
    const page = pageOf(many)
    server.instead(/Patient/, cutOff(page, 300_000), cutOff(page, 10), cutOff(page, 370_000), (reply) =>
      reply.end(page),
    )
    assert.deepEqual(await asking(server).lines('Patient'), many)
    server.instead(/Patient/, ...Array.from({ length: 6 }, () => cutOff(page, 300_000)))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_AWAY')
    const other = pageOf(many.toReversed())
    server.instead(/Patient/, cutOff(page, 300_000), (reply) => reply.end(other))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_CHANGED')
    server.instead(/Patient/, cutOff(page, 300_000), (reply) => reply.end(pageOf(many.slice(0, 3))))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_CHANGED')
  })

  it('that says nothing is asked again, before and within an answer', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const silent = () => {}
    const stuck = (reply: ServerResponse) => reply.write(pageOf(patients).slice(0, 50))
    server.instead(/Patient/, silent, stuck)
    const at = asking(server, { requestSecondsMax: 0.3 })
    assert.equal((await at.lines('Patient')).length, 7)
    assert.equal(server.asked.length, 3)
  })

  it('that is not there is away', async () => {
    const server = await openFhirServer({})
    await server[Symbol.asyncDispose]()
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_AWAY')
  })

  it('that sends on is followed within the base address, three times', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const to = (location: string) => failing(307, { location })
    server.instead(/Patient\?_count/, to('/fhir/Patient?moved=1'))
    server.instead(/moved=1/, (reply) => reply.end(pageOf(patients)))
    assert.equal((await asking(server).lines('Patient')).length, 7)
    for (const place of ['http://127.0.0.1:9/fhir/Patient', '/login', 'http://[']) {
      server.instead(/Patient/, to(place))
      assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ELSEWHERE', place)
    }
    server.instead(/Patient/, ...Array.from({ length: 9 }, () => to('/fhir/Patient?again=1')))
    assert.equal(await asking(server).code('Patient'), 'FDP_FHIRSERVER_ELSEWHERE')
  })
})

test('a question is an address below the base address or none', async () => {
  await using server = await openFhirServer({ Patient: patients })
  const none = [
    '/Patient',
    '//elsewhere.example',
    'http://elsewhere.example/',
    '../admin',
    'Patient/../../admin',
    'a b',
  ]
  for (const text of [...none, 'Patient?x={month}', 'Patient#x', 'Patient\n?x=1', 'Patient\\..', 'x'.repeat(9_000)]) {
    assert.equal(await asking(server).code(text), 'FDP_FHIRSERVER_QUESTION', text.slice(0, 50))
  }
  assert.equal(server.asked.length, 0)
})

test('closing ends what is read, and another question may be asked', async () => {
  await using server = await openFhirServer({ Patient: patients })
  const at = asking(server, { pageSize: 2 })
  const answer = (await at.ask('Patient')).source.open()[Symbol.asyncIterator]()
  await answer.next()
  await at.connection.close()
  await assert.rejects(
    async () => {
      for (;;) if ((await answer.next()).done) return
    },
    { code: 'FDP_FHIRSERVER_AWAY' },
  )
  assert.equal((await at.lines('Patient')).length, 7)
})

test('a page of JSON that was written out anew is a page', async () => {
  await using server = await openFhirServer({})
  const link = [{ relation: 'self', url: 'x' }]
  server.instead(/Patient/, (reply) => sendJson(reply, { resourceType: 'Bundle', type: 'searchset', total: 0, link }))
  assert.deepEqual(await asking(server).lines('Patient'), [])
})
