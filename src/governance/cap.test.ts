import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '#kernel'
import {
  appendEvent,
  clerkInput,
  day,
  dpiaInput,
  governedTenant,
  grantInput,
  ods,
  owner,
  policies,
  subject,
  tenant,
  withDocument,
} from '../../test/governed-tenant.ts'
import { naiveCap } from '../../test/naive-access.ts'
import { naiveReplay } from '../../test/naive-register.ts'
import { cases, fc } from '../../test/random.ts'
import { capLedger } from '../../test/random-elevated.ts'
import { processors, purposes } from '../../test/random-start.ts'
import { decide, emptyState, type FoldableEntry, fold, type GovernanceState, whoCanSee } from './index.ts'

/** Every moment that the ledger names in any field, and the millisecond before and after. */
function momentsOf(entries: readonly FoldableEntry[]): readonly Instant[] {
  const found = new Set<number>()
  for (const match of JSON.stringify(entries).matchAll(/"(\d{4}-\d\d-\d\dT[0-9:.]+Z)"/g))
    found.add(Date.parse(match[1]!))
  const around = [...found].flatMap((ms) => [ms - 1, ms, ms + 1])
  return [...new Set(around)].sort((a, b) => a - b).map((ms) => new Date(ms).toISOString() as Instant)
}

/** Engineers whom the policies let read identifiable rows at a moment; a look at one row with a witness has no cap. */
function acting(state: GovernanceState, at: Instant): readonly string[] {
  const grants = [...state.grants.values()].filter(({ level }) => level === 'identifiable')
  return processors.filter((subject) =>
    grants.some(({ holder, purpose, object }) => {
      if (!('person' in holder) || holder.person !== subject) return false
      const asked = { subject, purpose, at, object, columns: 'all-permitted', action: 'read' } as const
      const decision = decide(state, { ...asked, level: 'identifiable' }, policies)
      return decision.allowed && decision.grantBasis === 'approval'
    }),
  )
}

test('no sequence of events lets more people of processors see identifiable rows than the cap in force', () => {
  let full = 0
  let suspended = 0
  fc.assert(
    fc.property(capLedger, (entries) => {
      const moments = momentsOf(entries)
      let state = emptyState(tenant)
      for (const [i, entry] of entries.entries()) {
        state = fold(state, entry)
        const next = entries[i + 1]?.time ?? ('~' as Instant)
        for (const at of moments.filter((each) => each >= entry.time && each < next)) {
          const cap = naiveCap(naiveReplay(entries.slice(0, i + 1))!, at)
          const people = acting(state, at)
          assert.ok(people.length <= cap, `${people.join(', ')} act at ${at}, and the cap is ${cap}`)
          if (people.length === cap && cap > 0) full++
          if (isOverBooked(state, at)) suspended++
        }
      }
    }),
    cases(5),
  )
  assert.ok(full > 3 && suspended > 3, `the cap was never tried: ${full} times full, ${suspended} suspended`)
})

/** Whether somebody is refused for no other reason than the cap. */
function isOverBooked(state: GovernanceState, at: Instant): boolean {
  return processors.some((subject) => {
    const asked = { subject, purpose: purposes[0]!, at, object: 'RttPeriod', columns: [], action: 'read' } as const
    const decision = decide(state, asked, policies)
    return !decision.allowed && decision.reasons.some(({ code }) => code === 'elevated-cap')
  })
}

test('who acts under the cap does not depend on when one asks, only on the entries up to then', () => {
  fc.assert(
    fc.property(capLedger, (entries) => {
      const state = entries.reduce(fold, emptyState(tenant))
      const at = state.lastTime
      const listed = whoCanSee(state, at, policies, { level: 'identifiable', action: 'read' })
      const named = listed.filter(({ kind, basis }) => kind === 'processor-staff' && basis === 'approval')
      assert.deepEqual([...new Set(named.map(({ person }) => person))].sort(), [...acting(state, at)].sort())
    }),
    cases(10),
  )
})

const engineerPlan = fc.record({
  from: fc.integer({ min: 1, max: 6 }),
  days: fc.integer({ min: 1, max: 6 }),
  clearedUntil: fc.integer({ min: 2, max: 12 }),
})

/** A trust with nothing amiss but the cap: engineers with grants that begin, end and are cleared at different times. */
function crowded(plans: readonly { from: number; days: number; clearedUntil: number }[], peopleMax: number) {
  const bounds = { ...dpiaInput.bounds, elevated: { peopleMax, daysMax: 7, reviewDays: 7 } }
  let state = appendEvent(
    governedTenant(),
    'governance.dpia-approved',
    withDocument({ ...dpiaInput, dpiaVersion: 2, bounds }),
  )
  for (const [i, { from, days, clearedUntil }] of plans.entries()) {
    const id = subject(`engineer-${i}`)
    const person = { ...clerkInput, by: owner, id, kind: 'processor-staff' as const, employer: ods('SUP1') }
    state = appendEvent(state, 'governance.person-registered', { ...person, clearanceUntil: day(clearedUntil) })
    state = appendEvent(state, 'governance.grant-approved', {
      ...{ ...grantInput, id: `g-${i}`, subject: id, level: 'identifiable', from: day(from), until: day(from + days) },
      contract: { id: 'c1', instruction: 'i1' },
    })
  }
  return state
}

test('at every moment those act who were approved first, as many as the cap lets, and nobody else is kept out', () => {
  let suspended = 0
  fc.assert(
    fc.property(
      fc.array(engineerPlan, { minLength: 3, maxLength: 6 }),
      fc.integer({ min: 0, max: 3 }),
      (plans, cap) => {
        const [state, free] = [crowded(plans, cap), crowded(plans, 1_000)]
        for (const n of [1, 2, 3, 4, 5, 6, 8]) {
          const names = (of: GovernanceState) =>
            plans.flatMap((_, i) => {
              const asked = { subject: subject(`engineer-${i}`), purpose: grantInput.purpose, object: 'RttPeriod' }
              const request = { ...asked, at: day(n), columns: ['providerCode'], action: 'read' } as const
              return decide(of, request, policies).allowed ? [i] : []
            })
          const all = names(free)
          assert.deepEqual(names(state), all.slice(0, cap))
          if (all.length > cap) suspended++
        }
      },
    ),
    cases(8),
  )
  assert.ok(suspended > 0, `nobody was ever suspended: ${suspended}`)
})
