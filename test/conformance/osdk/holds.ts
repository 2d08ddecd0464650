import type { ObjectType } from '#contracts'
import { hasStretch } from '../object-sets/plain-intervals.ts'
import { compareAs, type Plain } from './typed-rows.ts'

/** A `where` as an application writes it: `{ sex: 'Female' }`, `{ $not: { … } }`, `{ name: { $startsWith: 'a' } }`. */
export type Where = Readonly<Record<string, unknown>>

/** Whether a `where` holds for an object, by spec/object-sets.md, rules 5 to 12, in plain JavaScript. */
export function holds(type: ObjectType, where: Where, object: Plain): boolean {
  return Object.entries(where).every(([key, value]) => {
    if (key === '$and') return (value as Where[]).every((each) => holds(type, each, object))
    if (key === '$or') return (value as Where[]).some((each) => holds(type, each, object))
    if (key === '$not') return !holds(type, value as Where, object)
    return test(type, key, value, object)
  })
}

function test(type: ObjectType, name: string, asked: unknown, object: Plain): boolean {
  if (typeof asked !== 'object' || asked === null) return test(type, name, { $eq: asked }, object)
  const [operator, wanted] = Object.entries(asked)[0]!
  const value = object[name]
  if (operator === '$ne') return !test(type, name, { $eq: wanted }, object)
  if (operator === '$isNull') return (value === undefined) === wanted
  if (operator === '$in' && (wanted as unknown[]).length === 0) return true
  if (value === undefined) return false
  if (operator === '$contains') {
    const inner = typeof wanted === 'object' ? (wanted as Where) : { $eq: wanted }
    return (value as readonly string[]).some((each) => test(type, name, inner, { [name]: each }))
  }
  const by = (other: unknown) =>
    compareAs(type.properties.find((each) => each.name === name)?.type ?? 'text', value, other)
  switch (operator) {
    case '$eq':
      return by(wanted) === 0
    case '$in':
      return (wanted as unknown[]).some((each) => by(each) === 0)
    case '$gt':
      return by(wanted) > 0
    case '$gte':
      return by(wanted) >= 0
    case '$lt':
      return by(wanted) < 0
    case '$lte':
      return by(wanted) <= 0
    case '$matchesRegex':
      return new RegExp(`^(?:${wanted})$`, 's').test(String(value))
    case '$interval':
      return hasStretch(ruleOf(wanted as Where), termsOf(String(value)), termsOf)
    default:
      return termTest(operator, termsOf(String(value)), wanted)
  }
}

function termTest(operator: string, has: readonly string[], asked: unknown): boolean {
  const { term, fuzzySearch = false } =
    typeof asked === 'string' ? { term: asked } : (asked as { term: string; fuzzySearch?: boolean })
  const wanted = termsOf(term)
  if (wanted.length === 0) return false
  const found = (one: string) => has.some((each) => (fuzzySearch ? edits(each, one) <= editsMax(one) : each === one))
  switch (operator) {
    case '$containsAllTerms':
      return wanted.every(found)
    case '$containsAnyTerm':
      return wanted.some(found)
    case '$containsAllTermsInOrder':
      return has.some((_, at) => wanted.every((each, i) => has[at + i] === each))
    case '$startsWith':
      return has.some((_, at) =>
        wanted.every((each, i) => (i < wanted.length - 1 ? has[at + i] === each : has[at + i]?.startsWith(each))),
      )
    default:
      throw new Error(`no rule for ${operator}`)
  }
}

/** What the client's rules stand for. */
function ruleOf(rule: Where): Where {
  const { $match: query, $prefixOnLastTerm, $ordered: ordered, $maxGaps: maxGaps, $and, $or, $fuzzy: term } = rule
  const rules = () => (($and ?? $or) as Where[]).map(ruleOf)
  if (query !== undefined) {
    return $prefixOnLastTerm ? { type: 'prefixOnLastToken', query } : { type: 'match', query, ordered, maxGaps }
  }
  if (term !== undefined) return { type: 'fuzzy', term, fuzziness: rule.$fuzziness }
  return $and === undefined ? { type: 'anyOf', rules: rules() } : { type: 'allOf', rules: rules(), ordered, maxGaps }
}

/** Rule 10. */
export function termsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s?!,:;\-[\](){}'"~]+/u)
    .filter((term) => !/^\.*$/.test(term))
}

const editsMax = (term: string) => {
  const { length } = Buffer.from(term)
  return length < 3 ? 0 : length < 6 ? 1 : 2
}

function edits(a: string, b: string): number {
  const [from, to] = [Buffer.from(a), Buffer.from(b)]
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, byte] of from.entries()) {
    const next = [i + 1]
    for (const [j, other] of to.entries()) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (byte === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1)!
}
