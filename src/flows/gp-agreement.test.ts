import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyState, type GovernanceState } from '#governance'
import type { Instant, OdsCode, TenantId } from '#kernel'
import { gpFacts } from './gp-agreement.ts'

const [board, practice, other] = ['QZ1', 'A81001', 'A81002'] as OdsCode[]
const at = (day: string) => `2026-${day}T00:00:00.000Z` as Instant
const signedBy = (...parties: (OdsCode | undefined)[]) =>
  parties.map((party) => ({ party: party!, by: 'somebody@example', at: at('02-01') }))
const agreement = {
  ...{
    id: 'gp',
    version: 1,
    title: 'GP data',
    parties: [board!, practice!],
    objects: ['Encounter'],
    level: 'identifiable',
  },
  ...{ rows: { controllers: 'all', where: [] }, reach: 'local', gpData: true, from: at('01-01'), until: at('12-01') },
  ...{ endedAt: null, signatures: signedBy(board, practice) },
}

function isAgreed(change: object, asked: object = {}): boolean {
  const empty = emptyState('alderbrook' as TenantId)
  const agreements = empty.agreements.set('gp', [{ ...agreement, ...change }] as never)
  const state: GovernanceState = { ...empty, controller: board!, agreements }
  return gpFacts(() => state).gpAgreement({ practice: practice!, object: 'Encounter', at: at('03-01'), ...asked })
}

test('there is no agreement for GP data that is not signed by both, of this practice, about this, now and about GP data', () => {
  assert.equal(
    gpFacts(() => emptyState('x' as TenantId)).gpAgreement({
      practice: practice!,
      object: 'Encounter',
      at: at('03-01'),
    }),
    false,
  )
  assert.equal(isAgreed({ gpData: false }), false)
  assert.equal(isAgreed({ signatures: signedBy(board) }), false)
  assert.equal(isAgreed({ signatures: signedBy(board, other) }), false)
  assert.equal(isAgreed({ parties: [board, other] }), false)
  assert.equal(isAgreed({ endedAt: at('02-15') }), false)
  assert.equal(isAgreed({}, { object: 'Procedure' }), false)
  assert.equal(isAgreed({}, { practice: other }), false)
  for (const moment of ['01-15', '12-01']) assert.equal(isAgreed({}, { at: at(moment) }), false, moment)
  assert.equal(isAgreed({}, { practice: board }), false)
})

test('one that both signed, in force, about these data is one', () => {
  assert.equal(isAgreed({}), true)
  assert.equal(isAgreed({}, { at: at('11-30') }), true)
})
