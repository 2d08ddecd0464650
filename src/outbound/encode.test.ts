import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parseMessage, segmentsOf, valueAt } from '#hl7v2'
import { type Instant, isFdpError } from '#kernel'
import { changeMap } from '../../test/outbound-peer.ts'
import { fc } from '../../test/random.ts'
import { encodeMessage, type MessageHead, parseOutboundMap } from './index.ts'

const map = parseOutboundMap('change', changeMap)
const head: MessageHead = {
  ...{ from: { application: 'OPENFDP', facility: 'RZ1' }, to: { application: 'PAS', facility: 'RZ1' } },
  ...{ event: 'ADT^A08', id: '812.0', at: '2026-07-01T08:30:00.000Z' as Instant, processing: 'P', version: '2.4' },
}
const known = { 'patient.mrn': 'A1', newValue: 'Closed' }
const encode = (values: Readonly<Record<string, string | null>>, change: Partial<MessageHead> = {}) =>
  Buffer.from(encodeMessage({ ...head, ...change }, map, new Map(Object.entries(values)))).toString('utf8')
const lines = (text: string) => text.split('\r').slice(0, -1)

describe('a message', () => {
  test('is not made where a required value is missing, and says only where', () => {
    for (const mrn of [null, '', ' ', '\r\n\u0000']) {
      assert.throws(
        () => encode({ ...known, 'patient.mrn': mrn, newValue: 'SECRETVALUE' }),
        (error) => isFdpError(error, 'FDP_OUTBOUND_INCOMPLETE') && !JSON.stringify(error).includes('SECRET'),
      )
    }
  })

  test('has no segment, field, repetition or frame that a value put there', () => {
    const bad = 'x\rPID|2||EVIL\nOBX|\u000b\u001c\r^~\\&|\u2028ZZZ|\u0085\u0000\\X0D\\\\.br\\"'
    const text = encode({ 'patient.mrn': bad, 'patient.surname': bad, newValue: bad, description: bad })
    assert.deepEqual(
      lines(text).map((line) => line.slice(0, 4)),
      ['MSH|', 'EVN|', 'PID|', 'OBX|', 'NTE|'],
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(text.replaceAll('\r', ''), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
    // What looks like an escape in a value is written as the characters that it is.
    assert.doesNotMatch(text.replaceAll('\\E\\', ''), /\\X/)
    const [pid] = segmentsOf(parseMessage(Buffer.from(text)), 'PID')
    assert.equal(valueAt(pid!, 5), 'x\nPID|2||EVIL\nOBX|\n \n^~\\&|\nZZZ|\n \\X0D\\\\.br\\"')
    assert.equal(valueAt(pid!, 5, { component: 2 }), undefined)
  })

  test('whatever a value is, it is read back as itself but for controls, and nothing else changes', () => {
    const piece = fc.constantFrom(
      '|',
      '^',
      '~',
      '\\',
      '&',
      '\r',
      '\n',
      '\u000b',
      '\u001c',
      '"',
      '""',
      'é',
      '\ud800',
      '\\.br\\',
      'MSH|',
      '😀',
    )
    const text = fc
      .array(
        fc.oneof(
          piece,
          fc.integer({ min: 0, max: 0x10ffff }).map((each) => String.fromCodePoint(each)),
        ),
        { maxLength: 12 },
      )
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, text, (surname, newValue) => {
        const made = encode({ 'patient.mrn': 'A1', 'patient.surname': surname, newValue })
        const message = parseMessage(Buffer.from(made))
        const ids = message.segments.map(({ id }) => id)
        assert.deepEqual(
          ids.filter((id) => id !== 'OBX'),
          ['MSH', 'EVN', 'PID'],
        )
        const plain = (given: string) => {
          const clean = given
            .toWellFormed()
            .replaceAll(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/g, '\n')
            // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
            .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')
          return clean.trim() === '' ? undefined : clean
        }
        const [pid] = segmentsOf(message, 'PID')
        const [obx] = segmentsOf(message, 'OBX')
        assert.equal(valueAt(pid!, 5), plain(surname))
        assert.equal(obx && valueAt(obx, 5), plain(newValue))
        assert.equal(valueAt(pid!, 3), 'A1')
      }),
      { numRuns: process.env.FDP_TEST_FULL === '1' ? 3_000 : 100 },
    )
  })

  test('leaves out what the record does not say, with what is always said beside it', () => {
    const text = encode({ ...known, newValue: null })
    assert.deepEqual(lines(text), [
      'MSH|^~\\&|OPENFDP|RZ1|PAS|RZ1|20260701093000+0100||ADT^A08^ADT_A01|812.0|P|2.4|||||GBR|UNICODE UTF-8',
      'EVN|A08|20260701093000+0100',
      'PID|||A1^^^^MR',
    ])
    const whole = encode({ ...known, 'patient.nhsNumber': '9434765919', 'patient.dateOfBirth': '1950-02-03' })
    assert.match(whole, /\rPID\|\|\|A1\^\^\^\^MR~9434765919\^\^\^NHS\|\|\|\|19500203\r/)
  })

  test('says moments as London’s clocks show them, with their distance from UTC, and is the same bytes each time', () => {
    const winter = encode({ ...known, timestamp: '2026-01-31T23:30:00.000Z' })
    assert.match(winter, /\|20260131233000\+0000\r/)
    const summer = encode({ ...known, timestamp: '2026-06-30T23:30:00.000Z' })
    assert.match(summer, /\|20260701003000\+0100\r/)
    assert.equal(encode(known), encode(known))
    assert.match(encode(known, { at: '2026-12-31T09:00:00.000Z' as Instant }), /^MSH[^\r]*\|20261231090000\+0000\|/)
  })
})

test('a theatre booking is one map for booked and cancelled, with what the field says by event', () => {
  const text = readFileSync(new URL('../../mappings/hl7v2/outbound/theatre-booking.yaml', import.meta.url), 'utf8')
  const booking = parseOutboundMap('theatre-booking', text)
  const values = new Map([
    ...Object.entries({ theatreBookingId: 'B-1', encounterId: 'E-1', expectedDuration: '90', 'patient.mrn': 'A1' }),
    ...Object.entries({ 'patient.surname': 'Ash', 'patient.sex': 'Female', 'theatreSessionId.theatreId': 'T4' }),
    ...Object.entries({ 'theatreSessionId.startTime': '2026-07-02T07:30:00.000Z' }),
  ])
  const made = (event: string) =>
    lines(Buffer.from(encodeMessage({ ...head, event }, booking, values)).toString('utf8'))
  assert.deepEqual(made('SIU^S12').slice(1), [
    'SCH|B-1|B-1|||||||90|MIN|^^^20260702083000+0100||||||||||||||Booked',
    'PID|1||A1^^^^MR||Ash|||F',
    'PV1|1|I|||||||||||||||||E-1',
    'RGS|1|A',
    'AIS|1|A|THEATRE^Theatre session|20260702083000+0100|||90|MIN',
    'AIL|1|A|T4|THEATRE',
  ])
  assert.match(made('SIU^S15')[1]!, /\|Cancelled$/)
  assert.equal(made('SIU^S15')[0]!.split('|')[8], 'SIU^S15^SIU_S12')
})
