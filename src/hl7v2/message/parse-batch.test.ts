import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseBatch } from './parse-batch.ts'

const bytes = (lines: readonly string[], end = '\r') => Buffer.from(lines.map((line) => `${line}${end}`).join(''))
const message = (id: string, more: readonly string[] = ['PID|1']) => [
  `MSH|^~\\&|PAS|RZ1|FDP|RZ1|20260131||ADT^A01|${id}|P|2.4`,
  ...more,
]
const ids = (lines: readonly string[], end?: string) =>
  parseBatch(bytes(lines, end)).map(({ message, refused }) => message?.controlId ?? refused?.code)

describe('a batch', () => {
  const whole = ['FHS|^~\\&|a', 'BHS|^~\\&|a', ...message('1'), ...message('2'), 'BTS|2', 'BHS|^~\\&', 'BTS|0', 'FTS|2']

  it('is its messages, whatever of the frame is there', () => {
    for (const end of ['\r', '\n', '\r\n']) assert.deepEqual(ids(whole, end), ['1', '2'])
    assert.deepEqual(ids(message('1')), ['1'])
    assert.deepEqual(ids([...message('1'), ...message('2')]), ['1', '2'])
    assert.deepEqual(ids(['BHS|^~\\&', ...message('1'), 'BTS']), ['1'])
    assert.deepEqual(ids(['FHS|^~\\&', ...message('1'), '', 'FTS|1|end']), ['1'])
    assert.deepEqual(ids(['FHS|^~\\&', 'FTS']), [])
    assert.equal(parseBatch(bytes(whole))[1]?.number, 2)
  })

  it('loses no message for another that is refused, and keeps its bytes', () => {
    const lines = ['BHS|^~\\&', ...message('1'), ...message('2', ['pid|SECRET']), ...message('3'), 'BTS|3|ok']
    assert.deepEqual(ids(lines), ['1', 'FDP_HL7_SEGMENT', '3'])
    const item = parseBatch(bytes(lines))[1]
    assert.deepEqual(item?.bytes, bytes(message('2', ['pid|SECRET'])))
    assert.doesNotMatch(JSON.stringify(item?.refused), /SECRET/)
  })

  it('takes a line that another end hides for part of its message, which refuses it', () => {
    const hidden = message('1', [`NTE|1||first\n${message('9')[0]}`])
    assert.deepEqual(ids(hidden), ['FDP_HL7_CHARACTER'])
  })

  it('refused: what is cut off, out of order, or counts otherwise', () => {
    const wrong: readonly (readonly string[])[] = [
      whole.slice(0, -1),
      whole.slice(0, 5),
      ['FHS|^~\\&', ...message('1')],
      ['FHS|^~\\&', 'FTS|1', ...message('1')],
      ['FHS|^~\\&', 'FHS|^~\\&', 'FTS'],
      [...message('1'), 'FTS|1'],
      [...message('1'), 'BTS|1'],
      ['BHS|^~\\&', 'PID|1', 'BTS'],
      ['FHS|^~\\&', 'PID|1', 'FTS'],
      ['BHS|^~\\&', ...message('1'), 'BTS|1', 'PID|1'],
      ['BHS|^~\\&', ...message('1'), 'BTS|2'],
      ['BHS|^~\\&', ...message('1'), 'BTS|SECRET'],
      ['FHS|^~\\&', 'BHS|^~\\&', 'BTS', 'FTS|3'],
      ['SECRET'],
    ]
    for (const lines of wrong) {
      assert.throws(() => parseBatch(bytes(lines)), {
        code: 'FDP_HL7_BATCH',
        message: /^segment \d+ of the file: [^S]+$/,
      })
    }
    assert.throws(() => parseBatch(Buffer.from('')), { code: 'FDP_HL7_EMPTY' })
    assert.throws(() => parseBatch(Buffer.from('\r\r\n')), { code: 'FDP_HL7_EMPTY' })
  })
})
