import { joinSql, rawSql, type Sql, sql } from '#kernel'
import { termList } from './terms.ts'
import type { IntervalRule } from './wire.ts'

/*
 * Stretches of the terms of a text, as spec/object-sets.md rule 10 has them. `t` is the text's list of terms. A stretch is one
 * number, the place of its last term before that of its first: sorted, the one that ends first comes first.
 */

/** Whether a text has a stretch that a rule looks for. */
export function hasInterval(value: Sql, rule: IntervalRule): Sql {
  return sql`list_transform([${termList(value)}], lambda t: len(${stretches(rule)}) > 0)[1]`
}

const none = rawSql('CAST([] AS BIGINT[])')
const stretch = (last: string, first: string) => `((${last} << 32) + ${first})`
const lastOf = (part: string) => `(${part} >> 32)`
const firstOf = (part: string) => `(${part} & 4294967295)`

function stretches(rule: IntervalRule): Sql {
  if (rule.type === 'term') {
    const places = sql`list_filter(range(1, len(t) + 1), lambda place: ${isTerm(rawSql('t[place]'), rule)})`
    return sql`list_transform(${places}, lambda place: ${rawSql(stretch('place', 'place'))})`
  }
  if (rule.rules.length === 0) return none
  const found = sql`[${joinSql(rule.rules.map(stretches), ', ')}]`
  if (rule.type === 'anyOf') return sql`list_sort(list_distinct(flatten(${found})))`
  const whole = rawSql(stretch(lastOfAll, firstOfAll))
  return sql`list_sort(list_distinct(list_transform(${chosen(rule, found)}, lambda parts: ${whole})))`
}

function isTerm(term: Sql, { text, how }: Extract<IntervalRule, { readonly type: 'term' }>): Sql {
  if (how === 'exact') return sql`${term} = ${text}`
  if (how === 'prefix') return sql`starts_with(${term}, ${text})`
  return sql`damerau_levenshtein(${term}, ${text}) <= ${rawSql(String(how.edits))}`
}

/** Lists of stretches, one of each rule, that together make one of the rule above. */
function chosen({ rules, ordered, maxGaps }: Extract<IntervalRule, { readonly type: 'allOf' }>, found: Sql): Sql {
  const chains = sql`list_transform([${found}], lambda found: ${ordered ? inOrder(rules.length) : inAnyOrder})[1]`
  const whole = sql`list_filter(${chains}, lambda parts: len(list_filter(parts, lambda part: part IS NULL)) = 0)`
  return maxGaps === null ? whole : sql`list_filter(${whole}, lambda parts: ${gaps} <= ${rawSql(String(maxGaps))})`
}

/** From each stretch of the first rule to the one of the next that begins behind its end and ends first; and so on. */
function inOrder(rules: number): Sql {
  let chains = 'list_transform(found[1], lambda part: [part])'
  for (let at = 2; at <= rules; at++) {
    const next = `list_filter(found[${at}], lambda part: ${firstOf('part')} > ${lastOf('chain[-1]')})[1]`
    chains = `list_transform(${chains}, lambda chain: list_append(chain, ${next}))`
  }
  return rawSql(chains)
}

/** From each place where one begins: of every rule the stretch that begins there or behind and ends first. */
const inAnyOrder =
  rawSql(`list_transform(list_distinct(list_transform(flatten(found), lambda part: ${firstOf('part')})),
  lambda start: list_transform(found, lambda each: list_filter(each, lambda part: ${firstOf('part')} >= start)[1]))`)

const firstOfAll = `list_min(list_transform(parts, lambda part: ${firstOf('part')}))`
const lastOfAll = `list_max(list_transform(parts, lambda part: ${lastOf('part')}))`

/** Terms between the first and the last that are in none of the parts. */
const gaps = rawSql(`len(list_filter(range(${firstOfAll}, ${lastOfAll} + 1), lambda place:
  len(list_filter(parts, lambda part: ${firstOf('part')} <= place AND place <= ${lastOf('part')})) = 0))`)
