import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSpecification } from '../../tools/import-cdm/specification.ts'

/** A table as the printed specification has it: cells one under the other, long ones broken anywhere. */
function printed(...columns: readonly string[]): string {
  const head = [
    '[CDM] Bed Night',
    'Full table name:',
    ' bed-night',
    'Primary Key:',
    ' bed_night_id',
    'Description:',
    ' Words.',
  ]
  const page = ['column', 'type', 'notes', 'description']
  return ['Preface', ...head, ...page, 'bed_night_id', 'string', 'Primary Key', ': bed_night_id', ...columns, ''].join(
    '\n',
  )
}

function columnsOf(...columns: readonly string[]) {
  const [table] = readSpecification(printed(...columns))
  assert.ok(table)
  return table.columns.slice(1)
}

test('a table without columns or with a column twice is refused', () => {
  assert.throws(() => readSpecification('[CDM] Bed Night\nFull table name:\n bed-night\n'), /cannot read/)
  assert.throws(() => columnsOf('ward', 'string', 'Words.', 'ward', 'string', 'Words.'), /twice/)
})

test('names that are broken over lines are joined, and words before them are not', () => {
  const columns = columnsOf(
    'destination_of_discharge_hospital_provi',
    'der_spell',
    'string',
    'https://example.org/spell',
    'html',
    'ward',
    'string',
    'Words.',
  )
  assert.deepEqual(
    columns.map(({ column }) => column),
    ['destination_of_discharge_hospital_provider_spell', 'ward'],
  )
})

test('value sets, severity, keys and lifecycle, in each of the ways they are printed', () => {
  const [status, flag, link, old] = columnsOf(
    ...[
      'status',
      'string',
      'Nullable',
      ': False',
      'Values',
      ': [Booked, On',
      'hold, rtt-',
      'period, ',
      'null',
      ']',
      'Severity',
      ': FAIL',
    ],
    ...[
      'flag',
      'boolean',
      '**Optional - derivable. Please do not',
      'provide this unless you require',
      'Nullable**: False',
      'Words.',
    ],
    ...[
      'stay_id',
      'string',
      'Foreign Key',
      ':',
      'ward_stay.ward_stay_i',
      'd',
      '**Optional - not derivable. Supply if',
      'available.',
    ],
    ...[
      'old',
      'int',
      'Optional - not derivable. Supply if',
      'Values',
      ': [1, 2, ',
      'null',
      ']',
      'Severity**: WARN',
      'DEPRECATED - use flag',
    ],
  )
  assert.deepEqual(status, {
    column: 'status',
    type: 'text',
    nullable: false,
    severity: 'FAIL',
    values: ['Booked', 'On hold', 'rtt-period'],
    foreignKey: null,
    lifecycle: null,
  })
  assert.deepEqual([flag?.nullable, flag?.lifecycle], [false, 'optional-derivable'])
  assert.deepEqual([link?.foreignKey, link?.lifecycle], ['ward_stay.ward_stay_i', 'optional-not-derivable'])
  assert.deepEqual(
    [old?.values, old?.severity, old?.lifecycle, old?.type],
    [['1', '2'], 'WARN', 'deprecated', 'integer'],
  )
})

test('a column called date is one word, and the same word in a sentence is none', () => {
  const columns = columnsOf(
    'date',
    'Date of the night',
    'week_delta',
    'int',
    'Weeks from ',
    'date',
    'to now',
    'ward',
    'string',
  )
  assert.deepEqual(
    columns.map(({ column, type }) => `${column} ${type}`),
    ['date date', 'week_delta integer', 'ward text'],
  )
})

test('the header of a new page is not a column', () => {
  const columns = columnsOf(
    'ward',
    'string',
    'Words',
    'column',
    'type',
    'notes',
    'description',
    'description',
    'string',
    'Words.',
  )
  assert.deepEqual(
    columns.map(({ column }) => column),
    ['ward', 'description'],
  )
})
