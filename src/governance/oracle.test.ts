import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '#kernel'
import { day, entryOf, opening, policies, tenant } from '../../test/governed-tenant.ts'
import { naiveGrants } from '../../test/naive-access.ts'
import { naiveReplay } from '../../test/naive-register.ts'
import { cases, fc } from '../../test/random.ts'
import { capLedger } from '../../test/random-elevated.ts'
import { moment, pool, randomLedger } from '../../test/random-governance.ts'
import { columns, objects, people, purposes } from '../../test/random-start.ts'
import {
  type AccessRow,
  accessView,
  decide,
  emptyState,
  eventTypes,
  type FoldableEntry,
  fold,
  foldUntil,
  type GovernanceState,
  grantActions,
  levels,
  type ReadRequest,
  whoCanSee,
} from './index.ts'
import { leastFirst } from './least-first.ts'

const runs = cases(15, 60)
const stateOf = (entries: readonly FoldableEntry[]): GovernanceState => entries.reduce(fold, emptyState(tenant))

const anyRequest = fc.record({
  subject: pool(people),
  purpose: pool(purposes),
  object: pool(objects),
  columns: fc.oneof(fc.subarray(columns), fc.constant('all-permitted' as const)),
  at: moment,
  action: pool(['read', 'read', 'submit', 'edit'] as const),
})

/** Questions that the grants and openings of a ledger were made for, so that many come close. */
function requestsNear(entries: readonly FoldableEntry[], at: Instant): ReadRequest[] {
  const asked = entries.flatMap(({ type, governance }) => {
    const from = governance as unknown as Named
    if (type === 'governance.break-glass-opened')
      return from.objects.map(({ object }) => ({ ...from, subject: from.by, object, columns: ['providerCode'] }))
    return type === 'governance.grant-approved' || type === 'governance.row-opened' ? [from] : []
  })
  return asked.map(({ subject = people[2]!, purpose, object, action = 'read', columns }, i) => ({
    ...{ subject, purpose, object, action, at },
    columns: i % 3 === 0 ? 'all-permitted' : columns.slice(0, 1 + (i % 2)),
  }))
}

interface Named extends Pick<ReadRequest, 'purpose' | 'object'> {
  readonly by: ReadRequest['subject']
  readonly subject?: ReadRequest['subject']
  readonly action?: ReadRequest['action']
  readonly columns: readonly string[]
  readonly objects: readonly { readonly object: string }[]
}

