import { literal, type Sql, sql } from '#kernel'
import { contractErrors } from './errors.ts'

/**
 * Why a text is no NHS number. Source of the rule: NHS Data Dictionary, NHS NUMBER (Modulus 11, weights 10 to 2); the
 * others because repeated digits such as 9999999999 and runs such as 9876543210 pass Modulus 11 and are no one's.
 * Numbers that begin with 999 are kept for tests: formally right, and wrong in real data.
 */
export type NhsNumberRule =
  | 'nhs-number.format'
  | 'nhs-number.all-same'
  | 'nhs-number.modulus-11'
  | 'nhs-number.sequence'
  | 'nhs-number.test-range'

/** In the order in which they are looked for; a number breaks the first that applies. */
export const nhsNumberRules: readonly NhsNumberRule[] = [
  'nhs-number.format',
  'nhs-number.all-same',
  'nhs-number.modulus-11',
  'nhs-number.sequence',
  'nhs-number.test-range',
]

const rising = '0123456789012345678'
const falling = '9876543210987654321'
/** Written between the groups of digits: `943 476 5919`, `943-476-5919`. */
const separators = ' -\t\u00a0'

/** Ten digits without blanks and hyphens, or whatever else is left. */
export function bareNhsNumber(text: string): string {
  return [...text].filter((character) => !separators.includes(character)).join('')
}

/** The first rule that the text breaks, or null. */
export function nhsNumberFault(text: string, options: { testNumbersAllowed: boolean }): NhsNumberRule | null {
  const bare = bareNhsNumber(text)
  if (!/^[0-9]{10}$/.test(bare)) return 'nhs-number.format'
  if (bare === bare.charAt(0).repeat(10)) return 'nhs-number.all-same'
  const sum = [...bare].reduce((total, digit, i) => total + Number(digit) * (10 - i), 0)
  // With the check digit weighted 1 the whole must divide by 11; a remainder of 10 has no digit and so never does.
  if (sum % 11 !== 0) return 'nhs-number.modulus-11'
  if (rising.includes(bare) || falling.includes(bare)) return 'nhs-number.sequence'
  if (bare.startsWith('999') && !options.testNumbersAllowed) return 'nhs-number.test-range'
  return null
}

/** The ten digits; throws FDP_CONTRACTS_NHS_NUMBER, which names the rule and never the number. */
export function checkNhsNumber(text: string, options = { testNumbersAllowed: false }): string {
  const rule = nhsNumberFault(text, options)
  if (rule) throw contractErrors('FDP_CONTRACTS_NHS_NUMBER', { rule })
  return bareNhsNumber(text)
}

export function canBeNhsNumber(text: string, options = { testNumbersAllowed: false }): boolean {
  return nhsNumberFault(text, options) === null
}

/** `bareNhsNumber` in SQL; null stays null. */
export function bareNhsNumberSql(text: Sql): Sql {
  return sql`translate(${text}, ${literal(separators)}, '')`
}

/** True where the text breaks this rule and none before it; false or null elsewhere. */
export function nhsNumberBreaksSql(rule: NhsNumberRule, text: Sql): Sql {
  const bare = bareNhsNumberSql(text)
  const shaped = sql`regexp_full_match(${bare}, '[0-9]{10}')`
  const same = sql`(${bare} = repeat(left(${bare}, 1), 10))`
  const run = sql`(contains(${literal(rising)}, ${bare}) OR contains(${literal(falling)}, ${bare}))`
  const wrong = sql`(${weightedSumSql(bare)} % 11 <> 0)`
  switch (rule) {
    case 'nhs-number.format':
      return sql`(NOT ${shaped})`
    case 'nhs-number.all-same':
      return sql`(${shaped} AND ${same})`
    case 'nhs-number.sequence':
      return sql`(${shaped} AND NOT ${same} AND NOT ${wrong} AND ${run})`
    case 'nhs-number.modulus-11':
      return sql`(${shaped} AND NOT ${same} AND ${wrong})`
    case 'nhs-number.test-range':
      return sql`(${shaped} AND NOT ${same} AND NOT ${wrong} AND NOT ${run} AND starts_with(${bare}, '999'))`
  }
}

/** The ten digits where the text is somebody's number, null elsewhere: what may join two records to one person. */
export function usableNhsNumberSql(text: Sql, options: { testNumbersAllowed: boolean }): Sql {
  const rules = nhsNumberRules.filter((rule) => rule !== 'nhs-number.test-range' || !options.testNumbersAllowed)
  const broken = rules.map((rule) => sql`WHEN ${nhsNumberBreaksSql(rule, text)} THEN NULL`)
  const cases = broken.reduce((all, one) => sql`${all} ${one}`)
  return sql`(CASE ${cases} ELSE ${bareNhsNumberSql(text)} END)`
}

function weightedSumSql(bare: Sql): Sql {
  const number = sql`TRY_CAST(${bare} AS BIGINT)`
  const terms = Array.from({ length: 10 }, (_, i) => sql`(${number} // ${10n ** BigInt(9 - i)}) % 10 * ${10 - i}`)
  return sql`(${terms.reduce((all, one) => sql`${all} + ${one}`)})`
}
