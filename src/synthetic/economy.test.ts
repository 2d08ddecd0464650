import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  approveGrant,
  elevatedPeople,
  type GovernanceState,
  isAgreed,
  openPolicyEngine,
  sectors,
  shippedPolicyFiles,
  whoCanSee,
} from '#governance'
import { addMs, type Instant, parseInstant } from '#kernel'
import { seededState } from '../../test/seeded-state.ts'
import { economyPlan } from './economy.ts'

const at = parseInstant('2026-03-02T09:00:00Z')
const days = (n: number): Instant => addMs(at, n * 86_400_000)
const policies = await openPolicyEngine(shippedPolicyFiles())

const plans = economyPlan()
const states = new Map(plans.map((plan) => [plan.id as string, seededState(plan.id, at)]))
const trust = states.get('alder-vale')!
const national = states.get('national')!

test('every event of the economy has its effect, in every tenant', () => {
  assert.equal(states.size, 4)
  for (const [tenant, state] of states) assert.deepEqual(state.rejected, [], tenant)
})

test('every grant of a plan lets its holder see something, and nothing else is seen', () => {
  for (const plan of plans) {
    const rows = whoCanSee(states.get(plan.id)!, at, policies)
    assert.deepEqual(
      [...new Set(rows.map(({ grant }) => grant))].sort(),
      [...plan.grants, ...plan.roleGrants].map(({ id }) => id).sort(),
      plan.id,
    )
  }
})

test('the supplier’s engineer at a trust holds no grant; at the national body one does, as one of two at most', () => {
  const engineers = (state: GovernanceState, when: Instant) =>
    whoCanSee(state, when, policies).filter(({ kind }) => kind === 'processor-staff')
  assert.deepEqual(engineers(trust, at), [])
  assert.deepEqual(
    engineers(national, at).map(({ person, level }) => [person, level]),
    [['june.okafor@national.example', 'identifiable']],
  )
  assert.deepEqual(
    elevatedPeople(national, at, () => {}),
    ['june.okafor@national.example'],
  )
  // Nobody has looked at it again after a week: suspended.
  assert.deepEqual(engineers(national, days(7)), [])
})

test('a ward’s clerks read by their role; partners by an agreement that both sides have signed', () => {
  const rows = whoCanSee(trust, at, policies)
  const clerks = rows.filter(({ team }) => team?.role === 'ward-clerk').map(({ name }) => name)
  assert.deepEqual(clerks.sort(), ['Nia Patel', 'Tom Ashe'])
  const partners = rows.filter(({ kind }) => kind === 'care-partner').map(({ name }) => name)
  assert.deepEqual(partners.sort(), ['Bea Moss', 'Finn Harte'])
  for (const state of states.values()) {
    for (const [version] of state.agreements.values()) assert.ok(isAgreed(state, version!, at), version?.id)
  }
})

test('records of general practice are shared in the area and never nationally', () => {
  const [agreement] = states.get('alderbrook')!.agreements.get('practices-with-the-board')!
  assert.deepEqual([agreement?.gpData, agreement?.reach, agreement?.signatures.length], [true, 'local', 3])
  const found = [...states.get('alderbrook')!.organisations.values()].map(({ sector }) => sector)
  assert.ok(found.every((sector) => sectors.includes(sector)) && found.includes('general-practice'))
})

test('the open request waits, and an officer can answer it as it stands', () => {
  const request = trust.requests.get('winter-plan')!
  assert.ok(request.items.every(({ grant, declined }) => grant === null && declined === null))
  const { holder, purpose, from, until, dpia } = request
  assert.ok('person' in holder)
  request.items.forEach((item, i) => {
    const { object, level, rows, columns, disclosurePolicy } = item
    const made = approveGrant(
      trust,
      {
        ...{ by: 'carys.owen@alder-vale.example' as never, id: `winter-plan.${i}`, subject: holder.person },
        ...{ action: 'read', object, level, rows, columns, disclosurePolicy, purpose, from, until, dpia },
        request: { id: request.id, item: i },
      },
      at,
      policies,
    )
    assert.equal(made.type, 'governance.grant-approved')
  })
})

test('no reporting line has both approvers in it', () => {
  for (const person of trust.persons.values()) {
    const line: string[] = []
    for (let next = person.manager; next !== null; next = trust.persons.get(next)?.manager ?? null) line.push(next)
    assert.ok(!(line.includes('carys.owen@alder-vale.example') && line.includes('ian.mercer@alder-vale.example')))
  }
})
