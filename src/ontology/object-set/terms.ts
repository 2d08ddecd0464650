import { joinSql, literal, rawSql, type Sql, sql } from '#kernel'

/* Terms of texts, as spec/object-sets.md rule 10 has them: how a text is split, what is near, what is in order. */

const separators = /[\s?!,:;\-[\](){}'"~]+/u
/** As the engine writes white space: what `\s` above stands for. */
const separatorsRe2 = '[\\s\\x0B\\x{85}\\x{FEFF}\\pZ?!,:;\\-\\[\\](){}\'"~]+'
const onlyStops = /^\.+$/

/** The terms of a text that is asked for. */
export function termsOf(text: string): string[] {
  return lowerCase(text)
    .split(separators)
    .filter((term) => term !== '' && !onlyStops.test(term))
}

/** Letter by letter, as the engine does it: never one letter into two. */
export function lowerCase(text: string): string {
  return Array.from(text, (letter) => {
    const lower = letter.toLowerCase()
    return [...lower].length === 1 ? lower : letter
  }).join('')
}

export function termList(value: Sql): Sql {
  const split = sql`regexp_split_to_array(lower(${value}), ${literal(separatorsRe2)})`
  return sql`list_filter(${split}, lambda term: term <> '' AND NOT regexp_full_match(term, '[.]+'))`
}

export function allTerms(value: Sql, wanted: string, fuzzy: boolean): Sql {
  const terms = termsOf(wanted)
  if (terms.length === 0) return rawSql('FALSE')
  if (!fuzzy) return sql`list_has_all(${termList(value)}, ${listOf(terms)})`
  return sql`(${joinSql(
    terms.map((term) => hasNear(value, term)),
    ' AND ',
  )})`
}

export function anyTerm(value: Sql, wanted: string, fuzzy: boolean): Sql {
  const terms = termsOf(wanted)
  if (terms.length === 0) return rawSql('FALSE')
  if (!fuzzy) return sql`list_has_any(${termList(value)}, ${listOf(terms)})`
  return sql`(${joinSql(
    terms.map((term) => hasNear(value, term)),
    ' OR ',
  )})`
}

/** One after the other, with none between; the last one may be the beginning of a term. */
export function termsInOrder(value: Sql, wanted: string, prefixLast: boolean): Sql {
  const terms = termsOf(wanted)
  if (terms.length === 0) return rawSql('FALSE')
  // No term holds a blank, so a blank tells terms apart.
  const looked = ` ${terms.join(' ')}${prefixLast ? '' : ' '}`
  return sql`contains(' ' || array_to_string(${termList(value)}, ' ') || ' ', ${looked})`
}

function hasNear(value: Sql, term: string): Sql {
  const edits = editsNear(term)
  if (edits === 0) return sql`list_contains(${termList(value)}, ${term})`
  return sql`len(list_filter(${termList(value)}, lambda term: levenshtein(term, ${term}) <= ${rawSql(String(edits))})) > 0`
}

/** How many slips a term of this length may have and still be near. */
export function editsNear(term: string): number {
  const bytes = Buffer.byteLength(term)
  return bytes <= 2 ? 0 : bytes <= 5 ? 1 : 2
}

function listOf(terms: readonly string[]): Sql {
  return sql`[${joinSql(
    terms.map((term) => sql`${term}`),
    ', ',
  )}]`
}
