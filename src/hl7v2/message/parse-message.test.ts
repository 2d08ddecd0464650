import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError } from '#kernel'
import { cases, fc } from '../../../test/random.ts'
import { formatSegments } from './format-message.ts'
import { type Field, isNullField, type Message, type Segment, segmentsOf, type Value, valueAt } from './message.ts'
import { parseMessage } from './parse-message.ts'

const head = 'MSH|^~\\&|PAS|RZ1|FDP|RZ1|20260131093015||ADT^A01^ADT_A01|42|P|2.4'
const bytes = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding)
const read = (text: string) => parseMessage(bytes(text))
const segment = (message: Message, id: string) => segmentsOf(message, id)[0]!
const pid = (fields: string) => segment(read(`${head}\rPID|${fields}\r`), 'PID')

function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act()
  } catch (error) {
    if (isFdpError(error)) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('not refused')
}
const refused = (text: string) => refusal(() => read(text))

describe('a message', () => {
  it('is its segments, fields, repetitions, components and subcomponents, by number', () => {
    const message = read(`${head}\rPID|1||9990000001^^^NHS&2.16&ISO^NH~77^^^RZ1^MR||Vale^Ada\rZZZ|own\r`)
    assert.deepEqual(
      message.segments.map(({ id, at }) => [id, at]),
      [
        ['MSH', 1],
        ['PID', 2],
        ['ZZZ', 3],
      ],
    )
    const of = segment(message, 'PID')
    assert.equal(valueAt(of, 1), '1')
    assert.equal(valueAt(of, 3, { component: 4, subcomponent: 2 }), '2.16')
    assert.equal(valueAt(of, 3, { repetition: 2, component: 5 }), 'MR')
    assert.equal(valueAt(of, 5, { component: 2 }), 'Ada')
    assert.equal(valueAt(of, 40), undefined)
    assert.equal(valueAt(segment(message, 'ZZZ'), 1), 'own')
    assert.equal(valueAt(segment(message, 'MSH'), 1), '|')
    assert.equal(valueAt(segment(message, 'MSH'), 2), '^~\\&')
    assert.equal(valueAt(segment(message, 'MSH'), 10), '42')
    assert.deepEqual(
      [message.type, message.trigger, message.controlId, message.version, message.encoding],
      ['ADT', 'A01', '42', '2.4', 'utf-8'],
    )
  })

  it('tells null, empty and values apart, at each level', () => {
    const of = pid('""||^""^x&""||\\X2222\\|""~""|\\N\\')
    assert.equal(valueAt(of, 1), null)
    assert.ok(isNullField(of, 1))
    assert.equal(valueAt(of, 2), undefined)
    assert.ok(!isNullField(of, 2))
    assert.equal(valueAt(of, 3), undefined)
    assert.equal(valueAt(of, 3, { component: 2 }), null)
    assert.equal(valueAt(of, 3, { component: 3, subcomponent: 2 }), null)
    assert.equal(valueAt(of, 5), '""')
    assert.ok(!isNullField(of, 6))
    assert.equal(valueAt(of, 7), '')
  })

  it('is taken apart by its own delimiters', () => {
    const message = read('MSH$*!?%$a$b$c$d$2026$$ADT*A01$7$P$2.3\rPID$1$$5%6*x!y$\\?S?^')
    assert.equal(message.trigger, 'A01')
    assert.deepEqual(segment(message, 'PID').fields[3], [[['5', '6'], ['x']], [['y']]])
    assert.equal(valueAt(segment(message, 'PID'), 4), '\\*^')
    assert.equal(valueAt(segment(read('MSH|^~|a|b|c|d|2026||ADT|7|P|2.3\rPID|a\\b&c'), 'PID'), 1), 'a\\b&c')
    assert.equal(read('MSH|^~\\&#|a|b|c|d|2026||ADT|7|P|2.7').delimiters.truncation, '#')
  })

  it('ends its segments as the first one ends', () => {
    for (const end of ['\r', '\n', '\r\n']) {
      const text = [head, 'EVN|A01', '', 'PID|1'].join(end)
      for (const tail of ['', end, `${end}${end}`, '\n', '\r\n']) {
        assert.equal(read(`${text}${tail}`).segments.length, 3)
      }
    }
    const smuggled = [`${head}\rNTE|1||first\nPID|1`, `${head}\r\nNTE|1||first\nPID|1`, `${head}\nNTE|1||a\rPID|1`]
    for (const text of smuggled) {
      assert.deepEqual(refused(text), {
        code: 'FDP_HL7_CHARACTER',
        message: 'segment 2 (NTE), field 3: a control character or a line end that is not the one of this message',
      })
    }
  })

  it('unescapes what can be unescaped', () => {
    const of = (text: string) => valueAt(pid(text), 1)
    assert.equal(of('\\F\\\\S\\\\T\\\\R\\\\E\\'), '|^&~\\')
    assert.equal(of('a\\.br\\b\\.sp2\\c\\.sk 3\\d\\.in+4\\\\.ti-2\\\\.fi\\\\.nf\\\\.ce\\'), 'a\nb\n\nc   d\n')
    assert.equal(of('\\H\\bold\\N\\'), 'bold')
    assert.equal(of('\\X41c3a9\\\\X0D0A\\'), 'Aé\r\n')
    assert.equal(of('a # b\\P\\'), 'a # b#')
  })

  it('is in the character set that it names', () => {
    const named = (set: string) => `${head}||||||${set}\rPID|é€`
    const of = (set: string, encoding: BufferEncoding = 'utf8') =>
      valueAt(segment(parseMessage(bytes(named(set), encoding)), 'PID'), 1)
    for (const set of ['', 'UNICODE UTF-8', 'UNICODE UTF-8~UNICODE UTF-8']) assert.equal(of(set), 'é€')
    const old = Buffer.concat([bytes(`${head}||||||8859/1\rPID|\\XE980\\`), Buffer.from([0xe9, 0x80])])
    assert.equal(valueAt(segment(parseMessage(old), 'PID'), 1), 'é€é€')
    assert.equal(read(`\ufeff${named('')}`).encoding, 'utf-8')
    const codes = ['UNICODE UTF-16', 'ISO IR87', '8859/1~UNICODE UTF-8', 'constructor'].map((set) =>
      refusal(() => of(set)),
    )
    assert.deepEqual(new Set(codes.map(({ code }) => code)), new Set(['FDP_HL7_CHARSET']))
    assert.equal(refused(`\ufeff${named('8859/1')}`).code, 'FDP_HL7_CHARSET')
    assert.match(
      refusal(() => of('ASCII')).message,
      /^segment 2 \(PID\), field 1: byte \d+ of the message is not ascii$/,
    )
    const broken = Buffer.concat([bytes(`${head}\rPID|1||a~b^`), Buffer.from([0xc3, 0x28])])
    assert.match(refusal(() => parseMessage(broken)).message, /^segment 2 \(PID\), field 3: byte \d+ of .* not utf-8$/)
    const hole = Buffer.concat([bytes(`${head}||||||8859/1\rPID|1|`), Buffer.from([0x81])])
    assert.equal(refusal(() => parseMessage(hole)).code, 'FDP_HL7_ENCODING')
  })
})

