import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError } from '#kernel'
import { asking } from '../../../test/fhir-asking.ts'
import { cutOff, openFhirServer, pageOf } from '../../../test/fhir-server.ts'
import { cases, fc } from '../../../test/random.ts'

const patients = Array.from({ length: 3 }, (_, i) => `{"resourceType":"Patient","id":"p${i}"}`)

/** Headers that are looked at, with what may stand in them; nothing that HTTP itself would refuse to send. */
const headers = fc.dictionary(
  fc.constantFrom('retry-after', 'content-location', 'location', 'etag', 'accept-ranges', 'content-range', 'date'),
  fc.oneof(
    fc.constantFrom(
      '0',
      '5',
      'bytes',
      'bytes 0-1/2',
      '"x"',
      '/jobs/1',
      '/fhir/Patient',
      '//x',
      'http://[',
      '-1',
      '1e9',
    ),
    fc.string({ unit: fc.constantFrom(...'aZ09 :/?%[]@."-,'), maxLength: 30 }).map((text) => text.trim()),
  ),
)

const pieces = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\n', '0', '1.0', 'null', '"resourceType"', '"Bundle"', '"type"'],
  ...['"searchset"', '"link"', '"relation"', '"next"', '"url"', '"?page=1"', '"entry"', '"resource"', '"output"'],
  ...['"error"', '"deleted"', '"/files/Patient.ndjson"', '"OperationOutcome"', '"issue"', '"severity"', ...patients],
]
const body = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
  fc.json().map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...['?page=1', '/elsewhere', ''].map((next) => Buffer.from(pageOf(patients, next)))),
  fc
    .record({ output: fc.array(fc.record({ url: fc.constantFrom('/files/Patient.ndjson', 'http://[', 'x') })) }, {})
    .map((manifest) => Buffer.from(JSON.stringify(manifest))),
)
const status = fc.constantFrom(200, 200, 200, 202, 202, 204, 206, 302, 307, 400, 401, 404, 410, 416, 429, 500, 503)
const reply = fc.record({ status, headers, body, cut: fc.boolean() })
const question = fc.constantFrom('Patient', '$export', 'Group/g/$export?_type=Patient')

test('whatever a server says, a question is answered in lines or fails with a code, and soon', async () => {
  await using server = await openFhirServer({ Patient: patients })
  await fc.assert(
    fc.asyncProperty(question, fc.array(reply, { minLength: 1, maxLength: 8 }), async (text, replies) => {
      server.polls = 0
      let left = replies.length
      const answers = replies.map((each): Parameters<typeof server.instead>[1] => (to, request) => {
        left--
        if (each.cut && each.body.length > 1) return cutOff(each.body, each.body.length >> 1, each.headers)(to, request)
        to.writeHead(each.status, each.headers)
        to.end([204].includes(each.status) ? undefined : each.body)
      })
      server.instead(/./, ...answers)
      try {
        const lines = await asking(server, { answerHoursMax: 2, requestSecondsMax: 2 }).lines(text)
        for (const line of lines.filter((each) => each.trim() !== '')) assert.equal(line.trim()[0], '{')
      } catch (error) {
        if (!isFdpError(error)) throw error
        assert.match(error.code, /^FDP_FHIRSERVER_/)
      }
      server.forget()
      assert.ok(left >= 0)
    }),
    cases(60),
  )
})
