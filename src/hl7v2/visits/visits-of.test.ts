import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cases, fc } from '../../../test/random.ts'
import { parseMessage } from '../message/parse-message.ts'
import { type Saying, sayingOf } from '../saying/saying.ts'
import { emptyVisitLog, visitLogOf, withSaying } from './visit-log.ts'
import { type Visit, visitsOf } from './visits-of.ts'

interface Told {
  readonly event: string
  /** Minutes after the beginning: when it was entered. */
  readonly minute: number
  readonly ward?: string
  readonly visit?: string
  readonly patient?: string
  readonly prior?: string
  /** Minutes: EVN-6. */
  readonly occurred?: number
  readonly service?: string
  readonly id?: string
  readonly processing?: string
}

const stamp = (minute: number) => {
  const at = new Date(Date.UTC(2026, 0, 31, 0, minute)).toISOString()
  return `${at.slice(0, 19).replace(/\D/g, '')}+0000`
}

function told({ event, minute, ward = '', visit = 'V1', patient = 'A1', prior, ...more }: Told): Saying {
  const id = more.id ?? `${event}-${minute}-${visit}`
  const lines = [
    `MSH|^~\\&|PAS|RZ1|||${stamp(minute)}||ADT^${event}|${id}|${more.processing ?? 'P'}|2.4`,
    `EVN|${event}|${stamp(minute)}||||${more.occurred === undefined ? '' : stamp(more.occurred)}`,
    `PID|||${patient}^^^RZ1^MR`,
    ...(prior === undefined ? [] : [`MRG|${prior}^^^RZ1^MR`]),
    `PV1||I|${ward}|||||||${more.service ?? ''}|||||||||${visit}${visit === '' ? '' : '^^^RZ1^VN'}`,
  ]
  return sayingOf(parseMessage(Buffer.from(lines.join('\r'))))
}

const stateOf = (...all: readonly Told[]) => visitsOf(visitLogOf(all.map(told)))
const only = (...all: readonly Told[]): Visit => {
  const { visits } = stateOf(...all)
  assert.equal(visits.size, 1)
  return [...visits.values()][0]!
}
const ward = (visit: Visit) => visit.location?.pointOfCare

function permutations<T>(of: readonly T[]): T[][] {
  if (of.length < 2) return [[...of]]
  return of.flatMap((each, i) => permutations([...of.slice(0, i), ...of.slice(i + 1)]).map((rest) => [each, ...rest]))
}

const admitted: Told = { event: 'A01', minute: 10, ward: 'W1', service: '100', occurred: 5 }
const moved: Told = { event: 'A02', minute: 20, ward: 'W2', occurred: 19 }
const movedAgain: Told = { event: 'A02', minute: 30, ward: 'W3', occurred: 29 }
const discharged: Told = { event: 'A03', minute: 40, ward: 'W3', occurred: 39 }

