import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isFdpError } from '#kernel'
import { cases, fc } from '../../test/random.ts'
import { parseBatch } from './message/parse-batch.ts'
import { parseMessage } from './message/parse-message.ts'
import { sayingOf } from './saying/saying.ts'

/** Every value is made of these letters, of which no word of ours has two side by side. */
const secret = 'qzxqxz'
const leaked = /[qzx]{2}/i

const whole = [
  'MSH|^~\\&|PAS|RZ1|FDP|RZ1|20260131093015+0000||ADT^A01^ADT_A01|42|P|2.4||||||UNICODE UTF-8',
  'EVN|A01|20260131093015|||qzx^qxz|20260131',
  `PID|1||${secret}^^^NHS^NH~${secret}^^^RZ1^MR||${secret}^${secret}^""||19400229|F|||${secret}&${secret}^\\X71\\`,
  `PV1|1|I|${secret}^${secret}|||||||||||||||||${secret}^^^RZ1`,
  `OBX|1|TX|${secret}||${secret}\\.br\\${secret}\\T\\${secret}||||||F|||202603290130`,
  `NTE|1||${secret}`,
  `MRG|${secret}^^^RZ1^MR`,
  `ZZ1|${secret}|""|\\E\\`,
].join('\r')

const interesting = fc.constantFrom(
  ...['|', '^', '~', '\\', '&', '"', '""', '\r', '\n', '\r\n', '\u0000', '\u000b', '\u001c'],
)
const piece = fc.oneof(
  interesting.map((text) => Buffer.from(text)),
  fc
    .constantFrom('MSH|', 'FHS|^~\\&', 'BHS|^~\\&', 'BTS|1', 'FTS', '\\X', '\\.sp', 'qzx', '+0100')
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
)
const change = fc.record({ at: fc.nat(), remove: fc.integer({ min: 0, max: 12 }), insert: piece })
/** A message with some changes, so that most of it is still one. */
const mutated = fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) =>
  changes.reduce((bytes, { at, remove, insert }) => {
    const start = at % (bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)])
  }, Buffer.from(whole)),
)
const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const headed = random.map((bytes) => Buffer.concat([Buffer.from(`${whole.slice(0, 60)}|`), bytes]))

/** Whatever comes of it, it is an answer or an error of ours that tells nothing. */
function answered<T>(act: () => T): T | null {
  try {
    return act()
  } catch (error) {
    assert.ok(isFdpError(error), 'an error that nobody foresaw')
    assert.match(error.code, /^FDP_HL7_/)
    assert.equal(error.cause, undefined)
    for (const text of [JSON.stringify(error), error.message]) {
      assert.doesNotMatch(text, leaked)
      assert.match(text, /^[ -~]+$/)
      assert.doesNotMatch(text, /\{\w+\}/, 'a parameter that was not given')
    }
    return null
  }
}

describe('whatever comes', () => {
  it('is read or refused, and a refusal repeats nothing of it', () => {
    assert.equal(parseMessage(Buffer.from(whole)).segments.length, 8)
    let [read, understood] = [0, 0]
    fc.assert(
      fc.property(fc.oneof(random, headed, { weight: 8, arbitrary: mutated }), (bytes) => {
        const message = answered(() => parseMessage(bytes))
        if (message) read++
        if (message && answered(() => sayingOf(message))) understood++
        const items = answered(() => parseBatch(bytes)) ?? []
        for (const { refused } of items) if (refused) answered(() => raise(refused))
      }),
      cases(700, 40_000),
    )
    // Cases that are all refused at the door would say little of what lies behind it.
    assert.ok(read > 100 && understood > 50, `only ${read} were read, and ${understood} understood`)
  })

  it('takes no longer than its length, whatever it is made of', () => {
    const head = `${whole.slice(0, whole.indexOf('\r'))}\r`
    const bytes = process.env.FDP_TEST_FULL === '1' ? 16_000_000 : 50_000
    const made = [
      '\\',
      '\\T\\',
      '""',
      'q',
      '&',
      '~',
      '\\.sp200\\',
      ' ',
      '\r',
      '\n',
      '\r\n',
      '1',
      '|',
      'é',
      'PID|1\r',
      'MSH|^~\\&|',
    ]
    const before = [
      '',
      head,
      'MSH|^~\\&|',
      'MSH|^~\\&||||||||||||||||',
      `${head}PID|||1\rOBX|1|NM|||`,
      `${head}PID|||1\rOBX|1|TS|||`,
    ]
    const slow: string[] = []
    for (const each of made) {
      for (const start of before) {
        const text = Buffer.from(`${start}${each.repeat(bytes / each.length)}x`)
        const began = performance.now()
        const message = answered(() => parseMessage(text))
        if (message) answered(() => sayingOf(message))
        answered(() => parseBatch(text))
        if (performance.now() - began > Math.max(1_000, bytes / 1_000))
          slow.push(`${JSON.stringify(each)} after ${JSON.stringify(start)}`)
      }
    }
    assert.deepEqual(slow, [])
  })
})

function raise(error: Error): never {
  throw error
}
