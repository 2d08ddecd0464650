import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cases, fc } from '../../../test/random.ts'
import { parseMessage } from '../message/parse-message.ts'
import { sayingOf } from '../saying/saying.ts'
import { visitLogOf } from '../visits/visit-log.ts'
import { referralsOf } from './referrals-of.ts'

interface Told {
  readonly event: string
  readonly minute: number
  readonly status?: string
  readonly number?: string
  readonly patient?: string
  readonly prior?: string
  readonly note?: string
  readonly id?: string
}

function told({ event, minute, status = '', number = 'R1', patient = 'A1', ...more }: Told) {
  const isMerge = event === 'A40'
  const at = `20260131${String(10 + minute).padStart(4, '0')}+0000`
  const id = more.id ?? `${event}-${minute}-${number}`
  const lines = [
    `MSH|^~\\&|GP|RZ1|||${at}||${isMerge ? 'ADT' : 'REF'}^${event}|${id}|P|2.4`,
    ...(isMerge
      ? []
      : [`RF1|${status}|R|||O|${number}|20260130||20260131`, 'PRD|RT|Too^Far|||||T9', 'PRD|RP|G^P|||||G8']),
    `PID|||${patient}^^^RZ1^MR`,
    ...(isMerge ? [`MRG|${more.prior ?? 'A1'}^^^RZ1^MR`] : []),
    ...(more.note === undefined ? [] : [`NTE|1||${more.note}`]),
  ]
  return sayingOf(parseMessage(Buffer.from(lines.join('\r'))))
}

const stateOf = (...all: readonly Told[]) => referralsOf(visitLogOf(all.map(told)))
const only = (...all: readonly Told[]) => [...stateOf(...all).referrals.values()][0]!

const referred: Told = { event: 'I12', minute: 1, status: 'P', note: 'a letter' }

describe('the state of a referral', () => {
  it('follows what was said, whatever came first', () => {
    assert.deepEqual(
      [only(referred).status, only(referred).referrer, only(referred).notes],
      ['pending', 'G8', 'a letter'],
    )
    assert.equal(only(referred, { event: 'I13', minute: 2, status: 'A' }).status, 'accepted')
    const off = only({ event: 'I14', minute: 3 }, referred)
    assert.deepEqual([off.status, off.cancelled?.local], ['cancelled', '2026-01-31T00:13'])
    assert.equal(
      only(referred, { event: 'I14', minute: 3 }, { event: 'I13', minute: 4, status: 'A' }).status,
      'cancelled',
    )
    assert.equal(
      only(referred, { event: 'I14', minute: 3 }, { event: 'I12', minute: 4, status: 'A' }).status,
      'accepted',
    )
    assert.equal(only({ event: 'I14', minute: 0 }, referred).status, 'pending')
    assert.deepEqual(stateOf({ ...referred, number: '' }).unplaced.length, 1)
  })

  it('is the same in any order, with any repeats, merges before and after', () => {
    const any: fc.Arbitrary<Told> = fc.record(
      {
        event: fc.constantFrom('I12', 'I13', 'I14', 'A40'),
        minute: fc.integer({ min: 0, max: 5 }),
        status: fc.constantFrom('P', 'A', 'R', 'E', 'X', '""'),
        number: fc.constantFrom('R1', 'R2', ''),
        patient: fc.constantFrom('A1', 'B2', 'C3'),
        prior: fc.constantFrom('A1', 'B2', 'C3'),
        note: fc.constantFrom('n1', 'n2'),
        id: fc.constantFrom(...'12345'),
      },
      { requiredKeys: ['event', 'minute', 'patient', 'prior'] },
    )
    const twoOrders = fc
      .array(any, { minLength: 1, maxLength: 9 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })))
    fc.assert(
      fc.property(twoOrders, ([all, shuffled]) => assert.deepEqual(stateOf(...shuffled), stateOf(...all))),
      cases(60),
    )
    const merge: Told = { event: 'A40', minute: 9, patient: 'B2', prior: 'A1' }
    for (const minute of [0, 9]) assert.equal(only({ ...merge, minute }, referred).patient[0]?.value, 'B2')
  })
})
