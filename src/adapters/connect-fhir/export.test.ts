import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { csvReader } from '#adapters/source-csv'
import { fhirNdjsonReader } from '#adapters/source-fhir'
import { asking, textOf } from '../../../test/fhir-asking.ts'
import { canary, cutOff, failing, openFhirServer, publishedResources, sendFile } from '../../../test/fhir-server.ts'
import { readTable } from '../../../test/read-table.ts'
import { skipWithoutShared } from '../../../test/shared-data.ts'

const patients = Array.from({ length: 5_000 }, (_, i) => `{"resourceType":"Patient","id":"p${i}","n":${i}.0}`)
const encounters = ['{"resourceType":"Encounter","id":"e1"}']
const both = { Patient: patients, Encounter: encounters }
const fileOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
const issues = (...severities: readonly string[]) =>
  `${JSON.stringify({ resourceType: 'OperationOutcome', issue: severities.map((severity) => ({ severity, diagnostics: canary })) })}\n`

describe('an export', () => {
  it('is begun, waited for, read file by file and ended', async () => {
    await using server = await openFhirServer(both)
    server.polls = 2
    const at = asking(server)
    const answer = await at.ask('$export?_type=Encounter,Patient')
    assert.equal(server.jobs.size, 1)
    assert.ok(at.note !== null)
    assert.equal(await textOf(answer), fileOf([...encounters, ...patients]))
    assert.equal(answer.format, 'fhir-ndjson')
    assert.deepEqual(answer.seen, { resources: 5_001, warnings: 0, errors: 0, deletedFiles: 0 })
    assert.deepEqual(server.asked, [
      'GET /fhir/$export?_type=Encounter,Patient&_outputFormat=application%2Ffhir%2Bndjson',
      ...['GET /jobs/1', 'GET /jobs/1', 'GET /jobs/1'],
      ...['GET /files/Encounter.ndjson', 'GET /files/Patient.ndjson', 'DELETE /jobs/1'],
    ])
    const [kickOff, status] = server.headers
    assert.deepEqual([kickOff?.accept, kickOff?.prefer], ['application/fhir+json', 'respond-async'])
    assert.equal(status?.accept, 'application/json')
    assert.deepEqual(at.waited, [3_000, 3_000])
    assert.equal(at.note, null)
    assert.equal(server.jobs.size, 0)
  })

  it('of patients or a group goes to their address', async () => {
    await using server = await openFhirServer(both)
    for (const path of ['Patient/$export', 'Group/g-1/$export']) {
      assert.equal((await asking(server).lines(path)).length, 5_001)
      assert.ok(server.asked.some((line) => line.startsWith(`GET /fhir/${path}?_outputFormat=`)))
    }
  })

  it('counts published resources as they are by type, digits and all, through the reader of such files', async (t) => {
    if (skipWithoutShared(t)) return
    const resources = publishedResources()
    await using server = await openFhirServer(resources)
    const answer = await asking(server).ask('$export')
    const { table, rejectedRows } = await readTable(fhirNdjsonReader(csvReader), () => answer.source.open())
    assert.equal(rejectedRows, 0)
    assert.deepEqual(
      table.map(({ resource }) => resource),
      Object.values(resources).flat(),
    )
    assert.equal(answer.seen.resources, 5_945)
  })

  it('waits as the server says, else longer each time, and through its being busy', async () => {
    await using server = await openFhirServer(both)
    server.polls = 0
    const busy = failing(429, { 'retry-after': '10' })
    server.instead(/jobs/, ...[failing(202), failing(202), failing(202)], busy, failing(202, { 'retry-after': '0' }))
    const at = asking(server)
    await at.lines('$export')
    assert.deepEqual(at.waited, [1_000, 1_000, 2_000, 10_000, 1_000])
  })

  it('that is not done in time is ended', async () => {
    await using server = await openFhirServer(both)
    server.polls = 1_000_000
    const at = asking(server, { answerHoursMax: 0.05 })
    assert.equal(await at.code('$export'), 'FDP_FHIRSERVER_TOO_LONG')
    assert.equal(server.jobs.size, 0)
    assert.equal(at.note, null)
  })

  it('that is not taken, fails there, or is answered otherwise is refused', async () => {
    await using server = await openFhirServer(both)
    for (const [fits, status, code] of [
      [/export/, 400, 'QUESTION'],
      [/export/, 403, 'SIGN_IN'],
      [/export/, 200, 'ANSWER'],
      [/export/, 202, 'ELSEWHERE'],
      [/jobs/, 400, 'EXPORT'],
      [/jobs/, 404, 'EXPORT'],
      [/jobs/, 200, 'ANSWER'],
      [/jobs/, 403, 'SIGN_IN'],
      [/files/, 404, 'EXPORT'],
      [/files/, 403, 'SIGN_IN'],
    ] as const) {
      const at = asking(server)
      server.polls = 0
      server.instead(fits, failing(status))
      assert.equal(await at.code('$export'), `FDP_FHIRSERVER_${code}`, `${fits} ${status}`)
      assert.equal(at.note, null)
      assert.equal(server.jobs.size, 0)
    }
    server.instead(/jobs/, ...Array.from({ length: 6 }, () => failing(500)))
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_EXPORT')
  })

  it('is begun once: without an answer nobody knows whether it was', async () => {
    await using server = await openFhirServer(both)
    server.instead(/export/, (reply) => reply.destroy())
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_AWAY')
    assert.equal(server.asked.length, 1)
  })

  it('leads to no other place', async () => {
    await using server = await openFhirServer(both)
    server.polls = 0
    for (const location of ['http://127.0.0.1:9/jobs/1', 'https://elsewhere.example/', 'ftp://x', 'http://[']) {
      server.instead(/export/, failing(202, { 'content-location': location }))
      assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_ELSEWHERE', location)
    }
    for (const member of ['output', 'error']) {
      server.manifest = (usual) => ({ ...usual, [member]: [{ url: 'http://127.0.0.1:9/files/Patient.ndjson' }] })
      assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_ELSEWHERE', member)
    }
    assert.ok(server.asked.every((line) => !line.includes('files')))
  })

  it('may have its files at an origin that was declared, where no token goes', async () => {
    await using files = await openFhirServer({ Patient: patients })
    await using server = await openFhirServer(both)
    server.locked = true
    const output = [{ type: 'Patient', url: `${files.origin}/files/Patient.ndjson` }]
    server.manifest = (usual) => ({ ...usual, output })
    const lines = await asking(server, { fileOrigins: [files.origin] }).lines('$export')
    assert.equal(lines.length, 5_000)
    assert.equal(files.headers[0]?.authorization, undefined)
    assert.ok(server.headers.at(-1)?.authorization)
  })

  it('with a list of files that is none is refused', async () => {
    await using server = await openFhirServer(both)
    server.polls = 0
    const lists: unknown[] = [null, [], 'x', {}, { output: 'x' }, { output: [{}] }, { output: [null] }]
    for (const list of [...lists, { output: [], error: {} }, { output: [], requiresAccessToken: 'yes' }]) {
      server.manifest = () => list
      assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_ANSWER', JSON.stringify(list))
    }
    server.manifest = (usual) => ({ ...usual, link: [{ relation: 'next', url: `${server.origin}/jobs/1` }] })
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_ANSWER')
    server.manifest = () => ({ output: [] })
    assert.deepEqual(await asking(server).lines('$export'), [])
  })
})