describe('the state of a visit', () => {
  it('follows what was said', () => {
    assert.deepEqual([only(admitted).status, ward(only(admitted))], ['inpatient', 'W1'])
    const there = only(admitted, moved, movedAgain)
    assert.deepEqual([there.status, ward(there), there.transfers.length], ['inpatient', 'W3', 2])
    assert.equal(there.admitted?.instant, '2026-01-31T00:05:00.000Z')
    const gone = only(admitted, moved, discharged)
    assert.deepEqual([gone.status, gone.discharged?.instant], ['discharged', '2026-01-31T00:39:00.000Z'])
    assert.equal(only({ event: 'A05', minute: 1 }).status, 'expected')
    assert.equal(only({ event: 'A04', minute: 1 }).status, 'outpatient')
    assert.equal(only({ event: 'A04', minute: 1 }, { event: 'A06', minute: 2 }).status, 'inpatient')
    assert.equal(only({ event: 'A08', minute: 1 }).status, 'known')
  })

  it('takes an update of each field, and leaves what it says nothing of', () => {
    const updated = only(admitted, { event: 'A08', minute: 50, service: '300' }, moved)
    assert.deepEqual(
      [ward(updated), updated.details.get('PV1.hospitalService')],
      ['W2', [{ kind: 'code', code: '300', system: undefined }]],
    )
    const removed = only(admitted, { event: 'A08', minute: 50, service: '""', ward: '""' })
    assert.deepEqual([removed.location, removed.details.get('PV1.hospitalService')], [null, null])
  })

  it('loses what is cancelled', () => {
    const back = only(admitted, moved, movedAgain, { event: 'A12', minute: 35 })
    assert.deepEqual([ward(back), back.transfers.map(({ to }) => to?.pointOfCare)], ['W2', ['W2']])
    const first = only(admitted, moved, movedAgain, { event: 'A12', minute: 35, occurred: 19 })
    assert.deepEqual(
      first.transfers.map(({ to }) => to?.pointOfCare),
      ['W3'],
    )
    const twice = only(admitted, moved, { ...moved, id: 'again' }, { event: 'A12', minute: 35 })
    assert.deepEqual([twice.transfers, ward(twice)], [[], 'W1'])
    const stays = only(admitted, discharged, { event: 'A13', minute: 41, ward: 'W9' })
    assert.deepEqual([stays.status, ward(stays), stays.discharged], ['inpatient', 'W9', undefined])
    const never = only(admitted, moved, discharged, { event: 'A11', minute: 50 })
    assert.deepEqual(
      [never.status, never.transfers, never.admitted, ward(never)],
      ['cancelled', [], undefined, undefined],
    )
    const waits = only({ event: 'A05', minute: 1 }, admitted, { event: 'A11', minute: 50 })
    assert.equal(waits.status, 'expected')
    const again = only(admitted, { event: 'A11', minute: 50 }, { ...admitted, minute: 60 })
    assert.equal(again.status, 'inpatient')
  })

  it('keeps cancels that found nothing, which do no harm', () => {
    const waiting = only({ event: 'A12', minute: 35 })
    assert.deepEqual([waiting.status, waiting.unmatched.length], ['known', 1])
    assert.equal(only({ event: 'A12', minute: 35 }, admitted, moved).unmatched.length, 0)
    assert.equal(only({ event: 'A13', minute: 35 }, discharged).status, 'discharged')
  })

  it('is of the patient that stands for all who were merged', () => {
    const merge = (from: string, into: string, minute: number): Told => ({
      event: 'A40',
      minute,
      patient: into,
      prior: from,
    })
    const who = (...merges: Told[]) => only(admitted, ...merges).patient.map(({ value }) => value)
    assert.deepEqual(who(merge('A1', 'B2', 60)), ['B2'])
    assert.deepEqual(who(merge('A1', 'B2', 1)), ['B2'])
    assert.deepEqual(who(merge('A1', 'B2', 60), merge('B2', 'C3', 61)), ['C3'])
    assert.deepEqual(who(merge('B2', 'C3', 59), merge('A1', 'B2', 60)), ['C3'])
    assert.deepEqual(who(merge('A1', 'B2', 60), merge('B2', 'A1', 61)), ['A1'])
    assert.deepEqual(who(merge('A1', 'B2', 60), merge('C3', 'B2', 61), merge('A1', 'C3', 62)), ['B2'])
    assert.deepEqual(who(merge('X1', 'B2', 60)), ['A1'])
    assert.deepEqual(who(merge('A1', 'A1', 60)), ['A1'])
  })

  it('says what could not be placed and which names came with two contents', () => {
    const state = stateOf(
      admitted,
      { event: 'A01', minute: 1, visit: '' },
      { ...moved, id: 'x' },
      { ...movedAgain, id: 'x' },
    )
    assert.deepEqual(
      state.unplaced.map(({ controlId }) => controlId),
      ['A01-1-'],
    )
    assert.deepEqual(
      state.differed.map(({ controlId }) => controlId),
      ['x'],
    )
    assert.equal(ward([...state.visits.values()][0]!), 'W3')
    assert.equal(stateOf({ ...admitted, processing: 'T' }).visits.size, 0)
  })

  it('is the same in every order of a story', () => {
    const story: readonly Told[] = [
      admitted,
      moved,
      { event: 'A12', minute: 25, occurred: 19 },
      { event: 'A08', minute: 35, service: '300' },
      { event: 'A40', minute: 36, patient: 'B2', prior: 'A1' },
      discharged,
    ]
    const expected = stateOf(...story)
    const [visit] = expected.visits.values()
    assert.deepEqual([visit?.status, ward(visit!), visit?.patient[0]?.value], ['discharged', 'W3', 'B2'])
    const sayings = story.map(told)
    for (const order of permutations(sayings)) {
      assert.deepEqual(visitsOf(order.reduce(withSaying, emptyVisitLog)), expected)
    }
  })

  it('is the same in any order, with any repeats, of any messages', () => {
    const number = fc.constantFrom('A1', 'B2', 'C3')
    const any: fc.Arbitrary<Told> = fc.record(
      {
        event: fc.constantFrom(...['A01', 'A02', 'A03', 'A04', 'A05', 'A06', 'A07', 'A08', 'A11', 'A12', 'A13', 'A40']),
        minute: fc.integer({ min: 0, max: 5 }),
        ward: fc.constantFrom('W1', 'W2', '""'),
        visit: fc.constantFrom('V1', 'V2', ''),
        patient: number,
        prior: number,
        occurred: fc.integer({ min: 0, max: 3 }),
        service: fc.constantFrom('100', '""'),
        id: fc.constantFrom(...'1234567'),
      },
      { requiredKeys: ['event', 'minute', 'patient', 'prior'] },
    )
    const twoOrders = fc
      .array(any, { minLength: 1, maxLength: 9 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })))
    fc.assert(
      fc.property(twoOrders, ([all, shuffled]) => {
        const [one, other] = [all.map(told), shuffled.map(told)]
        assert.deepEqual(visitsOf(other.reduce(withSaying, emptyVisitLog)), visitsOf(visitLogOf(one)))
      }),
      cases(60),
    )
  })
})
