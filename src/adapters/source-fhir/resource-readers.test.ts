import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { csvReader } from '#adapters/source-csv'
import { limits } from '#kernel'
import { readTable, refusalOf } from '../../../test/read-table.ts'
import { fhirBundleReader, fhirNdjsonReader, fhirResourceReader } from './resource-readers.ts'

const ndjson = fhirNdjsonReader(csvReader)
const bundle = fhirBundleReader(csvReader)
const alone = fhirResourceReader(csvReader)
const canary = 'Canary-Rho'
const patient = `{"resourceType": "Patient",\t"id":"${canary}", "n": 1.10, "x": "a\\"b,c \\\\u0001 \\ud83d\\ude00"}`
const nested = (depth: number) => `{"resourceType":"X","a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
const bundled = (...entries: readonly string[]) => `{"entry" : [${entries.join(' ,\n')} ], "resourceType":"Bundle"}`
const entry = (resource: string) => `{"fullUrl":"urn:${canary}]}","resource" : ${resource} }`
const full = process.env.FDP_TEST_FULL === '1'

const faulty: readonly (readonly [text: string | Buffer, reason: string])[] = [
  [`{"resourceType":"Patient","id":"${canary}"`, 'no JSON object'],
  [`["${canary}"]`, 'no JSON object'],
  ['null', 'no JSON object'],
  ['{"resourceType":"Patient",}', 'no JSON object'],
  ["{'resourceType':'Patient'}", 'no JSON object'],
  ['{"resourceType":"Patient","n":NaN}', 'no JSON object'],
  ['{"resourceType":"Patient","n":01}', 'no JSON object'],
  [`{"id":"${canary}"}`, 'no resourceType'],
  ['{"resourceType":1}', 'no resourceType'],
  ['{"resourceType":"Patient","id":"\\u0001"}', 'a character that FHIR forbids'],
  ['{"resourceType":"Patient","id":"\\ud800x"}', 'a character that FHIR forbids'],
  [nested(limits.resourceDepthMax + 1), 'too deeply nested'],
  [nested(400_000), 'too deeply nested'],
  [Buffer.from('{"resourceType":"Si\xe2n"}', 'latin1'), 'bytes that are not UTF-8'],
]

const reasons = (rejects: readonly { row: number; column: number | null; reason: string }[]) =>
  rejects.map(({ row, column, reason }) => [row, column, reason])

async function* endless(start: string, piece: Buffer, pieces: number, end: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(start)
  for (let i = 0; i < pieces; i++) yield piece
  yield Buffer.from(end)
}

describe('NDJSON', () => {
  it('sets aside what is no FHIR resource, by its number and without a word of it', async () => {
    const lines = [patient, ...faulty.map(([text]) => text), patient]
    const content = Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\r\n \n')]))
    const { rejects, rejectedRows, rows, table } = await readTable(ndjson, content)
    assert.deepEqual(
      reasons(rejects),
      faulty.map(([, reason], i) => [i + 2, null, reason]),
    )
    assert.deepEqual([rows, rejectedRows], [2, faulty.length])
    assert.deepEqual(table, [{ resource: patient }, { resource: patient }])
  })
  it('is refused where its last line is cut off, and read where that line only lacks its end', async () => {
    const cut = await refusalOf(ndjson, `${patient}\n${patient.slice(0, -9)}`)
    assert.equal(cut.code, 'FDP_RESOURCES_CUT_OFF')
    assert.match(cut.said, /within resource 2/)
    assert.doesNotMatch(cut.said, /Canary/)
    assert.equal((await readTable(ndjson, `\ufeff${patient}\n${patient}`)).rows, 2)
    assert.equal((await readTable(ndjson, '\n \n')).rows, 0)
  })
  it('takes a resource as deep as the limit', async () => {
    assert.equal((await readTable(ndjson, `${nested(limits.resourceDepthMax)}\n`)).rows, 1)
  })
  it('passes over a line of a gigabyte in bounded memory, and reads on', async () => {
    const before = process.memoryUsage().rss
    const gigabyte = () => endless('{"resourceType":"', Buffer.alloc(1_000_000, 'x'), 1_000, `"}\n${patient}\n`)
    const { rejects, table } = await readTable(ndjson, gigabyte)
    assert.deepEqual(reasons(rejects), [[1, null, 'a resource that is too long']])
    assert.equal(table.length, 1)
    assert.ok(process.memoryUsage().rss - before < 400_000_000)
  })
})

describe('a resource alone', () => {
  it('is read as it stands, over however many lines', async () => {
    const spread = patient.replaceAll(', ', ',\r\n  ')
    assert.deepEqual((await readTable(alone, `\ufeff\n${spread}\n`)).table, [{ resource: spread }])
  })
  it('is refused where it is none, or more than one, without a word of it', async () => {
    for (const text of ['', ...faulty.map(([each]) => each), `${patient}\n${patient}`, patient.slice(0, -1)]) {
      const { code, said } = await refusalOf(alone, text)
      assert.equal(code, 'FDP_RESOURCES_NOT_ONE')
      assert.doesNotMatch(said, /Canary/)
    }
    const gigabyte = () => endless('{"resourceType":"', Buffer.alloc(1_000_000, 'x'), 1_000, '"}')
    assert.match((await refusalOf(alone, gigabyte)).said, /too long/)
  })
})

