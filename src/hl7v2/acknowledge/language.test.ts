import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineErrors, type FdpError, manualClock, seededRandom } from '#kernel'
import { cases, fc } from '../../../test/random.ts'
import { segmentsOf, valueAt } from '../message/message.ts'
import { parseMessage } from '../message/parse-message.ts'
import { sayingOf } from '../saying/saying.ts'
import { hl7Language } from './language.ts'

const language = hl7Language({
  ...{ clock: manualClock('2026-01-31T09:30:15.123Z'), random: seededRandom('acknowledge') },
  check: sayingOf,
})
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const message = (changes: { event?: string; version?: string; pid?: string; id?: string } = {}) =>
  Buffer.from(
    `MSH|^~\\&|P\\T\\A|RZ1&2.16&ISO|FDP|RZ2|20260131||${changes.event ?? 'ADT^A28'}|${changes.id ?? '42'}|P|${changes.version ?? '2.5.1'}\r` +
      `PID|1||${changes.pid ?? '7^^^RZ1^MR'}`,
  )
const answerTo = (bytes: Uint8Array, refused: FdpError | null = language.refusal(bytes)) =>
  language.answer(bytes, refused)
const failures = defineErrors({
  FDP_STORE_FULL: { status: 507, message: 'no room', help: 'make room and send again' },
})

describe('an acknowledgement', () => {
  it('goes back to where the message came from, and names it', () => {
    assert.equal(
      text(answerTo(message())).replace(/\|[0-9a-f]{16}\|/, '|ID|'),
      'MSH|^~\\&|FDP|RZ2|P\\T\\A|RZ1&2.16&ISO|20260131093015+0000||ACK^A28^ACK|ID|P|2.5.1||||||UNICODE UTF-8\rMSA|AA|42\r',
    )
  })

  it('says what was wrong by code, and where from version 2.5 on', () => {
    const wrong = message({ pid: 'SECRET\\' })
    const segments = parseMessage(answerTo(wrong)).segments
    assert.deepEqual(
      segments.map(({ id }) => id),
      ['MSH', 'MSA', 'ERR'],
    )
    assert.deepEqual(
      [1, 2, 3].map((field) => valueAt(segments[1]!, field)),
      ['AE', '42', 'FDP_HL7_ESCAPE'],
    )
    assert.match(valueAt(segments[2]!, 8)!, /^segment 2 \(PID\), field 3, .*; write the escape character within/)
    assert.doesNotMatch(text(answerTo(wrong)), /SECRET/)
    assert.doesNotMatch(text(answerTo(message({ pid: '\\', version: '2.3' }))), /ERR/)
  })

  it('accepts, refuses the message, or refuses its kind or the moment', () => {
    const said = (bytes: Uint8Array, refused?: FdpError) => language.verdict(bytes, answerTo(bytes, refused))
    assert.deepEqual(said(message()), { says: 'accepted', code: 'AA' })
    assert.deepEqual(said(message({ pid: '""' })), { says: 'refused', code: 'AE' })
    assert.deepEqual(said(message({ event: 'ADT^A60' })), { says: 'refused', code: 'AR' })
    assert.deepEqual(said(message(), failures('FDP_STORE_FULL')), { says: 'later', code: 'AR' })
  })

  it('to another message, to none, or of no known code is none', () => {
    const answers = [answerTo(message({ id: '43' })), Buffer.from('rubbish'), message(), Buffer.alloc(0)]
    const strange = Buffer.from(text(answerTo(message())).replace('|AA|', '|OK|'))
    for (const answer of [...answers, strange]) assert.equal(language.verdict(message(), answer).says, 'unrelated')
    assert.equal(language.verdict(Buffer.from('rubbish'), answerTo(message())).says, 'unrelated')
    const commit = Buffer.from(text(answerTo(message())).replace('|AA|', '|CA|'))
    assert.equal(language.verdict(message(), commit).says, 'accepted')
  })

  it('to whatever comes can be read, and repeats nothing but the header', () => {
    const start = fc.constantFrom(
      ...['', 'MSH|^~\\&|', `${text(message())}|`, 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|', 'MSH$%'],
    )
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (before, bytes) => {
        const came = Buffer.concat([Buffer.from(before), bytes, Buffer.from('\rNTE|qzxqzx')])
        const answer = parseMessage(answerTo(came))
        assert.match(valueAt(segmentsOf(answer, 'MSA')[0]!, 1)!, /^A[AER]$/)
        assert.doesNotMatch(text(answerTo(came)), /qzx/)
        language.verdict(came, came)
      }),
      cases(300, 10_000),
    )
  })
})
