import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DisclosedTable, type DisclosedValue, disclose, disclosurePolicy, type MeasureKinds } from '#privacy'
import { fc } from '../random.ts'

/*
 * Law 9, as far as primary suppression goes: an analyst holds one released table and tries to work out a suppressed
 * number from everything else in it. Where primary suppression does not hold there is a test that shows the gap; that and
 * what is not tried here (several tables, totals in two directions) is said in docs/concepts/disclosure.md.
 */
const policy = disclosurePolicy('subnational-0-7-5@1')

type Numbers = Record<string, number | null>

function release(measures: MeasureKinds, cells: readonly { name: string; numbers: Numbers }[]): DisclosedTable {
  return disclose(policy, {
    cells: cells.map(({ name, numbers }) => ({ key: { provider: name }, measures: numbers })),
    measures,
    geography: 'subnational',
  })
}

function released(table: DisclosedTable, name: string, measure: string): DisclosedValue {
  return table.cells.find((cell) => cell.key.provider === name)!.measures[measure]!
}

/** What the attacker knows of a true number: every whole number that the policy turns into the same released value. */
function candidates(value: DisclosedValue): number[] {
  if (value.shown === 'none') return []
  const near = value.shown === 'suppressed' ? 0 : value.value
  const range = Array.from({ length: 41 }, (_, i) => near - 20 + i).filter((n) => n >= 0)
  return range.filter((n) => {
    const again = released(release(people, [{ name: 'x', numbers: { people: n } }]), 'x', 'people')
    return JSON.stringify(again) === JSON.stringify(value)
  })
}

const people = { people: { kind: 'person-count' } } as const
const suppressedNumbers = [1, 2, 3, 4, 5, 6, 7]
const anyCount = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 5_000 }))
const smallCount = fc.integer({ min: 1, max: 7 })

/** What an attacker can still hold possible for the first cell, from the other cells and the total. */
function fittingTotals(secret: number, others: readonly number[]): number[] {
  const total = others.reduce((sum, each) => sum + each, secret)
  const named = others.map((n, i) => ({ name: `other-${i}`, numbers: { people: n } }))
  const ends = [
    { name: 'secret', numbers: { people: secret } },
    { name: 'total', numbers: { people: total } },
  ]
  const table = release(people, [...named, ...ends])
  let sums = new Set([0])
  for (const { name } of named) {
    const parts = candidates(released(table, name, 'people'))
    sums = new Set([...sums].flatMap((sum) => parts.map((part) => sum + part)))
  }
  const totals = candidates(released(table, 'total', 'people'))
  return suppressedNumbers.filter((n) => totals.some((each) => sums.has(each - n)))
}

test('attack: subtract the one other cell from the total of the same table', () => {
  fc.assert(
    fc.property(smallCount, fc.array(anyCount, { maxLength: 1 }), (secret, others) => {
      const fits = fittingTotals(secret, others)
      assert.ok(fits.includes(secret), 'the attack itself is wrong')
      assert.ok(fits.length >= 2, `only ${fits} fits`)
    }),
    { numRuns: 1_000 },
  )
})

test('known gap: two other cells that both lie at the edge of their rounding give the suppressed one away', () => {
  // 8 → 10, 2,338 → 2,340 and the total 2,347 → 2,345: only 1 is left for the third. docs/concepts/disclosure.md says so;
  // secondary suppression closes it, and then this test must be turned round.
  assert.deepEqual(fittingTotals(1, [8, 2_338]), [1])
})

