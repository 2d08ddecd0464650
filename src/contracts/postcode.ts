import { literal, type Sql, sql } from '#kernel'
import { contractErrors } from './errors.ts'

/**
 * Whether a text has the form of a postcode: outward code, then a digit and two letters; GIR 0AA besides. Validity of
 * form only, after the NHS Postcode Directory; that the place exists is another question. Blanks anywhere are let
 * through, since organisation files pad postcodes to eight characters.
 */
const form = '([A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}|GIR0AA)'
const blanks = ' \t\u00a0'

/** Upper case with one blank before the inward code; throws FDP_CONTRACTS_POSTCODE. */
export function checkPostcode(text: string): string {
  if (!canBePostcode(text)) throw contractErrors('FDP_CONTRACTS_POSTCODE')
  const bare = barePostcode(text)
  return `${bare.slice(0, -3)} ${bare.slice(-3)}`
}

export function canBePostcode(text: string): boolean {
  return new RegExp(`^${form}$`).test(barePostcode(text))
}

/** `ZZ99 …`: stands for no fixed abode, a country, or not known; it has the form and is no place in the country. */
export function isPseudoPostcode(text: string): boolean {
  return canBePostcode(text) && barePostcode(text).startsWith('ZZ99')
}

/** True where a text is no postcode; null stays null. */
export function postcodeBreaksSql(text: Sql): Sql {
  return sql`(NOT regexp_full_match(upper(translate(${text}, ${literal(blanks)}, '')), ${literal(form)}))`
}

function barePostcode(text: string): string {
  return [...text]
    .filter((character) => !blanks.includes(character))
    .join('')
    .replace(/[a-z]/g, (letter) => letter.toUpperCase())
}
