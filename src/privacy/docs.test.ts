import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { disclosurePolicies } from './disclosure-policies.ts'
import { type ConfidentialityBasis, type Identifiability, optOutRule } from './opt-out.ts'

const page = (name: string) => readFileSync(new URL(`../../docs/concepts/${name}.md`, import.meta.url), 'utf8')
const text = page('disclosure')
const optOuts = page('opt-outs')

test('the page names every disclosure policy', () => {
  for (const { id } of disclosurePolicies()) assert.ok(text.includes(`\`${id}\``), id)
})

test('the opt-out table of the page is the function', () => {
  const bases = ['consent', 'law-required', 's251-reg2', 's251-reg3', 's251-reg5', 'public-interest', 'none'] as const
  const levels: readonly Identifiability[] = ['identifiable', 'pseudonymised', 'anonymised']
  const rulings = (basis: ConfidentialityBasis) =>
    levels.map((identifiability) => {
      const { outcome, reason } = optOutRule({ purposeClass: 'beyond-care', identifiability, basis })
      return `${outcome}: ${reason}`
    })
  for (const basis of bases) assert.ok(optOuts.includes(`| ${[basis, ...rulings(basis)].join(' | ')} |`), basis)
})
