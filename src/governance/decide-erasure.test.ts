import assert from 'node:assert/strict'
import { test } from 'node:test'
import { day, dpiaInput, entryOf, ods, opening, subject, tenant } from '../../test/governed-tenant.ts'
import { naiveMayErase } from '../../test/naive-erasure.ts'
import { fc } from '../../test/random.ts'
import { decideErasure } from './decide-erasure.ts'
import type { FoldableEntry } from './events.ts'
import { fold } from './fold.ts'
import { openPolicyEngine } from './policy-engine.ts'
import { erasurePolicyFiles } from './policy-files.ts'
import { emptyState } from './state.ts'
import { duties } from './vocabulary.ts'

const engine = await openPolicyEngine(erasurePolicyFiles())
const guardian = dpiaInput.by
const people = ['ann', 'ben', 'cat'].map(subject)
type Entry = Pick<FoldableEntry, 'type' | 'governance'>

const registered = fc.tuple(
  fc.constantFrom(...['controller-staff' as const, 'controller-staff' as const, 'processor-staff' as const]),
  fc.constantFrom(...['RJ1', 'RJ1', 'RJ1', 'SUP1'].map(ods)),
  fc.uniqueArray(fc.constantFrom(...duties), { minLength: 1, maxLength: 5 }),
  fc.constantFrom(false, false, false, true),
)
const signer = fc.constantFrom(...people, subject('nobody'))

function ledgerOf(entries: readonly Entry[]): FoldableEntry[] {
  return entries.map((entry, index) => ({ ...entry, index, time: day(index) }))
}

const ledgers = fc
  .tuple(fc.array(registered, { minLength: 3, maxLength: 3 }), signer, signer, fc.boolean(), fc.boolean())
  .map(([all, orders, approves, isApproved, isTwice]) =>
    ledgerOf([
      entryOf('governance.tenant-opened', opening),
      entryOf('governance.organisation-registered', { by: opening.by, id: ods('SUP1'), name: 'A supplier' }),
      ...all.map(([kind, employer, held], i) =>
        entryOf('governance.person-registered', {
          ...{ by: guardian, id: people[i]!, name: 'Somebody', kind, employer, role: 'Clerk', duties: held },
          ...{ clearanceUntil: null, from: day(0) },
        }),
      ),
      ...all.flatMap(([, , , hasLeft], i) =>
        hasLeft ? [entryOf('governance.person-left', { by: guardian, person: people[i]!, at: day(6) })] : [],
      ),
      entryOf('governance.erasure-ordered', { by: orders, id: 'e1', ground: 'objection', later: 'take-in' }),
      ...(isApproved ? [entryOf('governance.erasure-approved', { by: approves, erasure: 'e1' })] : []),
      ...(isTwice ? [entryOf('governance.erasure-approved', { by: guardian, erasure: 'e1' })] : []),
    ]),
  )

test('every order is decided as a second writing of the rules decides it', () => {
  let allowed = 0
  fc.assert(
    fc.property(ledgers, fc.constantFrom([], [], ['h1']), (entries, holds) => {
      const state = entries.reduce(fold, emptyState(tenant))
      const erasure = state.erasures.get('e1')
      const may = erasure ? decideErasure(state, erasure, holds, engine).allowed : false
      assert.equal(may, naiveMayErase(entries, 'e1', holds))
      if (may) allowed += 1
    }),
    { numRuns: 300 },
  )
  assert.ok(allowed > 5, `${allowed} allowed`)
})