describe('refused: a message', () => {
  const wrong: Readonly<Record<string, readonly [code: string, text: string, message?: RegExp]>> = {
    'of no bytes': ['FDP_HL7_EMPTY', ''],
    'without MSH': ['FDP_HL7_HEADER', 'SECRET', /^segment 1: the message does not begin with MSH$/],
    'that is a batch': ['FDP_HL7_HEADER', 'FHS|^~\\&|', /a batch, not one message/],
    'without a separator': ['FDP_HL7_HEADER', 'MSH', /^segment 1 \(MSH\), field 1/],
    'separated by a letter': ['FDP_HL7_HEADER', 'MSHA^~\\&A'],
    'with one encoding character': ['FDP_HL7_HEADER', 'MSH|^|x', /field 2: not two to five/],
    'with six encoding characters': ['FDP_HL7_HEADER', 'MSH|^~\\&#!|x'],
    'with one character for two things': ['FDP_HL7_HEADER', 'MSH|^~\\^|x', /one character stands for two things/],
    'with a quote for a delimiter': ['FDP_HL7_HEADER', 'MSH|^~\\"|x'],
    'without a type': ['FDP_HL7_FIELD', 'MSH|^~\\&|a|b|c|d|2026|||42|P|2.4', /^segment 1 \(MSH\), field 9/],
    'without a control id': ['FDP_HL7_FIELD', 'MSH|^~\\&|a|b|c|d|2026||ADT|""|P|2.4', /^segment 1 \(MSH\), field 10/],
    'of another version': ['FDP_HL7_VERSION', head.replace('2.4', '3.0'), /^segment 1 \(MSH\), field 12/],
    'with two headers': ['FDP_HL7_SEGMENT', `${head}\r${head}`, /^segment 2 \(MSH\): a second message/],
    'with a name in small letters': ['FDP_HL7_SEGMENT', `${head}\rpid|1`, /^segment 2: no name of a segment$/],
    'with a broken line': ['FDP_HL7_SEGMENT', `${head}\rNTE|1||a\rSECRET of somebody`, /^segment 3: no name/],
    'with a control character': ['FDP_HL7_CHARACTER', `${head}\rPID|1|\u0000SECRET`, /^segment 2 \(PID\), field 2/],
    'with a control character in MSH': ['FDP_HL7_CHARACTER', `${head}|\u0007`, /^segment 1 \(MSH\), field 13/],
    'with a lone escape character': [
      'FDP_HL7_ESCAPE',
      `${head}\rPID|1||a~b^c&SEC\\RET`,
      /^segment 2 \(PID\), field 3, repetition 2, component 2, subcomponent 2: an escape sequence that does not end$/,
    ],
    'with an unknown escape': ['FDP_HL7_ESCAPE', `${head}\rPID|\\QSECRET\\`, /an escape sequence that is not read/],
    'that switches character sets': ['FDP_HL7_ESCAPE', `${head}\rPID|\\C2842\\`],
    'with a sequence of its own': ['FDP_HL7_ESCAPE', `${head}\rPID|\\Z01\\`],
    'with half a byte': ['FDP_HL7_ESCAPE', `${head}\rPID|\\X4\\`],
    'with bytes of no character': ['FDP_HL7_ESCAPE', `${head}\rPID|\\XC3\\`],
    'with an escaped control': ['FDP_HL7_ESCAPE', `${head}\rPID|\\X00\\`],
    'with a thousand blank lines': ['FDP_HL7_ESCAPE', `${head}\rPID|\\.sp999\\`],
    'of too many segments': ['FDP_HL7_TOO_LARGE', `${head}\r${'ZZZ\r'.repeat(10_001)}`, /lines/],
    'of too many empty lines': ['FDP_HL7_TOO_LARGE', `${head}${'\r'.repeat(10_001)}PID|1`, /lines/],
    'of too many escapes': ['FDP_HL7_TOO_LARGE', `${head}\rNTE|${'\\T\\'.repeat(100_001)}`, /values/],
    'in a character set without end': ['FDP_HL7_CHARSET', `${head}||||||${'~'.repeat(1_000)}`],
    'of too many values': ['FDP_HL7_TOO_LARGE', `${head}\rPID${'|'.repeat(200_001)}`, /values/],
    'of too many bytes': ['FDP_HL7_TOO_LARGE', `${head}\rNTE|${'x'.repeat(16 * 1024 ** 2)}`, /bytes/],
  }
  for (const [what, [code, text, message]] of Object.entries(wrong)) {
    it(what, () => {
      const found = refused(text)
      assert.equal(found.code, code)
      if (message) assert.match(found.message, message)
      assert.doesNotMatch(found.message, /SEC|RET/)
    })
  }
})

