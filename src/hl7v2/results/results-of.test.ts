import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cases, fc } from '../../../test/random.ts'
import { parseMessage } from '../message/parse-message.ts'
import { sayingOf } from '../saying/saying.ts'
import { visitLogOf } from '../visits/visit-log.ts'
import { resultsOf } from './results-of.ts'

/** A message at a minute, with these lines behind PID. */
interface Told {
  readonly minute: number
  readonly lines: readonly string[]
  readonly patient?: string
  readonly prior?: string
  readonly id?: string
}

function told({ minute, lines, patient = 'A1', prior, id = `${minute}` }: Told) {
  const event = prior === undefined ? 'ORU^R01' : 'ADT^A40'
  const all = [
    `MSH|^~\\&|LAB|RZ1|||20260131${String(10 + minute).padStart(4, '0')}+0000||${event}|${id}|P|2.4`,
    `PID|||${patient}^^^RZ1^MR`,
    ...(prior === undefined ? lines : [`MRG|${prior}^^^RZ1^MR`]),
  ]
  return sayingOf(parseMessage(Buffer.from(all.join('\r'))))
}

const stateOf = (...all: readonly Told[]) => resultsOf(visitLogOf(all.map(told)))
const results = (...all: readonly Told[]) =>
  [...stateOf(...all).results.values()].map(({ number, report, figure }) => [number, report, figure])

const obr = (number = 'L1', status = 'F') =>
  `OBR|1||${number}^LAB|FBC^Count^L|||202601300800||||||||||||||||||${status}`
const obx = (value: string, { type = 'NM', code = 'HB', sub = '', status = 'F' } = {}) =>
  `OBX|1|${type}|${code}^A name^L|${sub}|${value}|g/L|||||${status}`

describe('the results of orders', () => {
  it('are what was said last of each observation; what is withdrawn is gone, and nothing said changes nothing', () => {
    const first: Told = { minute: 1, lines: [obr(), obx('13.50'), obx('4', { code: 'WC' })] }
    assert.deepEqual(results(first), [
      ['L1/HB', '13.50', '13.50'],
      ['L1/WC', '4', '4'],
    ])
    const corrected = { minute: 2, lines: [obr(), obx('12.9', { status: 'C' })] }
    for (const order of [
      [first, corrected],
      [corrected, first],
    ]) {
      assert.deepEqual(results(...order)[0], ['L1/HB', '12.9', '12.9'])
      assert.equal(results(...order).length, 2)
    }
    for (const gone of [obx('1', { status: 'D' }), obx('1', { status: 'W' }), obx('""')]) {
      assert.deepEqual(results(first, { minute: 2, lines: [obr(), gone] }), [['L1/WC', '4', '4']])
    }
    assert.equal(results(first, { minute: 2, lines: [obr(), obx('')] }).length, 2)
    assert.deepEqual(results(first, { minute: 2, lines: [obr('L1', 'X')] }), [])
    assert.equal(results(first, { minute: 0, lines: [obr('L1', 'X')] }).length, 2)
  })

  it('are free text in words, with notes, whatever type it says', () => {
    const lines = [
      ...[obr('A/1'), 'NTE|1||on the order', obx('Seen\\.br\\by Ada', { type: 'FT', code: 'REP', sub: '1' })],
      ...[obx('and more', { type: 'TX', code: 'REP', sub: '1' }), 'NTE|1||haemolysed'],
      ...[obx('E1^Organism^L', { type: 'CWE', code: 'ORG' }), 'OBX|9|ST|^no code||lost'],
    ]
    assert.deepEqual(results({ minute: 1, lines }), [
      ['A%2F1/FBC', 'on the order', undefined],
      ['A%2F1/ORG', 'Organism', undefined],
      ['A%2F1/REP/1', 'Seen\nby Ada\nand more\nhaemolysed', undefined],
    ])
    assert.equal(stateOf({ minute: 1, lines: [obx('1')] }).unplaced.length, 1)
  })

  it('are the same in any order, with any repeats, merges before and after', () => {
    const line = fc.oneof(
      fc
        .record({ number: fc.constantFrom('L1', 'L2', ''), status: fc.constantFrom('F', 'X') })
        .map((each) => obr(each.number, each.status)),
      fc
        .record({
          value: fc.constantFrom('1', '2', '""', ''),
          status: fc.constantFrom('F', 'C', 'D'),
          code: fc.constantFrom('HB', 'WC'),
        })
        .map(({ value, ...more }) => obx(value, more)),
    )
    const any: fc.Arbitrary<Told> = fc.record(
      {
        minute: fc.integer({ min: 0, max: 5 }),
        lines: fc.array(line, { minLength: 1, maxLength: 5 }),
        patient: fc.constantFrom('A1', 'B2'),
        prior: fc.constantFrom('A1', 'B2'),
        id: fc.constantFrom(...'1234567'),
      },
      { requiredKeys: ['minute', 'lines', 'patient', 'id'] },
    )
    const twoOrders = fc
      .array(any, { minLength: 1, maxLength: 8 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })))
    fc.assert(
      fc.property(twoOrders, ([all, shuffled]) => assert.deepEqual(stateOf(...shuffled), stateOf(...all))),
      cases(60),
    )
    const one: Told = { minute: 3, lines: [obr(), obx('1')] }
    for (const minute of [0, 9]) {
      const [result] = stateOf(one, { minute, lines: [], patient: 'B2', prior: 'A1' }).results.values()
      assert.equal(result?.patient[0]?.value, 'B2')
    }
  })
})
