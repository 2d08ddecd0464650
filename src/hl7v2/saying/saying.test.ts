import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseMessage } from '../message/parse-message.ts'
import { identifierKey } from './identifier-key.ts'
import type { Identifier, SaidValue, TimeValue } from './said-value.ts'
import { type Saying, sayingOf } from './saying.ts'

const header = (event: string, sent = '20260701093015+0100') => `MSH|^~\\&|PAS|RZ1|FDP|FDP|${sent}||${event}|42|P|2.4|7`
const pid = 'PID|1||999 000 0001^^^NHS^NH~A77^^^RZ1^MR||Vale^Ada^""^^Mrs||19400229|F|||1 High St&x^Flat 2^Town^^AB1 2CD'
const saying = (...lines: string[]) => sayingOf(parseMessage(Buffer.from(lines.join('\r'))))
const field = (of: Saying, id: string, name: string, nth = 0) =>
  of.segments.filter((segment) => segment.id === id)[nth]?.fields.find((each) => each.name === name)?.values

const first = <T extends SaidValue>(of: Saying, id: string, name: string, nth = 0) => field(of, id, name, nth)![0] as T

describe('what a message says', () => {
  const admitted = saying(
    header('ADT^A01'),
    'EVN|A01|20260701093000|20260702|R^Reason text^L|9^Clerk^Cy|20260701090000',
    pid,
    'PV1|1|I|W1^2^B^RZ1&ods||P1|W0|C1^Who^Wye^^^^^^GMC||""|180|||||||||V9^^^RZ1^VN|||||||||||||||||||||||||202607010900|""',
    'PV2|||^only words',
    'NK1|1|SECRET',
    'ZBE|1',
  )

  it('is the event, who sent it, and when it was entered, planned and happened', () => {
    assert.equal(admitted.event, 'admitted')
    assert.deepEqual(admitted.name, { application: 'PAS', facility: 'RZ1', controlId: '42' })
    assert.equal(admitted.processing, 'production')
    assert.equal(admitted.sequence, 7)
    assert.equal(admitted.sent?.instant, '2026-07-01T08:30:15.000Z')
    assert.equal(admitted.recorded?.instant, '2026-07-01T08:30:00.000Z')
    assert.equal(admitted.planned?.local, '2026-07-02')
    assert.equal(admitted.occurred?.instant, '2026-07-01T08:00:00.000Z')
  })

  it('is about numbers with their authority, NHS numbers among them', () => {
    const [nhs, local] = admitted.patient
    assert.deepEqual([nhs?.scheme, nhs?.type, nhs?.authority.namespace], ['nhs-number', 'NH', 'NHS'])
    assert.deepEqual([local?.value, local?.scheme, local?.type], ['A77', 'other', 'MR'])
    assert.equal(admitted.visit?.value, 'V9')
    const scheme = (cx: string) => saying(header('ADT^A28'), `PID|||${cx}`).patient[0]?.scheme
    for (const cx of ['1^^^NHS', '1^^^NHS^NH', '1^^^&2.16.840.1.113883.2.1.4.1&ISO^NH'])
      assert.equal(scheme(cx), 'nhs-number')
    for (const cx of ['1^^^^NH', '1^^^CHI^NH', '1^^^NHS^MR', '1^^^NHS&2.16.1&ISO^NH', '1'])
      assert.equal(scheme(cx), 'other')
  })

  it('is values by our names, with null where one is removed and nothing where nothing is said', () => {
    assert.deepEqual(field(admitted, 'PV1', 'location'), [
      {
        ...{ kind: 'location', pointOfCare: 'W1', room: '2', bed: 'B', facility: 'RZ1' },
        ...{ status: undefined, building: undefined, floor: undefined },
      },
    ])
    assert.equal(field(admitted, 'PV1', 'consulting'), null)
    assert.equal(field(admitted, 'PV1', 'discharged'), null)
    assert.equal(field(admitted, 'PV1', 'temporaryLocation'), undefined)
    assert.deepEqual(field(admitted, 'PV1', 'hospitalService'), [{ kind: 'code', code: '180', system: undefined }])
    const [name] = field(admitted, 'PID', 'names') as readonly (SaidValue & { kind: 'name' })[]
    assert.deepEqual([name?.family, name?.given, name?.middle, name?.prefix], ['Vale', 'Ada', null, 'Mrs'])
    const [address] = field(admitted, 'PID', 'addresses') as readonly (SaidValue & { kind: 'address' })[]
    assert.deepEqual([address?.lines, address?.postcode], [['1 High St', 'Flat 2'], 'AB1 2CD'])
  })

  it('keeps free text apart from codes', () => {
    assert.deepEqual(field(admitted, 'EVN', 'reason'), [
      { kind: 'code', code: 'R', system: 'L' },
      { kind: 'text', text: 'Reason text' },
    ])
    assert.deepEqual(field(admitted, 'PV2', 'admitReason'), [{ kind: 'text', text: 'only words' }])
  })

  it('counts what it does not read, and does not hold it', () => {
    assert.deepEqual(admitted.unread, [6, 7])
    assert.doesNotMatch(JSON.stringify(admitted), /SECRET/)
  })

  it('of results is values by their types; unknown types are text', () => {
    const of = saying(
      header('ORU^R01'),
      pid,
      'OBR|1||R1^LAB|FBC^Full count^L|||202607010800',
      'OBX|1|NM|HB^Haemoglobin^L||13.50|g/L|||||F',
      'OBX|2|CWE|ORG||E1^Some organism^L^1^^S',
      'OBX|3|FT|REP||Seen by A^B & C\\.br\\again~second',
      'OBX|4|ED|DOC||^AP^PDF^Base64^AAAA',
      'OBX|5|TS|DAY||20260701',
      'OBX|6||OLD||word',
      'NTE|1||a note',
    )
    const value = (nth: number) => field(of, 'OBX', 'value', nth)
    assert.deepEqual(value(0), [{ kind: 'number', digits: '13.50' }])
    assert.deepEqual(value(1), [
      { kind: 'code', code: 'E1', system: 'L' },
      { kind: 'code', code: '1', system: 'S' },
      { kind: 'text', text: 'Some organism' },
    ])
    assert.deepEqual(value(2), [
      { kind: 'text', text: 'Seen by A^B & C\nagain' },
      { kind: 'text', text: 'second' },
    ])
    assert.deepEqual(value(3), [{ kind: 'text', text: '^AP^PDF^Base64^AAAA' }])
    assert.equal(first<TimeValue>(of, 'OBX', 'value', 4).time.local, '2026-07-01')
    assert.deepEqual(value(5), [{ kind: 'text', text: 'word' }])
    assert.deepEqual(field(of, 'NTE', 'note'), [{ kind: 'text', text: 'a note' }])
  })

  it('of appointments and referrals is their numbers', () => {
    const booked = saying(
      header('SIU^S12'),
      'SCH|P1^SYS|F1^SYS|||||||30|min|^^30^202607021000^202607021030',
      pid,
      'AIS|1|A|180^x^L|202607021000|||30',
    )
    assert.equal(first<Identifier>(booked, 'SCH', 'placerAppointment').value, 'P1')
    assert.deepEqual(field(booked, 'AIS', 'duration'), [{ kind: 'number', digits: '30' }])
    assert.equal(first<TimeValue>(booked, 'SCH', 'start').time.instant, '2026-07-02T09:00:00.000Z')
    assert.equal(first<TimeValue>(booked, 'SCH', 'end').time.instant, '2026-07-02T09:30:00.000Z')
    const slots = saying(header('SIU^S23'), 'SCH|P1')
    assert.deepEqual([slots.event, slots.patient], ['slots-blocked', []])
    const referred = saying(header('REF^I12'), 'RF1|A^^L|R||||UBRN1^ERS|20260701', 'PRD|RP|Doe^Jo', pid)
    assert.equal(first<Identifier>(referred, 'RF1', 'originatingReferral').authority.namespace, 'ERS')
  })

  it('of a merge is which number is given up for which', () => {
    const merged = saying(header('ADT^A40'), pid, 'MRG|B88^^^RZ1^MR~C99^^^OTHER^MR')
    assert.deepEqual(
      merged.replaced.map(({ from, into }) => [from.value, into.value]),
      [['B88', 'A77']],
    )
    assert.throws(() => saying(header('ADT^A40'), pid, 'MRG|C99^^^OTHER^MR'), { code: 'FDP_HL7_FIELD' })
    assert.throws(() => saying(header('ADT^A40'), pid, 'MRG|'), { code: 'FDP_HL7_FIELD' })
    assert.throws(() => saying(header('ADT^A40'), pid), { code: 'FDP_HL7_FIELD', message: 'MRG-1: it has to be there' })
    const two = 'PID|||A1^^^RZ1^MR~A2^^^RZ1^MR'
    assert.throws(() => saying(header('ADT^A40'), two, 'MRG|B88^^^RZ1^MR'), { code: 'FDP_HL7_FIELD' })
  })

  it('has one key for one number', () => {
    const key = (cx: string) => identifierKey(saying(header('ADT^A28'), `PID|||${cx}`).patient[0]!, 'RZ1')
    assert.equal(key('999 000 0001^^^NHS^NH'), key('9990000001^^^NHS'))
    assert.equal(key('1^^^X&9.9&ISO^MR'), key('1^^^Y&9.9&ISO^MR'))
    const others = ['1^^^A^MR', '1^^^A^PI', '1^^^B^MR', '1^^^^MR', '1^^^RZ1^MR', '2^^^A^MR', '1^^^NHS']
    assert.equal(new Set(others.map(key)).size, others.length)
  })
})

