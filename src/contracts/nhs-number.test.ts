import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, isFdpError, sql } from '#kernel'
import { fc } from '../../test/random.ts'
import { sharedPath, skipWithoutShared } from '../../test/shared-data.ts'
import {
  canBeNhsNumber,
  checkNhsNumber,
  nhsNumberFault,
  nhsNumberFaultSql,
  nhsNumberRules,
  usableNhsNumberSql,
} from './nhs-number.ts'

const real = { testNumbersAllowed: false }

test('refuses what passes Modulus 11 and is nobody', () => {
  assert.equal(nhsNumberFault('9999999999', real), 'nhs-number.all-same')
  assert.equal(nhsNumberFault('0000000000', real), 'nhs-number.all-same')
  assert.equal(nhsNumberFault('9876543210', real), 'nhs-number.sequence')
})

test('refuses other shapes, wrong check digits and a remainder of ten', () => {
  for (const text of ['', ' ', 'none', '943476591', '94347659190', '943476591X', '９434765919', '943.476.5919']) {
    assert.equal(nhsNumberFault(text, real), 'nhs-number.format', JSON.stringify(text))
  }
  assert.equal(nhsNumberFault('9434765918', real), 'nhs-number.modulus-11')
  assert.equal(nhsNumberFault('1234567890', real), 'nhs-number.modulus-11')
  // Weighted sum 10·1 + 9·0 … + 2·1 = 12, remainder 1, 11 − 1 = 10: no digit makes it right.
  for (let digit = 0; digit <= 9; digit++) assert.ok(!canBeNhsNumber(`100000001${digit}`))
})

test('says the rule and never the number', () => {
  assert.throws(
    () => checkNhsNumber('943 476 5918'),
    (error: unknown) =>
      isFdpError(error, 'FDP_CONTRACTS_NHS_NUMBER') &&
      !JSON.stringify(error).includes('943') &&
      !/943/.test(String(error)),
  )
})

test('a number of the test range is refused unless test data are allowed', () => {
  assert.equal(nhsNumberFault('999 000 0018', real), 'nhs-number.test-range')
  assert.equal(nhsNumberFault('999 000 0018', { testNumbersAllowed: true }), null)
})

test('takes blanks and hyphens between the groups', () => {
  for (const text of ['9434765919', '943 476 5919', '943-476-5919', ' 9434765919\t', '943\u00a0476\u00a05919']) {
    assert.equal(checkNhsNumber(text), '9434765919')
  }
})

test('the published cases', async (t) => {
  if (skipWithoutShared(t)) return
  const lines = readFileSync(sharedPath('data/immunisation/testData.csv'), 'utf8').split(/\r?\n/).slice(1)
  const cases = lines.filter((line) => line !== '').map((line) => line.split(',').slice(0, 2) as [string, string])
  assert.ok(cases.length > 1_000)
  const faultsOf = (label: RegExp, testNumbersAllowed: boolean) => {
    const numbers = cases.flatMap(([name, number]) => (label.test(name) ? [number] : []))
    assert.ok(numbers.length > 0, String(label))
    return [...new Set(numbers.map((number) => nhsNumberFault(number, { testNumbersAllowed })))]
  }
  assert.deepEqual(faultsOf(/^valid/i, true), [null])
  assert.deepEqual(faultsOf(/^valid/i, false).sort(), ['nhs-number.test-range', null].sort())
  assert.deepEqual(faultsOf(/^NullNHS$/, true), ['nhs-number.format'])
  assert.deepEqual(faultsOf(/^InvalidMOD11Check$/, true), ['nhs-number.modulus-11'])
  assert.deepEqual(faultsOf(/^(?!NullNHS|InvalidMOD11Check)/, true), [null])
})

test('SQL and TypeScript agree on every text', async () => {
  await using engine = await openDuckdbEngine({ memoryLimitMb: 256, threads: 1, tempDirectory: null })
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 9, maxLength: 9 })
  const almost = fc
    .tuple(digits, fc.integer({ min: 0, max: 9 }), fc.constantFrom('', ' ', '-'))
    .map(([nine, last, gap]) => {
      const text = `${nine.join('')}${last}`
      return [text.slice(0, 3), text.slice(3, 6), text.slice(6)].join(gap)
    })
  const right = digits.map((nine) => {
    const sum = nine.reduce((total, digit, i) => total + digit * (10 - i), 0)
    return `${nine.join('')}${(11 - (sum % 11)) % 11}`
  })
  const special = fc.constantFrom('9999999999', '9876543210', '0123456789', '9990000018', '999 000 0018', '', ' - ')
  const anyText = fc.oneof(
    almost,
    right,
    special,
    fc.string({ maxLength: 14 }).filter((text) => !text.includes('\0')),
  )
  const texts = fc.sample(anyText, { numRuns: 4_000, seed: 11 })
  await engine.registerEphemeral('raw', {
    columns: [{ name: 'number', type: 'VARCHAR', values: texts }],
  })
  const number = ident('number')
  for (const testNumbersAllowed of [false, true]) {
    const usable = usableNhsNumberSql(number, { testNumbersAllowed })
    const rows = await engine.rows(
      sql`SELECT ${number} AS text, ${nhsNumberFaultSql(number)} AS rule, ${usable} AS usable FROM raw`,
    )
    assert.equal(rows.length, texts.length)
    const seen = new Set<unknown>()
    for (const { text, rule: position, usable: found } of rows) {
      const first = position === null ? null : nhsNumberRules[position as number]
      const rule = testNumbersAllowed && first === 'nhs-number.test-range' ? null : first
      const expected = nhsNumberFault(text as string, { testNumbersAllowed })
      assert.equal(rule, expected, JSON.stringify(text))
      assert.equal(found, expected === null ? checkNhsNumber(text as string, { testNumbersAllowed }) : null)
      seen.add(rule)
    }
    assert.equal(seen.size, testNumbersAllowed ? 5 : 6, 'every rule was broken by some text, and none by another')
  }
})