describe('a Bundle', () => {
  it('knows an entry whose resource has no id by the UUID of the entry', async () => {
    const [uuid, resource] = ['775447e9-2cc5-4cc9-94de-d358d0efa661', '{"resourceType":"Patient","n":1.10}']
    const entries = ['urn:uuid:', 'urn:uuid:"', 'https://else/'].map(
      (start) => `{"fullUrl":${JSON.stringify(start + uuid)},"resource":${resource}}`,
    )
    const named = `{"fullUrl":"urn:uuid:${uuid}","resource":${patient}}`
    assert.deepEqual(
      (await readTable(bundle, bundled(...entries, named))).table.map(({ resource: text }) => text),
      [`{"id":"${uuid}","resourceType":"Patient","n":1.10}`, resource, resource, patient],
    )
  })
  it('gives the resource of each entry as it stands', async () => {
    const { table, rows } = await readTable(
      bundle,
      `\ufeff \n${bundled(entry(patient), entry(patient.replace('1.10', '1e2')))}\n`,
    )
    assert.equal(rows, 2)
    assert.deepEqual(table, [{ resource: patient }, { resource: patient.replace('1.10', '1e2') }])
    const escapedName = bundled(entry(patient)).replace('"entry"', '"\\u0065ntry"')
    assert.equal((await readTable(bundle, escapedName)).rows, 1)
    for (const none of ['{"resourceType":"Bundle"}', bundled()]) assert.equal((await readTable(bundle, none)).rows, 0)
    const within = `{"resourceType":"Bundle","a":{"entry":[1]},"b":"\\"entry\\":[","entry":[${entry(patient)}]}`
    assert.equal((await readTable(bundle, within)).rows, 1)
  })
  it('sets aside entries whose resource is none, is not there, or is there twice', async () => {
    const whole = faulty.filter(([, reason]) => !/UTF-8|JSON/.test(reason))
    const others = [
      ['{"fullUrl":"urn:x"}', 'an entry without a resource'],
      [`{"resource":${patient},"resource":${patient}}`, 'an entry with two resources'],
      ['null', 'no JSON object'],
      [`"${canary}"`, 'no JSON object'],
      ['{"resource":[]}', 'no JSON object'],
      ['{"resource":{"a":}}', 'no JSON object'],
    ] as const
    const entries = [...whole.map(([text]) => entry(String(text))), ...others.map(([text]) => text), entry(patient)]
    const { rejects, table } = await readTable(bundle, bundled(...entries))
    assert.deepEqual(
      reasons(rejects),
      [...whole, ...others].map(([, reason], i) => [i + 1, null, reason]),
    )
    assert.deepEqual(table, [{ resource: patient }])
  })
  it('is refused where it is none, or is cut off', async () => {
    for (const [text, code] of [
      ['', 'FDP_BUNDLE_NOT_ONE'],
      [patient, 'FDP_BUNDLE_NOT_ONE'],
      [`${patient}\n${patient}\n`, 'FDP_BUNDLE_NOT_ONE'],
      [`[${bundled(entry(patient))}]`, 'FDP_BUNDLE_NOT_ONE'],
      [`${bundled(entry(patient))}x`, 'FDP_BUNDLE_NOT_ONE'],
      [`{"resourceType":"Bundle","entry":[],"entry":[${entry(patient)}]}`, 'FDP_BUNDLE_NOT_ONE'],
      ['{"resourceType":"Bundle","entry":{}}', 'FDP_BUNDLE_NOT_ONE'],
      [bundled(entry(patient), ''), 'FDP_BUNDLE_NOT_ONE'],
      [bundled(entry(patient)).slice(0, -30), 'FDP_RESOURCES_CUT_OFF'],
      [bundled(entry(patient)).slice(0, 60), 'FDP_RESOURCES_CUT_OFF'],
      [`{"resourceType":"Bundle","id":"${'x'.repeat(1_100_000)}"}`, 'FDP_BUNDLE_TOO_LARGE'],
      [`${'['.repeat(900_000)}`, 'FDP_RESOURCES_CUT_OFF'],
    ] as const) {
      const refusal = await refusalOf(bundle, text)
      assert.equal(refusal.code, code, text.slice(0, 50))
      assert.doesNotMatch(refusal.said, /Canary/)
    }
  })
  it('passes over an entry without end in bounded memory', async () => {
    const before = process.memoryUsage().rss
    const start = '{"resourceType":"Bundle","entry":[{"resource":{"a":"'
    const pieces = full ? 1_000 : 60
    const { rejects, rows } = await readTable(bundle, () =>
      endless(start, Buffer.alloc(1_000_000, 'x'), pieces, `"}},${entry(patient)}]}`),
    )
    assert.deepEqual([rows, reasons(rejects)], [1, [[1, null, 'a resource that is too long']]])
    assert.ok(process.memoryUsage().rss - before < 400_000_000)
  })
})
