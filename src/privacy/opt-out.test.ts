import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ConfidentialityBasis,
  type Identifiability,
  type OptOutUse,
  optOutRule,
  optOutRulings,
  optOutSchemes,
  type PurposeClass,
} from './opt-out.ts'

const purposes: readonly PurposeClass[] = ['individual-care', 'beyond-care']
const levels: readonly Identifiability[] = ['identifiable', 'pseudonymised', 'anonymised']
const bases = ['consent', 'law-required', 's251-reg2', 's251-reg3', 's251-reg5', 'public-interest', 'none'] as const

/** Beyond individual care: outcome by basis for identifiable and for pseudonymised rows (DOMAIN section 3). */
const beyondCare: Record<ConfidentialityBasis, readonly [identifiable: string, pseudonymised: string]> = {
  consent: ['not-apply consent', 'not-apply consent'],
  'law-required': ['not-apply required-by-law', 'not-apply required-by-law'],
  's251-reg2': ['apply s251-support', 'apply s251-support'],
  's251-reg3': ['not-apply communicable-disease', 'not-apply communicable-disease'],
  's251-reg5': ['apply s251-support', 'apply s251-support'],
  'public-interest': ['not-apply public-interest', 'not-apply public-interest'],
  none: ['refuse identifiable-without-basis', 'apply pseudonymised-without-other-basis'],
}

function expected(purpose: PurposeClass, level: Identifiability, basis: ConfidentialityBasis): string {
  if (purpose === 'individual-care') return 'not-apply individual-care'
  if (level === 'anonymised') return 'not-apply anonymised'
  return beyondCare[basis][level === 'identifiable' ? 0 : 1]
}

test('identifiable data beyond care without any basis are refused, not merely thinned out', () => {
  const ruling = optOutRule({ purposeClass: 'beyond-care', identifiability: 'identifiable', basis: 'none' })
  assert.deepEqual(ruling, { outcome: 'refuse', reason: 'identifiable-without-basis' })
})

test('the whole decision table, all 42 cells', () => {
  let cells = 0
  for (const purposeClass of purposes)
    for (const identifiability of levels)
      for (const basis of bases) {
        const { outcome, reason } = optOutRule({ purposeClass, identifiability, basis })
        assert.equal(`${outcome} ${reason}`, expected(purposeClass, identifiability, basis))
        cells++
      }
  assert.equal(cells, 42)
})

const use = (change: Partial<OptOutUse>): OptOutUse => ({
  ...{ purposeClass: 'beyond-care', identifiability: 'pseudonymised', basis: 's251-reg5' },
  ...{ gpRecordData: false, article6: '6(1)(e)', stricter: false },
  ...change,
})
const said = (change: Partial<OptOutUse>) => {
  const rulings = optOutRulings(use(change))
  return optOutSchemes.map((scheme) => `${rulings[scheme].outcome} ${rulings[scheme].reason}`)
}

test('where a use has no footing every list refuses, however strict or lenient the controller', () => {
  for (const stricter of [true, false])
    for (const gpRecordData of [true, false]) {
      const all = said({ identifiability: 'identifiable', basis: 'none', stricter, gpRecordData })
      assert.deepEqual(all, Array(3).fill('refuse identifiable-without-basis'))
    }
})

test('own care is touched by no list, whatever else holds', () => {
  for (const identifiability of levels)
    for (const basis of bases)
      for (const stricter of [true, false])
        for (const gpRecordData of [true, false]) {
          const all = said({ purposeClass: 'individual-care', identifiability, basis, stricter, gpRecordData })
          assert.deepEqual(all, Array(3).fill('not-apply individual-care'))
        }
})

test('Type 1 is about GP record data alone, and holds for what the law requires, where the national opt-out does not', () => {
  assert.equal(said({})[1], 'not-apply not-gp-record-data')
  assert.deepEqual(said({ basis: 'law-required', gpRecordData: true }).slice(0, 2), [
    'not-apply required-by-law',
    'apply gp-record-data',
  ])
  assert.equal(said({ gpRecordData: true })[1], 'apply gp-record-data')
  assert.equal(said({ basis: 'none', gpRecordData: true })[1], 'apply gp-record-data')
  for (const basis of ['consent', 's251-reg3', 'public-interest'] as const) {
    const [national, type1] = said({ basis, gpRecordData: true })
    assert.equal(type1, national)
  }
  assert.equal(said({ identifiability: 'anonymised', gpRecordData: true })[1], 'not-apply anonymised')
})

test('an objection is to what rests on Article 6(1)(e) or (f), and not to what one consented to', () => {
  for (const article6 of ['6(1)(e)', '6(1)(f)'])
    for (const basis of bases.filter((each) => each !== 'consent'))
      assert.equal(said({ basis, article6 })[2], 'apply objection')
  for (const article6 of ['6(1)(a)', '6(1)(c)', '6(1)(d)', ''])
    assert.equal(said({ article6 })[2], 'not-apply no-right-to-object')
  assert.equal(said({ basis: 'consent' })[2], 'not-apply consent')
})

test('a stricter controller takes more people out, never fewer, and cannot undo consent or a duty in law', () => {
  for (const identifiability of levels)
    for (const basis of bases) {
      const [plain, strict] = [false, true].map((stricter) => said({ identifiability, basis, stricter })[0]!)
      if (plain!.startsWith('apply') || plain!.startsWith('refuse')) assert.equal(strict, plain)
      const yields = /anonymised|communicable-disease|public-interest/.test(plain!)
      assert.equal(strict, yields ? 'apply controller-stricter' : plain)
    }
})
