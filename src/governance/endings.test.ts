import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  append,
  appendEvent,
  clerk,
  day,
  engineer,
  entryOf,
  governedTenant,
  grantInput,
  guardian,
  ods,
  owner,
  partner,
  policies,
  purpose,
  purposeInput,
} from '../../test/governed-tenant.ts'
import { decide, type GovernanceState } from './index.ts'

const request = {
  subject: clerk,
  purpose: grantInput.purpose,
  object: 'RttPeriod',
  columns: ['providerCode'],
  action: 'read',
} as const
const allowed = (state: GovernanceState, at = day(2), subject = clerk): boolean =>
  decide(state, { ...request, subject, at }, policies).allowed

test('a read keeps a grant alive; once it has lapsed, nothing wakes it up', () => {
  const granted = appendEvent(governedTenant(), 'governance.grant-approved', { ...grantInput, until: day(80) })
  const read = { type: 'read.opened', governance: { relations: { 'r-1': { grant: 'g1' } } } }
  const used = append(granted, read, day(20))
  assert.equal(allowed(used, day(49)), true)
  assert.equal(allowed(used, day(50)), false)
  const late = append(granted, read, day(31))
  assert.equal(allowed(late, day(32)), false)
})

test('an emergency can be ended like any grant, and cannot take the place of another', () => {
  const care = { ...purposeInput, id: purpose('emergency'), class: 'individual-care' as const }
  const state = appendEvent(governedTenant(), 'governance.purpose-registered', care)
  const objects = [{ object: 'RttPeriod', columns: ['providerCode'] }]
  const opened = { by: clerk, id: 'b1', purpose: care.id, until: day(0, 3_600_000), objects }
  const open = appendEvent(state, 'governance.break-glass-opened', opened)
  const asked = { ...request, purpose: care.id, at: day(0, 1) }
  assert.equal(decide(open, asked, policies).allowed, true)
  const end = { by: guardian, grant: 'b1.RttPeriod', at: day(0), reason: 'r' }
  assert.equal(decide(appendEvent(open, 'governance.grant-revoked', end), asked, policies).allowed, false)
  const twice = appendEvent(state, 'governance.break-glass-opened', { ...opened, objects: [...objects, ...objects] })
  assert.equal(twice.rejected.at(-1)?.why, 'it names a data set twice')
  const named = appendEvent(state, 'governance.grant-approved', { ...grantInput, id: 'b1.x' })
  const taken = appendEvent(named, 'governance.break-glass-opened', {
    ...opened,
    objects: [{ object: 'x', columns: ['y'] }],
  })
  assert.equal(taken.rejected.at(-1)?.why, 'the id was used before')
  assert.equal(taken.grants.get('b1.x')?.basis, 'approval')
})

test('one step ends what outsiders hold, by a role in a team of the controller too', () => {
  const team = { by: owner, id: 'list', name: 'Waiting list', organisation: ods('RJ1') }
  let state = appendEvent(governedTenant(), 'governance.team-registered', team)
  for (const person of [clerk, partner]) {
    const joined = { by: owner, team: 'list', person, role: 'clerk', from: day(0), until: null }
    state = appendEvent(state, 'governance.team-joined', joined)
  }
  const { subject: _, ...unnamed } = grantInput
  state = appendEvent(state, 'governance.grant-approved', {
    ...unnamed,
    team: { team: 'list', role: 'clerk' },
    agreement: { id: 'a1', version: 1 },
  })
  assert.deepEqual([allowed(state), allowed(state, day(2), partner)], [true, true])
  const ended = appendEvent(state, 'governance.outsiders-ended', { by: owner, employer: null, at: day(1), reason: 'r' })
  assert.deepEqual([allowed(ended), allowed(ended, day(2), partner)], [true, false])
})

test('who ends an organisation without being an officer names no successor', () => {
  const close = { id: ods('RJ1'), at: day(0), successor: ods('LA1') }
  const byEngineer = appendEvent(governedTenant(), 'governance.organisation-closed', { ...close, by: engineer })
  assert.deepEqual(byEngineer.organisations.get('RJ1')?.successor, null)
  assert.deepEqual(byEngineer.organisations.get('RJ1')?.until, day(0))
  const byOwner = appendEvent(byEngineer, 'governance.organisation-closed', { ...close, by: owner })
  assert.equal(byOwner.organisations.get('RJ1')?.successor, 'LA1')
})

test('a moment of a day that does not exist is refused', () => {
  const state = governedTenant()
  const entry = entryOf('governance.grant-approved', { ...grantInput, until: '2026-02-31T00:00:00.000Z' as never })
  assert.throws(() => append(state, entry, day(0)), { code: 'FDP_GOVERNANCE_EVENT_INVALID' })
})