describe('what an export says that it lacks', () => {
  it('refuses it, unless that is accepted and counted; remarks are counted only', async () => {
    await using server = await openFhirServer(both)
    const error = [{ type: 'OperationOutcome', url: `${server.origin}/files/Errors.ndjson` }]
    server.manifest = (usual) => ({ ...usual, error })
    const say = (text: string) => server.instead(/Errors/, (reply) => reply.end(text))
    say(issues('warning', 'information') + issues('information'))
    const remarks = await asking(server).ask('$export')
    assert.equal((await textOf(remarks)).length, fileOf([...patients, ...encounters]).length)
    assert.deepEqual(remarks.seen, { resources: 5_001, warnings: 3, errors: 0, deletedFiles: 0 })
    for (const text of [
      issues('error'),
      issues('fatal', 'warning'),
      issues('x'),
      canary,
      '{"resourceType":"Patient"}\n',
    ]) {
      say(text)
      assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_INCOMPLETE')
      assert.equal(server.jobs.size, 0)
    }
    say(issues('error', 'warning', 'fatal'))
    const accepted = await asking(server, { incompleteExports: true }).ask('$export')
    await textOf(accepted)
    assert.deepEqual(accepted.seen, { resources: 5_001, warnings: 1, errors: 2, deletedFiles: 0 })
  })

  it('are resources that were deleted, too: their files are not read', async () => {
    await using server = await openFhirServer(both)
    server.manifest = (usual) => ({
      ...usual,
      deleted: [{ type: 'Bundle', url: `${server.origin}/files/Gone.ndjson` }],
    })
    assert.equal(await asking(server).code('$export?_since={day}'), 'FDP_FHIRSERVER_INCOMPLETE')
    const answer = await asking(server, { incompleteExports: true }).ask('$export?_since={day}')
    assert.equal((await textOf(answer)).split('\n').length, 5_002)
    assert.equal(answer.seen.deletedFiles, 1)
    assert.ok(server.asked.every((line) => !line.includes('Gone')))
  })

  it('is a file of another number of resources than it was said to have', async () => {
    await using server = await openFhirServer(both)
    server.instead(/Patient/, (reply, request) => sendFile(patients.slice(1), request, reply))
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_INCOMPLETE')
  })
})