describe('writing and reading', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom(...'|^~\\&"\n\rAé€'), fc.string({ minLength: 1, maxLength: 1 })),
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no value may hold
  const printable = text.map((each) => each.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, ''))
  const value: fc.Arbitrary<Value> = fc.oneof(fc.constant(undefined), fc.constant(null), printable)
  const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 3 })
  const field: fc.Arbitrary<Field> = fc.oneof(fc.constant([]), list(list(list(value)))).map(settled)
  const body = fc.record({ id: fc.constantFrom('PID', 'OBX', 'ZZ9'), fields: fc.array(field, { maxLength: 6 }) })

  /** A field of one empty value is an empty field. */
  function settled(of: Field): Field {
    const nothing = of.length === 1 && of[0]!.length === 1 && of[0]![0]!.length === 1 && of[0]![0]![0] === undefined
    return nothing ? [] : of
  }

  it('gives back what was written', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), (bodies) => {
        const header = segment(read(head), 'MSH')
        const segments: Segment[] = bodies.map(({ id, fields }, i) => ({ id, at: i + 2, fields: [[], ...fields] }))
        const written = formatSegments([header, ...segments])
        assert.deepEqual(parseMessage(bytes(written)).segments, [header, ...segments])
      }),
      cases(200),
    )
  })
})
