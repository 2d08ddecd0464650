import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeenRows } from '#gate'
import type { Instant, Json, SubjectId } from '#kernel'
import { fc } from '../../test/random.ts'
import type { ActionDeclaration, Criterion } from './declaration.ts'
import { checkParameters } from './parameters.ts'
import { isGood, planAction, standingOf } from './plan-action.ts'
import { wireValidation } from './wire-result.ts'

const acting = { subject: 'vera@trust.example' as SubjectId, at: '2026-11-22T10:00:00.000Z' as Instant }
const text = { kind: 'value', type: 'text', values: null, title: 'T', description: '' } as const
const declaration: ActionDeclaration = {
  ...{ id: 'act', version: 1, product: 'p', title: 'Act', description: 'Acts.', status: 'active', reason: 'none' },
  parameters: {
    booking: { kind: 'object', object: 'TheatreBooking', title: 'B', description: '', required: true },
    note: { ...text, required: false },
    risk: { ...text, values: ['High', 'Low'], required: true },
    minutes: { ...text, type: 'long', required: false },
    day: { ...text, type: 'date', required: false },
    at: { ...text, type: 'timestamp', required: false },
    sure: { ...text, type: 'boolean', required: false },
    amount: { ...text, type: 'decimal', required: false },
    list: { ...text, type: 'texts', required: false },
  },
  criteria: [
    {
      of: { from: 'property', parameter: 'booking', property: 'status' },
      test: { kind: 'isOneOf', values: ['Booked'] },
      message: 'it is not booked',
    },
  ],
  edits: [
    {
      ...{ kind: 'modify', of: 'booking', writeOnly: [] },
      set: {
        riskRating: { from: 'parameter', parameter: 'risk' },
        riskDescription: { from: 'parameter', parameter: 'note' },
        status: { from: 'constant', value: 'Cancelled' },
        cancellationDate: { from: 'today' },
      },
    },
  ],
  ...{ sourceSystem: 'theatre system', pendingHours: 1, undo: false },
  countsInReturns: { counts: false, rule: 'It counts nothing.' },
}
const rows: SeenRows = {
  booking: new Map([
    ['B1', { status: 'Booked' }],
    ['B2', { status: null }],
  ]),
}
const standing = (given: Json) => standingOf(declaration, checkParameters(declaration, given), rows, acting)

test('parameters of another type, and names of none, are refused; none of their values is repeated', () => {
  const wrong: Record<string, Json[]> = {
    booking: [7, ['B1'], { key: 'B1' }, 'x\0y', '\ud800'],
    minutes: ['1.5', 1.5, '9223372036854775808', true],
    day: ['31/12/2026', '2026-02-30', 20_261_231],
    at: ['2026-01-01', '2026-01-01T10:00', 'now'],
    sure: ['true', 1],
    amount: ['1e3', '0.12345', true],
    list: ['a', [1]],
  }
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(() => checkParameters(declaration, { [name]: value }), { code: 'FDP_ACTIONS_PARAMETER_VALUE' })
    }
  }
  assert.throws(
    () => checkParameters(declaration, { '943 476 5919': 1 }),
    (error: Error & { params: Json }) => {
      assert.doesNotMatch(`${error.message}${JSON.stringify(error)}`, /943/)
      return true
    },
  )
  for (const given of [null, [], 'x']) {
    assert.throws(() => checkParameters(declaration, given), { code: 'FDP_ACTIONS_PARAMETERS' })
  }
})

test('values become exact texts', () => {
  const { texts } = checkParameters(declaration, {
    ...{ booking: 'B1', risk: 'Low', minutes: '90', day: '2026-12-31', at: '2026-01-01T10:00+01:00', sure: true },
    ...{ amount: 1.5, list: ['a', 'b'], note: '' },
  })
  assert.deepEqual(texts, {
    ...{ booking: 'B1', risk: 'Low', minutes: '90', day: '2026-12-31', at: '2026-01-01T09:00:00.000Z', sure: 'true' },
    ...{ amount: '1.5', list: '["a","b"]', note: null },
  })
})

test('what is missing, outside its values or not there is invalid, and so is a criterion that does not hold', () => {
  assert.deepEqual([...standing({}).invalid].sort(), ['booking', 'risk'])
  assert.deepEqual([...standing({ booking: 'B9', risk: 'Middling' }).invalid].sort(), ['booking', 'risk'])
  assert.deepEqual([...standing({ booking: 'B2', risk: 'Low' }).failed], [0])
  assert.ok(isGood(standing({ booking: 'B1', risk: 'Low' })))
  const told = wireValidation(declaration, standing({ booking: 'B9', risk: 'Low' })) as Record<string, never>
  assert.deepEqual(told, wireValidation(declaration, standing({ booking: 'hidden', risk: 'Low' })))
})

test('a plan sets what was given and what is constant; what was left out stays as it is', () => {
  const checked = checkParameters(declaration, { booking: 'B1', risk: 'High' })
  const plan = planAction(declaration, checked, rows, acting, () => 'minted')
  const set = { riskRating: 'High', status: 'Cancelled', cancellationDate: '2026-11-22' }
  assert.deepEqual(plan, [{ kind: 'modify', read: 'booking', key: 'B1', set }])
})

test('every test of a criterion holds, and does not, as a plain reading of it says', () => {
  const value = fc.option(fc.constantFrom('2026-01-01', '2026-11-22', '2027-01-01'), { nil: null })
  fc.assert(
    fc.property(value, value, (found, other) => {
      const of = { from: 'constant', value: found } as const
      const than = { from: 'constant', value: other } as const
      const expected: readonly (readonly [Criterion['test'], boolean])[] = [
        [{ kind: 'is', value: than }, found === other],
        [{ kind: 'isNot', value: than }, found !== other],
        [{ kind: 'isOneOf', values: ['2026-01-01', '2027-01-01'] }, found !== null && found !== '2026-11-22'],
        [{ kind: 'isNull', isNull: true }, found === null],
        [{ kind: 'isNull', isNull: false }, found !== null],
        [{ kind: 'before', value: than }, found !== null && other !== null && found < other],
        [{ kind: 'after', value: than }, found !== null && other !== null && found > other],
        [{ kind: 'before', value: { from: 'now' } }, found !== null && found < acting.at],
      ]
      for (const [each, holds] of expected) {
        const one = { ...declaration, criteria: [{ of, test: each, message: 'm' }] }
        const { failed } = standingOf(one, checkParameters(one, { booking: 'B1', risk: 'Low' }), rows, acting)
        assert.equal(failed.size === 0, holds, JSON.stringify([each, found, other]))
      }
    }),
  )
})