describe('refused: a message that says', () => {
  const wrong: Readonly<Record<string, readonly [code: string, place: RegExp, ...lines: string[]]>> = {
    'an event that is not read': ['FDP_HL7_EVENT', /segment 1 \(MSH\), field 9/, header('ADT^A60'), pid],
    'an event of another type': ['FDP_HL7_EVENT', /field 9/, header('ADT^S12'), pid],
    'the name of no event': ['FDP_HL7_EVENT', /field 9/, header('toString^constructor'), pid],
    'no event': ['FDP_HL7_EVENT', /field 9/, header('ADT'), pid],
    'two different events': ['FDP_HL7_EVENT', /segment 2 \(EVN\), field 1/, header('ADT^A01'), 'EVN|A03', pid],
    'two patients': ['FDP_HL7_EVENT', /segment 3 \(PID\)/, header('ADT^A01'), pid, pid],
    'no patient': ['FDP_HL7_FIELD', /PID-3/, header('ADT^A01')],
    'no number of a patient': ['FDP_HL7_FIELD', /segment 2 \(PID\), field 3/, header('ADT^A01'), 'PID|1||""'],
    'a time that is none': ['FDP_HL7_TIME', /segment 2 \(PID\), field 7/, header('ADT^A01'), 'PID|||1||||SECRET'],
    'a header of no time': ['FDP_HL7_TIME', /segment 1 \(MSH\), field 7/, header('ADT^A01', 'SECRET'), pid],
    'a number that is none': ['FDP_HL7_FIELD', /field 5/, header('ORU^R01'), pid, 'OBX|1|NM|||SECRET'],
    'nothing of what it is for': ['FDP_HL7_FIELD', /field 11/, header('ADT^A01').replace('|P|', '||'), pid],
    'a sequence that is none': ['FDP_HL7_FIELD', /field 13/, header('ADT^A01').replace('|7', '|SECRET'), pid],
  }
  for (const [what, [code, place, ...lines]] of Object.entries(wrong)) {
    it(what, () => {
      assert.throws(
        () => saying(...lines),
        (error: Error & { code: string }) => {
          assert.equal(error.code, code)
          assert.match(error.message, place)
          assert.doesNotMatch(error.message, /SECRET/)
          return true
        },
      )
    })
  }
})
