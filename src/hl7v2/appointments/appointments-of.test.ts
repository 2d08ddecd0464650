import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cases, fc } from '../../../test/random.ts'
import { parseMessage } from '../message/parse-message.ts'
import { type Saying, sayingOf } from '../saying/saying.ts'
import { visitLogOf } from '../visits/visit-log.ts'
import { appointmentsOf } from './appointments-of.ts'

interface Told {
  readonly event: string
  /** Minutes after the beginning: when it was sent. */
  readonly minute: number
  readonly number?: string
  readonly placer?: string
  readonly patient?: string
  readonly prior?: string
  readonly start?: string
  readonly status?: string
  readonly note?: string
  readonly id?: string
}

const stamp = (minute: number) =>
  `${new Date(Date.UTC(2026, 0, 31, 0, minute)).toISOString().slice(0, 19).replace(/\D/g, '')}+0000`

function told({ event, minute, number = 'F1', placer = '', patient = 'A1', ...more }: Told): Saying {
  const isMerge = event === 'A40'
  const id = more.id ?? `${event}-${minute}-${number}`
  const start = more.start ?? ''
  const lines = [
    `MSH|^~\\&|PAS|RZ1|||${stamp(minute)}||${isMerge ? 'ADT' : 'SIU'}^${event}|${id}|P|2.4`,
    ...(isMerge ? [] : [`SCH|${placer}|${number}|||||||45|min|^^^${start}||||||||||||||${more.status ?? ''}`]),
    ...(more.note === undefined ? [] : [`NTE|1||${more.note}`]),
    `PID|||${patient}^^^RZ1^MR`,
    ...(isMerge ? [`MRG|${more.prior}^^^RZ1^MR`] : []),
  ]
  return sayingOf(parseMessage(Buffer.from(lines.join('\r'))))
}

const stateOf = (...all: readonly Told[]) => appointmentsOf(visitLogOf(all.map(told)))
const only = (...all: readonly Told[]) => {
  const { appointments } = stateOf(...all)
  assert.equal(appointments.size, 1)
  return [...appointments.values()][0]!
}

const booked: Told = { event: 'S12', minute: 10, start: '202602031000' }

describe('the state of an appointment', () => {
  it('follows what was said', () => {
    const first = only(booked)
    assert.deepEqual([first.status, first.start?.instant, first.minutes], ['booked', '2026-02-03T10:00:00.000Z', 45])
    assert.equal(first.booked?.instant, '2026-01-31T00:10:00.000Z')
    const later = only(booked, { event: 'S13', minute: 20, start: '202607031000' })
    assert.deepEqual([later.status, later.start?.instant], ['booked', '2026-07-03T09:00:00.000Z'])
    const off = only(booked, { event: 'S15', minute: 20, status: 'Booked' })
    assert.deepEqual([off.status, off.cancelled?.instant], ['cancelled', '2026-01-31T00:20:00.000Z'])
    assert.equal(only(booked, { event: 'S14', minute: 20, status: 'Complete' }).status, 'attended')
    assert.equal(only(booked, { event: 'S17', minute: 20 }).status, 'deleted')
    assert.equal(only(booked, { event: 'S26', minute: 20 }).status, 'missed')
    assert.equal(only({ event: 'S14', minute: 20 }).status, 'known')
  })

  it('goes by when it was said: a cancel that comes before its booking holds, one that was said before does not', () => {
    assert.equal(only({ event: 'S15', minute: 20 }, booked).status, 'cancelled')
    const anew = only({ event: 'S15', minute: 5 }, booked)
    assert.deepEqual([anew.status, anew.cancelled], ['booked', undefined])
    const again = only(booked, { event: 'S15', minute: 20 }, { event: 'S12', minute: 30, start: '202602041000' })
    assert.deepEqual([again.status, again.cancelled], ['booked', undefined])
  })

  it('keeps notes as free text, and times that a change says nothing of', () => {
    const changed = only({ ...booked, note: 'old' }, { event: 'S14', minute: 20, note: 'Ring A\\T\\B\\.br\\first' })
    assert.deepEqual([changed.notes, changed.start?.local], ['Ring A&B\nfirst', '2026-02-03T10:00'])
  })

  it('is known by who keeps the diary, else by who asked; without either it is listed', () => {
    const both = stateOf({ ...booked, placer: 'X1' }, { event: 'S12', minute: 11, number: '', placer: 'F1' })
    assert.equal(both.appointments.size, 2)
    const none = stateOf({ ...booked, number: '' })
    assert.deepEqual([none.appointments.size, none.unplaced.length], [0, 1])
    assert.equal(stateOf({ event: 'A40', minute: 1, patient: 'B2', prior: 'A1' }).unplaced.length, 0)
  })

  it('is the same in any order, with any repeats, of any messages, merges before and after', () => {
    const any: fc.Arbitrary<Told> = fc.record(
      {
        event: fc.constantFrom(...['S12', 'S13', 'S14', 'S15', 'S17', 'S26', 'A40']),
        minute: fc.integer({ min: 0, max: 5 }),
        number: fc.constantFrom('F1', 'F2', ''),
        placer: fc.constantFrom('P1', ''),
        patient: fc.constantFrom('A1', 'B2', 'C3'),
        prior: fc.constantFrom('A1', 'B2', 'C3'),
        start: fc.constantFrom('202602031000', '202602041000', '""'),
        status: fc.constantFrom('', 'Complete', 'Noshow', 'Booked'),
        note: fc.constantFrom('n1', 'n2'),
        id: fc.constantFrom(...'1234567'),
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
    const merge: Told = { event: 'A40', minute: 60, patient: 'B2', prior: 'A1' }
    for (const minute of [1, 60]) assert.equal(only({ ...merge, minute }, booked).patient[0]?.value, 'B2')
  })
})