describe('a download', () => {
  const whole = fileOf(patients)
  const ranges = { 'accept-ranges': 'bytes' }

  it('that breaks off goes on where it was, if the file is the same', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const etag = { ...ranges, etag: '"v1"' }
    const rest = (from: number, status = 206) => ({
      ...{ 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}`, status },
    })
    server.instead(/files/, cutOff(whole, 100_001, etag), (reply, request) => {
      const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0])
      assert.deepEqual([request.headers['if-range'], from > 0 && from <= 100_001], ['"v1"', true])
      reply.writeHead(206, { 'content-range': rest(from)['content-range'] }).end(whole.slice(from))
    })
    assert.deepEqual(await asking(server).lines('$export'), patients)
  })

  it('begins anew where the server does not go on, without handing on anything twice', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const begins: Readonly<Record<string, string>>[] = [
      {},
      { ...ranges, etag: 'W/"v1"' },
      { etag: '"v1"' },
      { ...ranges, etag: '"old"' },
    ]
    for (const headers of begins) {
      server.instead(/files/, cutOff(whole, 100_001, headers))
      assert.deepEqual(await asking(server).lines('$export'), patients)
    }
    const packed = gzipSync(whole)
    const gzip = { ...ranges, etag: '"v1"', 'content-encoding': 'gzip' }
    server.instead(/files/, cutOff(packed, packed.length - 9, gzip), (reply) => reply.writeHead(200, gzip).end(packed))
    assert.deepEqual(await asking(server).lines('$export'), patients)
    assert.ok(server.headers.every(({ range }) => range === undefined || range.startsWith('bytes=')))
    const notThat = failing(206, { 'content-range': `bytes 0-9/10` })
    server.instead(/files/, cutOff(whole, 100_001, { ...ranges, etag: '"v1"' }), notThat)
    assert.deepEqual(await asking(server).lines('$export'), patients)
  })

  it('of what is not the same any longer is refused', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const other = fileOf(patients.toReversed())
    server.instead(/files/, cutOff(whole, 100_001), (reply) => reply.end(other))
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_CHANGED')
  })

  it('that ends within a resource is not whole, however it ends', async () => {
    await using server = await openFhirServer({ Patient: patients })
    const cut = (reply: { end(text: string): unknown }) => reply.end(whole.slice(0, 100_001))
    server.instead(/files/, cut, cut)
    assert.deepEqual(await asking(server).lines('$export'), patients)
    server.manifest = (usual) => ({ ...usual, output: [{ url: `${server.origin}/files/Patient.ndjson` }] })
    server.instead(/files/, ...Array.from({ length: 6 }, () => cut))
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_ANSWER')
  })

  it('without an end of its last line, and one that is empty, do not run into the next', async () => {
    await using server = await openFhirServer({ A: [], B: encounters, C: encounters })
    server.instead(/B\.ndjson/, (reply) => reply.end(`\ufeff\r\n\n${encounters[0]}`))
    const lines = await asking(server).lines('$export')
    assert.deepEqual(
      lines.filter((line) => line.trim().length > 1),
      [...encounters, ...encounters],
    )
  })

  it('of a page for people is refused', async () => {
    await using server = await openFhirServer({ Patient: patients })
    server.instead(/files/, (reply) => reply.end(`<html>\n${canary}\n`))
    assert.equal(await asking(server).code('$export'), 'FDP_FHIRSERVER_ANSWER')
  })
})

describe('the note of an export', () => {
  it('lets another process go on where this one ended', async () => {
    await using server = await openFhirServer(both)
    server.polls = 3
    const before = asking(server)
    server.instead(/jobs/, (reply) => {
      reply.writeHead(202).end()
      void before.connection.close()
    })
    assert.equal(await before.code('$export'), 'FDP_FHIRSERVER_AWAY')
    const after = asking(server)
    after.note = JSON.parse(JSON.stringify(before.note))
    assert.equal((await after.lines('$export')).length, 5_001)
    assert.equal(server.asked.filter((line) => line.includes('export')).length, 1)
    assert.deepEqual([server.jobs.size, after.note], [0, null])
  })

  it('stays when the server is away for now, and files are read again', async () => {
    await using server = await openFhirServer(both)
    const at = asking(server)
    server.instead(/files.Encounter/, ...Array.from({ length: 6 }, () => failing(503)))
    assert.equal(await at.code('$export'), 'FDP_FHIRSERVER_AWAY')
    assert.equal(server.jobs.size, 1)
    assert.equal((await at.lines('$export')).length, 5_001)
    assert.equal(server.asked.filter((line) => line.includes('export')).length, 1)
  })

  it('of an export that the server has forgotten leads to a new one', async () => {
    await using server = await openFhirServer(both)
    const at = asking(server)
    at.note = null
    await at.ask('$export')
    server.jobs.clear()
    assert.equal((await at.lines('$export')).length, 5_001)
  })

  it('of another question, or the same of another day, ends that export; one that is none is passed over', async () => {
    await using server = await openFhirServer(both)
    const at = asking(server)
    await at.ask('$export?_type=Patient')
    assert.equal((await at.lines('$export?_type=Encounter')).length, 1)
    assert.ok(server.asked.indexOf('DELETE /jobs/1') < server.asked.findLastIndex((line) => line.includes('export')))
    await at.ask('$export')
    await at.connection.ask!(at.question('$export', '2026-11-22'))
    assert.equal(server.asked.at(-3), 'DELETE /jobs/1')
    const began = '2026-11-22T06:00:00Z'
    for (const note of [{}, { began }, { began: 1, status: 1 }, { began, status: 'http://127.0.0.1:9/jobs/1' }]) {
      at.note = note
      server.polls = 0
      assert.equal((await at.lines('$export')).length, 5_001)
    }
  })

  it('is gone when reading was given up, with the export', async () => {
    await using server = await openFhirServer(both)
    const at = asking(server)
    for await (const _ of (await at.ask('$export')).source.open()) break
    assert.deepEqual([server.jobs.size, at.note], [0, null])
  })
})
