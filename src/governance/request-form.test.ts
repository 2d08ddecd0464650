import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appendEvent,
  clerk,
  day,
  dpiaInput,
  engineer,
  governedTenant,
  guardian,
  owner,
  partner,
  purpose,
  subject,
  withDocument,
} from '../../test/governed-tenant.ts'
import { declineRequest } from './decline-request.ts'
import { dpiaDifference } from './dpia-difference.ts'
import { sightOf } from './oversight.ts'
import { registerList, registerNames } from './register-lists.ts'
import { type RequestForm, requestOf } from './request-form.ts'
import { waitingRequests } from './waiting-requests.ts'

const form: RequestForm = {
  ...{ id: 'r1', purpose: purpose('waiting-list-care'), until: day(30), dpia: 'elective-recovery', reason: 'a plan' },
  items: [{ object: 'RttPeriod', level: 'pseudonymised' }],
}
const start = governedTenant()
const asked = (change: Partial<RequestForm> = {}) => requestOf(start, { ...form, ...change }, clerk, day(1))
const refuses = (code: string, change: Partial<RequestForm>) => assert.throws(() => asked(change), { code })

test('a form names what is there, and columns that the level shows', () => {
  refuses('FDP_GOVERNANCE_NOT_FOUND', { dpia: 'none' })
  refuses('FDP_GOVERNANCE_NOT_FOUND', { items: [{ family: 'none', level: 'aggregate' }] })
  refuses('FDP_GOVERNANCE_OBJECT_UNKNOWN', { items: [{ object: 'Nothing', level: 'aggregate' }] })
  const named = [{ object: 'Patient', level: 'pseudonymised' as const, columns: ['surname'] }]
  refuses('FDP_GOVERNANCE_COLUMN_UNKNOWN', { items: named })
})

test('what is left out is for oneself, from now on, all that the level shows, under the version in force', () => {
  const { by, subject: holder, from, dpia, items } = asked()
  assert.deepEqual([by, holder, from], [clerk, clerk, day(1)])
  assert.deepEqual(dpia, { id: 'elective-recovery', version: 1, sha256: dpiaInput.sha256 })
  assert.ok(items[0]!.columns.length > 3)
  assert.deepEqual(items[0]!.rows, { controllers: 'all', where: [] })
  const team = { team: 'ward', role: 'clerk' }
  assert.equal(asked({ team }).subject, undefined)
})

test('a family is written out as it is when it is asked for', () => {
  const family = { by: guardian, id: 'waits', title: 'Waits', objects: ['Patient', 'RttPeriod'] }
  const before = appendEvent(start, 'governance.family-registered', family, day(1))
  const items = [{ family: 'waits', level: 'pseudonymised' as const }]
  const input = requestOf(before, { ...form, items }, clerk, day(1))
  const wider = appendEvent(before, 'governance.family-registered', { ...family, objects: ['Organisation'] }, day(2))
  const state = appendEvent(wider, 'governance.access-requested', input, day(2))
  assert.deepEqual(
    state.requests.get('r1')!.items.map(({ object }) => object),
    ['Patient', 'RttPeriod'],
  )
})

test('a form is seen by who asked, whom it is for, and who oversees; it is for an approver who is none of them', () => {
  const state = appendEvent(start, 'governance.access-requested', { ...asked(), subject: partner }, day(1))
  const seen = (who: typeof clerk) => waitingRequests(state, sightOf(state, who, day(1)), day(1))
  assert.deepEqual(seen(engineer), [])
  assert.deepEqual(
    [clerk, partner, guardian, owner].map((who) => seen(who).map(({ forMe }) => forMe)),
    [[false], [false], [true], [true]],
  )
  const own = appendEvent(start, 'governance.access-requested', { ...asked(), subject: guardian }, day(1))
  assert.equal(waitingRequests(own, sightOf(own, guardian, day(1)), day(1))[0]?.forMe, false)
  assert.throws(() => sightOf(state, subject('stranger'), day(1)), { code: 'FDP_GOVERNANCE_NOT_ENTITLED' })
})

test('who declines is an approver or the one who asked; what is settled stays so', () => {
  const state = appendEvent(start, 'governance.access-requested', asked(), day(1))
  const decline = (by: typeof clerk, at = state) =>
    declineRequest(at, { by, request: 'r1', reason: 'figures will do' }, day(1))
  assert.throws(() => decline(engineer), { code: 'FDP_GOVERNANCE_NOT_ENTITLED' })
  assert.equal(decline(clerk).length, 1)
  assert.equal(decline(owner).length, 1)
  const event = { by: owner, request: 'r1', item: 0, reason: 'figures will do' }
  const settled = appendEvent(state, 'governance.access-declined', event, day(1))
  assert.throws(() => decline(owner, settled), { code: 'FDP_GOVERNANCE_REQUEST_SETTLED' })
})

test('every register can be listed; people by overseers alone', () => {
  for (const name of registerNames) {
    const lines = registerList(start, name, sightOf(start, guardian, day(1)), day(1))
    assert.ok(Array.isArray(lines), name)
    if (name !== 'people') registerList(start, name, sightOf(start, engineer, day(1)), day(1))
  }
  const sight = sightOf(start, engineer, day(1))
  assert.throws(() => registerList(start, 'people', sight, day(1)), { code: 'FDP_GOVERNANCE_NOT_ENTITLED' })
})

test('the difference of a version with itself is nothing; a changed claim is one removed and one added', () => {
  const [first, ...others] = dpiaInput.claims
  const claims = [{ ...first!, daysMax: 30 }, ...others]
  const { title } = dpiaInput
  const later = withDocument({ title, claims, bounds: { ...dpiaInput.bounds, retentionDays: 30 } })
  const state = appendEvent(
    start,
    'governance.dpia-approved',
    { ...dpiaInput, ...later, dpiaVersion: 2, effectiveFrom: day(1) } as typeof dpiaInput,
    day(1),
  )
  const same = dpiaDifference(state, dpiaInput.id, 2, 2)
  assert.deepEqual([same.addedClaims, same.removedClaims, same.changedBounds, same.changedDocument], [[], [], [], []])
  const { addedClaims, removedClaims, changedBounds, changedDocument } = dpiaDifference(state, dpiaInput.id, 1, 2)
  assert.deepEqual([addedClaims, removedClaims], [[claims[0]], [first]])
  assert.deepEqual(changedBounds, [{ part: 'retentionDays', before: null, after: 30 }])
  assert.ok(changedDocument.some(({ part, before }) => part === 'necessity' && before === null))
  assert.throws(() => dpiaDifference(state, dpiaInput.id, 1, 3), { code: 'FDP_GOVERNANCE_NOT_FOUND' })
})
