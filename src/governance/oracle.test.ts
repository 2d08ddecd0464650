import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Instant } from '#kernel'
import { day, policies, tenant } from '../../test/governed-tenant.ts'
import { naiveGrants } from '../../test/naive-access.ts'
import { columns, moment, objects, people, purposes, randomLedger } from '../../test/random-governance.ts'
import {
  type AccessRow,
  accessView,
  decide,
  emptyState,
  type FoldableEntry,
  fold,
  foldUntil,
  type GovernanceState,
  levels,
  type ReadRequest,
  whoCanSee,
} from './index.ts'

const runs = { numRuns: 30 }
const stateOf = (entries: readonly FoldableEntry[]): GovernanceState => entries.reduce(fold, emptyState(tenant))
const pool = <T>(values: readonly T[]) => fc.constantFrom(...values)

const anyRequest = fc.record({
  subject: pool(people),
  purpose: pool(purposes),
  object: pool(objects),
  columns: fc.oneof(fc.subarray(columns), fc.constant('all-permitted' as const)),
  at: moment,
  action: pool(['read', 'read', 'submit'] as const),
})

/** Questions about a grant that exists, half of them changed in one place, so that many come close. */
function requestsNear(entries: readonly FoldableEntry[], at: Instant): ReadRequest[] {
  const grants = entries.filter((entry) => entry.type === 'governance.grant-approved').map((entry) => entry.governance)
  return grants.map((grant, i) => {
    const near = { ...grant, columns: (grant.columns as string[]).slice(0, 1 + (i % 2)), at } as unknown as ReadRequest
    const { subject, purpose, object, action } = near
    return { subject, purpose, object, action, at, columns: i % 3 === 0 ? 'all-permitted' : near.columns }
  })
}

test('decide agrees with rules written a second time, on random ledgers and questions', () => {
  let allowed = 0
  let refused = 0
  fc.assert(
    fc.property(randomLedger, fc.array(anyRequest, { maxLength: 20 }), moment, (entries, requests, at) => {
      const state = stateOf(entries)
      for (const asked of [...requests, ...requestsNear(entries, at), ...requestsNear(entries, entries.at(-1)!.time)]) {
        const decision = decide(state, asked, policies)
        const expected = naiveGrants(entries, asked)
        assert.equal(decision.allowed ? decision.grant : null, expected[0] ?? null)
        if (!decision.allowed) assert.ok(decision.reasons.length > 0)
        decision.allowed ? allowed++ : refused++
      }
    }),
    runs,
  )
  assert.ok(allowed > 30 && refused > 100, `the random questions tell nothing: ${allowed} allowed, ${refused} refused`)
})

test('whoCanSee lists exactly what brute force over people, object types, purposes, levels and columns finds', () => {
  fc.assert(
    fc.property(randomLedger, (entries) => {
      const state = stateOf(entries)
      const at = state.lastTime
      const rows = whoCanSee(state, at, policies)
      assert.deepEqual(cellsOf(rows), bruteForce(state, at))
    }),
    { numRuns: 3 },
  )
})

function cellsOf(rows: readonly AccessRow[]): string[] {
  const cells = rows.flatMap((row) =>
    row.columns.map((column) => cell(row.person, row.object, row.purpose, row.level, column, row.action)),
  )
  return [...new Set(cells)].sort()
}

function bruteForce(state: GovernanceState, at: Instant): string[] {
  const found: string[] = []
  for (const subject of people)
    for (const object of objects)
      for (const purpose of purposes)
        for (const level of levels)
          for (const action of ['read', 'submit'] as const)
            for (const column of columns) {
              const asked = { subject, object, purpose, level, action, columns: [column], at }
              if (decide(state, asked, policies).allowed)
                found.push(cell(subject, object, purpose, level, column, action))
            }
  return found.sort()
}

const cell = (...parts: readonly string[]): string => parts.join(' ')

test('a view that remembers between events and moments answers as one that starts afresh', () => {
  fc.assert(
    fc.property(randomLedger, fc.array(moment, { maxLength: 4 }), (entries, moments) => {
      const view = accessView(policies)
      let state = emptyState(tenant)
      for (const entry of entries) {
        state = fold(state, entry)
        if (entry.index % 7 === 0)
          assert.deepEqual(view.at(state, state.lastTime), whoCanSee(state, state.lastTime, policies))
      }
      for (const at of moments.filter((each) => each >= state.lastTime)) {
        assert.deepEqual(view.at(state, at), whoCanSee(state, at, policies))
      }
    }),
    { numRuns: 15 },
  )
})

test('between two moments that a decision names, nothing changes without an entry', () => {
  fc.assert(
    fc.property(randomLedger, (entries) => {
      const state = stateOf(entries)
      for (const asked of requestsNear(entries, state.lastTime)) {
        const now = decide(state, asked, policies)
        if (!now.allowed) continue
        assert.ok(now.until > asked.at)
        const later = decide(
          state,
          { ...asked, at: new Date(Date.parse(now.until) - 1).toISOString() as Instant },
          policies,
        )
        assert.ok(later.allowed)
      }
    }),
    runs,
  )
})

test('the past: a state folded up to a moment answers as the whole ledger cut there', () => {
  fc.assert(
    fc.property(randomLedger, moment, (entries, at) => {
      const state = foldUntil(emptyState(tenant), entries, at)
      const cut = entries.filter((entry) => entry.time <= at)
      assert.equal(state.upTo, cut.length - 1)
      assert.deepEqual(whoCanSee(state, at, policies), whoCanSee(stateOf(cut), at, policies))
    }),
    { numRuns: 15 },
  )
  assert.throws(() => whoCanSee({ ...emptyState(tenant), lastTime: day(3) }, day(2), policies), {
    code: 'FDP_GOVERNANCE_TIME_BEHIND',
  })
})
