import assert from 'node:assert/strict'
import { test } from 'node:test'
import { day } from '../../test/governed-tenant.ts'
import { cases, fc } from '../../test/random.ts'
import { keptNoticeDays, neededLongest } from './kept-time.ts'
import { PersistentMap } from './persistent-map.ts'
import { emptyState, type GovernanceState } from './state.ts'

const now = 100
type Set = { readonly on: number; readonly days: number | null }
const sets = fc
  .uniqueArray(fc.record({ on: fc.nat(now), days: fc.option(fc.integer({ min: 2, max: 90 })) }), {
    ...{ maxLength: 4, selector: ({ on }) => on },
  })
  .map((all) => [...all].sort((a, b) => a.on - b.on))

function stateOf(purposes: Readonly<Record<string, readonly Set[]>>): GovernanceState {
  const claims = [{ objects: ['RttPeriod'], purposes: Object.keys(purposes) }]
  const version = { effectiveFrom: day(0), effectiveForCareFrom: day(0), claims }
  const keeps = Object.entries(purposes).map(
    ([id, all]) => [id, { id, keeps: all.map(({ on, days }) => ({ days, at: day(on) })) }] as const,
  )
  return {
    ...emptyState('rj1' as never),
    dpias: PersistentMap.empty().set('d1', [version]),
    purposes: keeps.reduce((map, [id, purpose]) => map.set(id, purpose), PersistentMap.empty()),
  } as never
}

/** Day by day: whether some purpose would have had a version replaced on `since` kept at any day of the notice. */
function isNeeded(purposes: readonly (readonly Set[])[], since: number): boolean {
  return purposes.some((all) => {
    for (let then = now - keptNoticeDays; then <= now; then++) {
      const days = all.findLast(({ on }) => on <= then)?.days ?? null
      if (days === null || since + days > now) return true
    }
    return false
  })
}

test('a version is needed as long as any purpose needed it on any day of the notice: written again day by day', () => {
  fc.assert(
    fc.property(sets, sets, fc.nat(now), (a, b, since) => {
      const longest = neededLongest(stateOf({ a, b }), 'RttPeriod', day(now))
      assert.equal(longest === null || since + longest.days > now, isNeeded([a, b], since))
    }),
    cases(300),
  )
  assert.equal(neededLongest(stateOf({}), 'RttPeriod', day(now)), null, 'no purpose is known')
  assert.equal(neededLongest(stateOf({ a: [{ on: 0, days: 2 }] }), 'Patient', day(now)), null)
})
