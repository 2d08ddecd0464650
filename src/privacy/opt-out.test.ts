import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfidentialityBasis, type Identifiability, optOutRule, type PurposeClass } from './opt-out.ts'

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
