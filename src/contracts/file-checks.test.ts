import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectType, objectTypes } from './catalogue.ts'
import { matchHeader, rowCountIssues } from './file-checks.ts'

const period = objectType('RttPeriod')
const fullHeader = period.properties.map((property) => property.column)

const rules = (header: readonly string[], type = period) =>
  matchHeader(type, header).issues.map((issue) => `${issue.severity} ${issue.rule} ${issue.column}`)

test('an empty file is refused, and one with too many rows', () => {
  assert.deepEqual(
    rowCountIssues(0, 10).map((issue) => issue.rule),
    ['file.empty'],
  )
  assert.deepEqual(
    rowCountIssues(11, 10).map((issue) => issue.rule),
    ['file.too-many-rows'],
  )
  assert.deepEqual(rowCountIssues(10, 10), [])
})

test('a file without a header is refused and its first line not said back', () => {
  const { columns, issues } = matchHeader(period, ['JONES', 'MARY', '9434765919'])
  assert.deepEqual(columns, [])
  assert.deepEqual(issues, [
    { rule: 'file.no-header', severity: 'FAIL', position: null, column: null, suggestion: null },
  ])
})

test('without key, person or a required column a file is refused', () => {
  for (const column of ['rtt_period_id', 'patient_id', 'status_code']) {
    const header = fullHeader.filter((name) => name !== column)
    assert.deepEqual(rules(header), [`FAIL file.missing-column ${column}`])
  }
  assert.deepEqual(rules(fullHeader.filter((name) => name !== 'pathway_id')), [])
})

test('a column twice is refused, also in both spellings', () => {
  assert.deepEqual(rules([...fullHeader, 'patientId']), ['FAIL file.duplicate-column patient_id'])
})

test('an unknown column is listed with the nearest missing one, and numbers are not said back', () => {
  const header = fullHeader.map((name) => (name === 'clock_start_date' ? 'clock_strat_date' : name))
  const [unknown] = matchHeader(period, [...header, '9434765919']).issues
  assert.deepEqual(unknown, {
    rule: 'file.unknown-column',
    severity: 'WARN',
    position: fullHeader.indexOf('clock_start_date') + 1,
    column: 'clock_strat_date',
    suggestion: 'clock_start_date',
  })
  assert.ok(!JSON.stringify(matchHeader(period, [...header, '9434765919']).issues).includes('9434765919'))
})

test('takes names of the specification and of the API', () => {
  assert.deepEqual(rules(fullHeader), [])
  assert.deepEqual(rules(period.properties.map((property) => property.name)), [])
  assert.deepEqual(rules(fullHeader.map((name) => name.toUpperCase().replaceAll('_', ' '))), [])
})

test('the two spellings of a removal reason are two properties', () => {
  const { columns } = matchHeader(objectType('EalEntry'), [
    'eal_id',
    'patient_id',
    'removal_reason',
    'removal_reason_code',
  ])
  const pairs = Object.fromEntries(columns.map(({ property, header }) => [header, property.name]))
  assert.equal(pairs.removal_reason, 'removalReasonLocal')
  assert.equal(pairs.removal_reason_code, 'removalReason')
})

test('every type takes its own header in both spellings', () => {
  for (const type of objectTypes()) {
    for (const part of ['column', 'name'] as const) {
      const { columns, issues } = matchHeader(
        type,
        type.properties.map((property) => property[part]),
      )
      assert.deepEqual(issues, [], `${type.name} by ${part}`)
      for (const { property, header } of columns) assert.equal(header, property[part])
    }
  }
})
