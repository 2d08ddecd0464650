import { joinSql, literal, type Sql, sql } from '#kernel'
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
  return sql`CASE WHEN strlen(${text}) = 10 THEN ${text} ELSE translate(${text}, ${literal(separators)}, '') END`
}

/**
 * `nhsNumberFault` in SQL: the position in `nhsNumberRules` of the first rule that the text breaks, null for none and
 * for null.
 */
export function nhsNumberFaultSql(text: Sql): Sql {
  // A list of one and a lambda: the engine's way to work a value out once and use it often.
  return sql`list_transform([${bareNhsNumberSql(text)}], lambda bare: CASE
    WHEN NOT regexp_full_match(bare, '[0-9]{10}') THEN 0
    WHEN bare = repeat(left(bare, 1), 10) THEN 1
    WHEN ${weightedSumSql(sql`bare`)} % 11 <> 0 THEN 2
    WHEN contains(${literal(rising)}, bare) OR contains(${literal(falling)}, bare) THEN 3
    WHEN starts_with(bare, '999') THEN 4 END)[1]`
}

/** The ten digits where the text is somebody's number, null elsewhere: what may join two records to one person. */
export function usableNhsNumberSql(text: Sql, options: { testNumbersAllowed: boolean }): Sql {
  const allowed = options.testNumbersAllowed ? sql`(-1, 4)` : sql`(-1)`
  return sql`(CASE WHEN coalesce(${nhsNumberFaultSql(text)}, -1) IN ${allowed} THEN ${bareNhsNumberSql(text)} END)`
}

function weightedSumSql(bare: Sql): Sql {
  const terms = Array.from(
    { length: 10 },
    (_, i) => sql`(n // ${literal(String(10n ** BigInt(9 - i)))}::BIGINT) % 10 * ${literal(String(10 - i))}::INTEGER`,
  )
  return sql`list_transform([TRY_CAST(${bare} AS BIGINT)], lambda n: ${joinSql(terms, ' + ')})[1]`
}
