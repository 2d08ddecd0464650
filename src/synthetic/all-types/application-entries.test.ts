import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkTables } from '#contracts'
import { decide, fold, openPolicyEngine, shippedPolicyFiles, whoCanSee } from '#governance'
import { addMs, type PurposeId, parseInstant, parseSubjectId } from '#kernel'
import { modelTypes } from '../../../test/full-plan.ts'
import { seededState } from '../../../test/seeded-state.ts'
import { economyPlan } from '../economy.ts'
import { application, applicationEntries } from './application-entries.ts'

const at = parseInstant('2026-03-02T09:00:00Z')
const policies = await openPolicyEngine(shippedPolicyFiles())
const plan = economyPlan()[0]!
const before = seededState('alder-vale', at)
const entries = applicationEntries({ plan, state: before, policies, at })
const state = entries.reduce((now, entry) => fold(now, { ...entry, index: now.upTo + 1, time: at }), before)
const person = parseSubjectId(application.personOf('alder-vale'))

const reading = (purpose: string, object: string, when = at) =>
  decide(
    state,
    {
      ...{ subject: person, object, action: 'read', columns: 'all-permitted', at: when },
      purpose: purpose as PurposeId,
    },
    policies,
  )

test('the application reads no type for another purpose, none after half a year, and may send nothing in', () => {
  for (const purpose of ['data-intake', 'elective-planning']) assert.equal(reading(purpose, 'Patient').allowed, false)
  assert.equal(reading(application.purpose, 'Patient', addMs(at, 200 * 86_400_000)).allowed, false)
  assert.equal(reading(application.purpose, 'NationalDataOptOut').allowed, false)
  const grants = [...state.grants.values()].filter(({ holder }) => 'person' in holder && holder.person === person)
  assert.ok(grants.every(({ action }) => action === 'read'))
})

test('the application reads every column of the 62 types and of the link tables; nobody else reads anything more', () => {
  assert.deepEqual(state.rejected, [])
  for (const { name, properties } of [...modelTypes, ...linkTables()]) {
    const decision = reading(application.purpose, name)
    assert.ok(decision.allowed, name)
    assert.equal(decision.columns.length, properties.length, name)
  }
  const others = (of: typeof state) =>
    whoCanSee(of, at, policies).filter((row) => row.person !== person && row.action === 'read').length
  assert.equal(others(state), others(before))
})

test('once is enough', () => {
  assert.deepEqual(applicationEntries({ plan, state, policies, at }), [])
})
