import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../test/random.ts'
import { disclose, formatDisclosed, type TableToDisclose } from './disclosure.ts'
import { disclosurePolicies, disclosurePolicy, policyForFreeQuestions } from './disclosure-policies.ts'
import type { MeasureKinds } from './measures.ts'

const rounded = disclosurePolicy('subnational-0-7-5@1')
const official = disclosurePolicy('official-true-counts@1')
const people: MeasureKinds = { people: { kind: 'person-count' } }

const misfit = { code: 'FDP_PRIVACY_MEASURE_MISFIT' }
const badTable = { code: 'FDP_PRIVACY_BAD_TABLE' }

type Numbers = Record<string, number | null>

function tableOf(measures: MeasureKinds, ...rows: Numbers[]): TableToDisclose {
  const cells = rows.map((row, i) => ({ key: { provider: `P${String(i).padStart(3, '0')}` }, measures: row }))
  return { cells, measures, geography: 'subnational' }
}

/** The texts that come out, row by row. */
function texts(measures: MeasureKinds, ...rows: Numbers[]): string[][] {
  const { cells } = disclose(rounded, tableOf(measures, ...rows))
  return cells.map((cell) => Object.values(cell.measures).map(formatDisclosed))
}

test('an unknown policy is refused with the nearest name; what looks like a number is not repeated', () => {
  const near = { code: 'FDP_PRIVACY_UNKNOWN_POLICY', help: /did you mean `subnational-0-7-5@1`\?/ }
  assert.throws(() => disclosurePolicy('subnational-0-7-5'), near)
  assert.throws(
    () => disclosurePolicy('9434765919'),
    (error: Error) => !JSON.stringify(error).includes('9434765919'),
  )
  assert.throws(() => disclosurePolicy('__proto__'), { code: 'FDP_PRIVACY_UNKNOWN_POLICY' })
})

test('a number without a declared kind is refused, whatever it is called', () => {
  for (const name of ['extra', 'toString', '__proto__', 'constructor']) {
    const row = Object.fromEntries([
      ['people', 12],
      [name, 3],
    ])
    assert.throws(() => disclose(rounded, tableOf(people, row)), { code: 'FDP_PRIVACY_UNDECLARED_MEASURE' }, name)
    assert.throws(() => disclose(official, tableOf(people, row)), { code: 'FDP_PRIVACY_UNDECLARED_MEASURE' }, name)
  }
})

test('a number is not taken for a key', () => {
  const smuggled = { cells: [{ key: { n: 3 as unknown as string }, measures: { people: 3 } }] }
  assert.throws(() => disclose(rounded, { ...smuggled, measures: people, geography: 'subnational' }), badTable)
})

test('declarations that point nowhere or at the wrong kind are refused', () => {
  const bad: MeasureKinds[] = [
    { ...people, share: { kind: 'ratio', numerator: 'gone', denominator: 'people' } },
    { ...people, share: { kind: 'ratio', numerator: 'people', denominator: 'toString' } },
    {
      ...people,
      m: { kind: 'mean', population: 'people' },
      share: { kind: 'ratio', numerator: 'm', denominator: 'people' },
    },
    { beds: { kind: 'count' }, m: { kind: 'percentile', population: 'beds' } },
    { ...people, other: { kind: 'made-up' } as never },
  ]
  for (const measures of bad) {
    const row = Object.fromEntries(Object.keys(measures).map((name) => [name, 20]))
    assert.throws(() => disclose(rounded, tableOf(measures, row)), misfit)
  }
})

test('what is no number of people is refused', () => {
  for (const value of [-1, 0.3, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => disclose(rounded, tableOf(people, { people: value })), misfit)
  }
})

test('a table with two cells of one key, uneven keys or a missing measure is refused', () => {
  const cell = (key: Record<string, string>) => ({ key, measures: { people: 20 } })
  const table = (...cells: TableToDisclose['cells']) => ({ cells, measures: people, geography: 'subnational' as const })
  assert.throws(() => disclose(rounded, table(cell({ a: 'x' }), cell({ a: 'x' }))), badTable)
  assert.throws(() => disclose(rounded, table(cell({ a: 'x' }), cell({ b: 'x' }))), badTable)
  assert.throws(() => disclose(rounded, table(cell({ people: 'x' }))), badTable)
  assert.throws(() => disclose(rounded, table({ key: { a: 'x' }, measures: {} })), badTable)
})

test('the rule at its edges: 0 stays, 1 to 7 are suppressed, others go to the nearest 5', () => {
  const expected = { 0: '0', 1: '*', 7: '*', 8: '10', 12: '10', 13: '15', 17: '15', 18: '20', 1002: '1000' }
  for (const [people, text] of Object.entries(expected)) {
    assert.deepEqual(texts({ people: { kind: 'person-count' } }, { people: Number(people) }), [[text]], people)
  }
})

test('halves of shared pathways: below 8 suppressed, an exact half goes up', () => {
  for (const [half, text] of [
    [0.5, '*'],
    [7.5, '*'],
    [12.5, '15'],
    [52.5, '55'],
  ] as const) {
    assert.deepEqual(texts(people, { people: half }), [[text]])
  }
})

test('totals are computed, then rounded: they need not add up', () => {
  const parts = texts(people, { people: 12 }, { people: 12 }, { people: 24 }).flat().map(Number)
  assert.deepEqual(parts, [10, 10, 25])
})