test('attack: multiply a percentage by its denominator', () => {
  const measures: MeasureKinds = {
    within: { kind: 'person-count' },
    all: { kind: 'person-count' },
    share: { kind: 'ratio', numerator: 'within', denominator: 'all' },
  }
  const one = (within: number, all: number) => release(measures, [{ name: 'p', numbers: { within, all } }])
  fc.assert(
    fc.property(smallCount, fc.integer({ min: 8, max: 9_000 }), (secret, all) => {
      assert.equal(released(one(secret, all), 'p', 'share').shown, 'suppressed')
    }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 9_000 }), fc.integer({ min: 8, max: 9_000 }), (within, all) => {
      // the same released counts always give the same percentage: it adds no knowledge
      const to5 = (n: number) => Math.round(n / 5) * 5
      const share = (a: number, b: number) => released(one(a, b), 'p', 'share')
      assert.deepEqual(share(within, all), share(to5(within), to5(all)))
    }),
  )
})

test('attack: a percentage of a suppressed rest (100 % less the others)', () => {
  const measures: MeasureKinds = {
    within: { kind: 'person-count' },
    over: { kind: 'person-count' },
    all: { kind: 'person-count' },
    share: { kind: 'ratio', numerator: 'within', denominator: 'all' },
  }
  fc.assert(
    fc.property(smallCount, fc.integer({ min: 8, max: 5_000 }), (secret, within) => {
      const table = release(measures, [{ name: 'p', numbers: { within, over: secret, all: within + secret } }])
      assert.equal(released(table, 'p', 'over').shown, 'suppressed')
      const whole = candidates(released(table, 'p', 'within'))
      const all = candidates(released(table, 'p', 'all'))
      const fits = suppressedNumbers.filter((n) => all.some((sum) => whole.includes(sum - n)))
      assert.ok(fits.length >= 2)
    }),
  )
})

test('attack: find the number of people as the denominator of an exact mean, or as sum ÷ mean', () => {
  const mean: MeasureKinds = { ...people, wait: { kind: 'mean', population: 'people' } }
  fc.assert(
    fc.property(smallCount, fc.integer({ min: 1, max: 3_000 }), (secret, days) => {
      const table = release(mean, [{ name: 'p', numbers: { people: secret, wait: days / secret } }])
      assert.equal(released(table, 'p', 'wait').shown, 'suppressed')
    }),
  )
  const shown = released(release(mean, [{ name: 'p', numbers: { people: 13, wait: 100 / 13 } }]), 'p', 'wait')
  assert.deepEqual(shown, { shown: 'value', value: 7.7 })
  const both: MeasureKinds = { ...mean, days: { kind: 'sum', population: 'people' } }
  const numbers = { people: 13, wait: 100 / 13, days: 100 }
  assert.throws(() => release(both, [{ name: 'p', numbers }]), { code: 'FDP_PRIVACY_MEASURE_MISFIT' })
})

test('attack: read a single person’s value off a percentile', () => {
  const measures: MeasureKinds = { ...people, longest: { kind: 'percentile', population: 'people' } }
  fc.assert(
    fc.property(smallCount, fc.double({ min: 0, max: 300, noNaN: true }), (secret, weeks) => {
      const table = release(measures, [{ name: 'p', numbers: { people: secret, longest: weeks } }])
      assert.equal(released(table, 'p', 'longest').shown, 'suppressed')
    }),
  )
})

test('attack: call a count of people a sum', () => {
  const measures: MeasureKinds = { ...people, flagged: { kind: 'sum', population: 'people' } }
  fc.assert(
    fc.property(smallCount, fc.integer({ min: 8, max: 5_000 }), (secret, all) => {
      const table = release(measures, [{ name: 'p', numbers: { people: all, flagged: secret } }])
      assert.equal(released(table, 'p', 'flagged').shown, 'suppressed')
    }),
  )
})

test('attack: look for the number anywhere in what was released, hidden fields and all', () => {
  // any two tables that differ in a suppressed number alone come out the same, to the byte
  fc.assert(
    fc.property(smallCount, smallCount, anyCount, (a, b, other) => {
      const measures: MeasureKinds = {
        ...people,
        share: { kind: 'ratio', numerator: 'people', denominator: 'people' },
        mean: { kind: 'mean', population: 'people' },
      }
      const out = (secret: number) =>
        release(measures, [
          { name: 'a', numbers: { people: secret, mean: secret * 1.5 } },
          { name: 'b', numbers: { people: other, mean: 2 } },
        ])
      const text = (table: DisclosedTable) =>
        JSON.stringify(table.cells, (_, value) => (value && typeof value === 'object' ? ownEverything(value) : value))
      assert.equal(text(out(a)), text(out(b)))
    }),
  )
})