test('decide agrees with rules written a second time, on random ledgers and questions', () => {
  let allowed = 0
  let refused = 0
  fc.assert(
    fc.property(randomLedger, fc.array(anyRequest, { maxLength: 8 }), moment, (entries, requests, at) => {
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
  assert.ok(allowed > 30 && refused > 30, `the random questions tell nothing: ${allowed} allowed, ${refused} refused`)
})

test('random ledgers hold every kind of event, and give every policy something to refuse', () => {
  const refusing = new Set<string>()
  const told = new Set<string>()
  for (const entries of fc.sample(randomLedger, { seed: 1, numRuns: 160 })) {
    const state = stateOf(entries)
    for (const { type } of entries) told.add(type)
    for (const [i, near] of requestsNear(entries, state.lastTime).entries()) {
      const asked = [near, { ...near, purpose: purposes[4]! }, { ...near, level: levels[1] }, { ...near, at: day(0) }]
      const decision = decide(state, asked[i % 4]!, policies)
      if (!decision.allowed) for (const { code } of decision.reasons) refusing.add(code)
    }
  }
  assert.deepEqual(
    eventTypes.filter((type) => !told.has(type)),
    [],
  )
  const forbids = policies.policies.filter(({ effect }) => effect === 'forbid').map(({ id }) => id)
  assert.deepEqual(
    forbids.filter((id) => !refusing.has(id)),
    [],
  )
})

test('whoCanSee lists exactly what brute force over people, object types, purposes, levels and columns finds', () => {
  fc.assert(
    fc.property(randomLedger, (entries) => {
      const state = stateOf(entries)
      const at = state.lastTime
      const rows = whoCanSee(state, at, policies)
      assert.deepEqual(cellsOf(rows), bruteForce(state, at))
    }),
    { numRuns: 1 },
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
          for (const action of grantActions)
            for (const column of columns) {
              const asked = { subject, object, purpose, level, action, columns: [column], at }
              if (decide(state, asked, policies).allowed)
                found.push(cell(subject, object, purpose, level, column, action))
            }
  return found.sort()
}

const cell = (...parts: readonly string[]): string => parts.join(' ')

test('a view that remembers answers after every event, and between events, as one that starts afresh', () => {
  fc.assert(
    fc.property(fc.oneof(randomLedger, capLedger), fc.array(moment, { maxLength: 4 }), (entries, moments) => {
      const view = accessView(policies)
      let state = emptyState(tenant)
      for (const entry of entries) {
        state = fold(state, entry)
        // At the start nobody holds anything.
        if (entry.index > 28) assert.deepEqual(view.at(state, entry.time), whoCanSee(state, entry.time, policies))
      }
      for (const at of moments.filter((each) => each >= state.lastTime).sort()) {
        assert.deepEqual(view.at(state, at), whoCanSee(state, at, policies))
      }
    }),
    cases(6, 12),
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

test('enforcement equals whoCanSee equals replay, at every moment of the ledger', () => {
  fc.assert(
    fc.property(randomLedger, (entries) => {
      let running = emptyState(tenant)
      for (const [i, entry] of entries.entries()) {
        running = fold(running, entry)
        if (i < entries.length - 1 && entries[i + 1]!.time === entry.time) continue
        const replayed = stateOf(entries.slice(0, i + 1))
        const listed = whoCanSee(replayed, entry.time, policies)
        for (const asked of requestsNear(entries, entry.time)) {
          const question = { ...asked, columns: 'all-permitted' } as const
          const decision = decide(running, question, policies)
          assert.deepEqual(decision, decide(replayed, question, policies))
          assert.equal(decision.allowed ? decision.grant : null, firstOf(listed, question, replayed))
        }
      }
    }),
    cases(3, 5),
  )
})

/** The grant that the list would have a question answered by: its rows hold everything that decides which. */
function firstOf(rows: readonly AccessRow[], asked: ReadRequest, state: GovernanceState): string | null {
  const grants = rows
    .filter(
      ({ person, object, purpose, action }) =>
        person === asked.subject && object === asked.object && purpose === asked.purpose && action === asked.action,
    )
    .map((row) => state.grants.get(row.grant)!)
  return grants.sort(leastFirst)[0]?.id ?? null
}

test('the past: a state folded up to a moment answers as the whole ledger cut there', () => {
  fc.assert(
    fc.property(randomLedger, moment, (entries, at) => {
      const state = foldUntil(emptyState(tenant), entries, at)
      const cut = entries.filter((entry) => entry.time <= at)
      assert.equal(state.upTo, cut.length - 1)
      assert.deepEqual(whoCanSee(state, at, policies), whoCanSee(stateOf(cut), at, policies))
    }),
    cases(8, 30),
  )
  assert.throws(() => whoCanSee({ ...emptyState(tenant), lastTime: day(3) }, day(2), policies), {
    code: 'FDP_GOVERNANCE_TIME_BEHIND',
  })
})

test('a founding opens a tenant, or does not, and leaves its founder a registrar, or not, as the second writing has it', () => {
  const founding = { name: 'F Founder', account: 'founder on a machine' }
  const foundings = [opening, { ...opening, founding }, { ...opening, founding, by: opening.officers[0]!.id }]
  for (const input of foundings) {
    const entries = [input, opening, { ...opening, founding }].map((each, index) => ({
      ...entryOf('governance.tenant-opened', each),
      ...{ index, time: day(index) },
    }))
    const [state, world] = [stateOf(entries), naiveReplay(entries)]
    assert.equal(state.bootstrap, world?.bootstrap)
    assert.equal(state.controller, world?.controller)
    assert.deepEqual(
      [...state.persons.values()].map(({ id, post }) => ({ id, post })).toSorted(byId),
      world?.persons.map(({ id, post }) => ({ id, post })).toSorted(byId),
    )
  }
})

const byId = (a: { readonly id: string }, b: { readonly id: string }) => a.id.localeCompare(b.id)