test('percentages come from rounded counts, with a decimal place only from a rounded denominator of 4,000', () => {
  const share: MeasureKinds = {
    within: { kind: 'person-count' },
    all: { kind: 'person-count' },
    share: { kind: 'ratio', numerator: 'within', denominator: 'all' },
  }
  const shareOf = (within: number, all: number) => texts(share, { within, all })[0]?.[2]
  assert.equal(shareOf(1_333, 3_997), '33')
  assert.equal(shareOf(1_333, 3_998), '33.4')
  assert.equal(shareOf(12, 18), '50')
  assert.equal(shareOf(7, 100), '*')
  assert.equal(shareOf(0, 7), '*')
  assert.equal(shareOf(0, 0), '-')
  assert.equal(shareOf(0, 100), '0')
})

test('a percentage passed in is not used', () => {
  const share: MeasureKinds = { ...people, share: { kind: 'ratio', numerator: 'people', denominator: 'people' } }
  assert.deepEqual(texts(share, { people: 20, share: 12.345 }), [['20', '100']])
})

test('means, percentiles and sums over 1 to 7 people are suppressed, over nobody they do not exist', () => {
  const measures: MeasureKinds = {
    ...people,
    median: { kind: 'percentile', population: 'people' },
    mean: { kind: 'mean', population: 'people' },
  }
  assert.deepEqual(texts(measures, { people: 7, median: 13.4, mean: 12.857142 }), [['*', '*', '*']])
  assert.deepEqual(texts(measures, { people: 0, median: 13.4, mean: 1 }), [['0', '-', '-']])
  assert.deepEqual(texts(measures, { people: 8, median: 13.44, mean: 12.857142 }), [['10', '13.4', '12.9']])
  assert.deepEqual(texts(measures, { people: null, median: 13.44, mean: 1 }), [['-', '*', '*']])
  assert.deepEqual(texts(measures, { people: 5, median: null, mean: null }), [['*', '*', '*']])
  assert.deepEqual(texts(measures, { people: 50, median: null, mean: null }), [['50', '-', '-']])
  const sums: MeasureKinds = { ...people, days: { kind: 'sum', population: 'people' } }
  assert.deepEqual(texts(sums, { people: 3, days: 400 }, { people: 50, days: 402 }), [
    ['*', '*'],
    ['50', '400'],
  ])
  assert.deepEqual(texts(sums, { people: 50, days: 4 }), [['50', '*']])
})

test('things that are nobody’s are exempt; so are national figures', () => {
  assert.deepEqual(texts({ beds: { kind: 'count' } }, { beds: 3 }), [['3']])
  const national = disclose(rounded, { ...tableOf(people, { people: 3 }), geography: 'national' })
  assert.equal(formatDisclosed(national.cells[0]!.measures.people!), '3')
})

test('a geography that is not plainly national counts as sub-national', () => {
  const table = { ...tableOf(people, { people: 3 }), geography: 'National' as 'national' }
  assert.equal(formatDisclosed(disclose(rounded, table).cells[0]!.measures.people!), '*')
})

test('official statistics keep true counts, and every output says in words what was done to it', () => {
  const out = disclose(official, tableOf(people, { people: 1 }))
  assert.equal(formatDisclosed(out.cells[0]!.measures.people!), '1')
  for (const policy of disclosurePolicies())
    for (const geography of ['national', 'subnational'] as const) {
      const made = disclose(policy, { ...tableOf(people, { people: 9 }), geography })
      assert.equal(made.policy, policy.id)
      assert.ok(made.statement.length > 20)
    }
  assert.match(disclose(rounded, tableOf(people, { people: 9 })).statement, /may not add up/)
})

test('only 0 and multiples of 5 from 10 on come out of a count, each within 2.5 of the truth', () => {
  const halves = fc.integer({ min: 0, max: 200_000 }).map((n) => n / 2)
  fc.assert(
    fc.property(halves, (people) => {
      const [cell] = disclose(rounded, tableOf({ people: { kind: 'person-count' } }, { people })).cells
      const value = cell!.measures.people!
      assert.equal(value.shown === 'suppressed', people > 0 && people < 8)
      if (value.shown !== 'value') return
      assert.ok(value.value === 0 || (value.value >= 10 && value.value % 5 === 0))
      assert.ok(Math.abs(value.value - people) <= 2.5)
    }),
  )
})

test('every cell comes back once, none is added, and the input is left alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 }), (counts) => {
      const table = tableOf(people, ...counts.map((n) => ({ people: n })))
      const before = JSON.stringify(table)
      const out = disclose(rounded, table)
      assert.equal(JSON.stringify(table), before)
      assert.deepEqual(
        out.cells.map((cell) => cell.key),
        table.cells.map((cell) => cell.key),
      )
    }),
  )
})

test('refused: true small counts for figures that nobody declared', () => {
  for (const { id } of disclosurePolicies()) {
    const { subnational } = policyForFreeQuestions(id)
    assert.ok(subnational && subnational.suppressUpTo >= 7 && subnational.roundTo >= 5, id)
  }
  assert.throws(() => policyForFreeQuestions('no-such-policy@1'), { code: 'FDP_PRIVACY_UNKNOWN_POLICY' })
})