test('attack: tell from the order of rows which suppressed number is larger', () => {
  const names = ['a', 'b', 'c']
  fc.assert(
    fc.property(
      fc.shuffledSubarray(names, { minLength: 3 }),
      smallCount,
      smallCount,
      smallCount,
      (order, ...counts) => {
        const cells = order.map((name, i) => ({ name, numbers: { people: counts[i]! } }))
        const table = release(people, cells)
        assert.deepEqual(
          table.cells.map((cell) => cell.key.provider),
          names,
        )
      },
    ),
  )
})

test('attack: take a dropped row for a small one, or a suppressed one for none', () => {
  const cells = [
    { name: 'none-waiting', numbers: { people: 0 } },
    { name: 'three-waiting', numbers: { people: 3 } },
  ]
  const table = release(people, cells)
  assert.equal(table.cells.length, 2)
  assert.deepEqual(released(table, 'none-waiting', 'people'), { shown: 'value', value: 0 })
  assert.deepEqual(released(table, 'three-waiting', 'people'), { shown: 'suppressed' })
  // a group that is absent from the data is absent from the release: never listed, never confused with a suppressed one
  assert.equal(
    table.cells.some((cell) => cell.key.provider === 'unheard-of'),
    false,
  )
})

test('attack: bring a number along under a name nobody declared', () => {
  const numbers = { people: 12, true_people: 12 }
  assert.throws(() => release(people, [{ name: 'p', numbers }]), { code: 'FDP_PRIVACY_UNDECLARED_MEASURE' })
})

/** Also what JSON would leave out. */
function ownEverything(value: object): Record<string, unknown> {
  return Object.fromEntries(Reflect.ownKeys(value).map((name) => [String(name), Reflect.get(value, name)]))
}

test('known gap: the mean of N against that of N − 1 gives away the one who is in the first alone', () => {
  // Releases are not compared with each other. Who knows the size of a group and asks again without one person of it has
  // that person's number exactly. Comparing a release with earlier ones closes it; then this test must be turned round.
  const mean: MeasureKinds = { ...people, wait: { kind: 'mean', population: 'people' } }
  const others = [3, 7, 9, 10, 11, 12, 13, 15]
  const secret = 100
  const meanOf = (days: readonly number[]) => {
    const wait = days.reduce((sum, each) => sum + each, 0) / days.length
    const shown = released(release(mean, [{ name: 'p', numbers: { people: days.length, wait } }]), 'p', 'wait')
    return shown.shown === 'value' ? shown.value : Number.NaN
  }
  const shownWith = meanOf([...others, secret])
  const shownWithout = meanOf(others)
  const sums = (shown: number, n: number) =>
    Array.from({ length: 2_000 }, (_, sum) => sum).filter((sum) => Math.abs(sum / n - shown) <= 0.05)
  const fits = sums(shownWith, others.length + 1).flatMap((all) =>
    sums(shownWithout, others.length).map((rest) => all - rest),
  )
  assert.deepEqual(fits, [secret])
})

test('known gap: one code more in a list, between two releases, gives both true numbers away', () => {
  // 12 → 10, and with a code that one person has, 13 → 15: nothing else fits, though each release keeps the rule.
  const shown = (n: number) => released(release(people, [{ name: 'p', numbers: { people: n } }]), 'p', 'people')
  const fits = candidates(shown(12)).flatMap((before) =>
    candidates(shown(13))
      .filter((after) => after - before === 0 || after - before === 1)
      .map((after) => [before, after]),
  )
  assert.deepEqual(fits, [[12, 13]])
})
