import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiErrorStatus, ontologyApiErrors } from './api-errors.ts'
import { ontologyErrors } from './errors.ts'
import { printableName } from './printable-name.ts'

test('every error has its name in the API, and one status on both sides', () => {
  for (const [code, { status }] of Object.entries(ontologyErrors.specs)) {
    const said = ontologyApiErrors[code as keyof typeof ontologyErrors.specs]
    assert.ok(said, code)
    assert.equal(status, apiErrorStatus[said.errorCode], code)
    assert.match(said.errorName, /^[A-Z][A-Za-z]+$/, code)
    assert.equal(typeof (said.parameters?.({}) ?? {}), 'object')
  }
})

test('what is said back of what was sent looks like a name', () => {
  assert.equal(printableName('PatientPathway'), 'PatientPathway')
  for (const sent of ['9434765919', 'a b', '', 'ri.x', "x'", `a${'b'.repeat(100)}`]) {
    assert.equal(printableName(sent), '(not a name)')
  }
})
