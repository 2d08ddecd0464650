import { hasStretch } from './plain-intervals.ts'
import { compare, type Kind, type Scalar, type Value } from './plain-values.ts'

/* Rules 6 to 12 of spec/object-sets.md: whether a test holds for an object, in JavaScript. */

export type Json = Readonly<Record<string, unknown>>

/** What an object is to a test: its properties and their kinds, those derived for it too. */
export interface Testable {
  kind(field: string): Kind
  value(field: string): Value
}

export function holds(where: Json, object: Testable): boolean {
  const parts = () => (where.value ?? []) as Json[]
  switch (where.type) {
    case 'and':
      return parts().every((part) => holds(part, object))
    case 'or':
      return parts().some((part) => holds(part, object))
    case 'not':
      return !holds(where.value as Json, object)
    default:
      return testHolds(where, object)
  }
}

export function fieldOf(json: Json): string {
  return (json.field ?? (json.propertyIdentifier as Json).apiName) as string
}

function testHolds(test: Json, object: Testable): boolean {
  const field = fieldOf(test)
  const value = object.value(field)
  const kind = object.kind(field)
  if (test.type === 'isNull') return (value === null) === test.value
  if (test.type === 'in' && (test.value as unknown[]).length === 0) return true
  if (value === null) return false
  if (Array.isArray(value)) return value.some((element) => scalarHolds(test, 'text', element as Scalar))
  return scalarHolds(test, kind, value as Scalar)
}

function scalarHolds(test: Json, kind: Kind, value: Scalar): boolean {
  const wanted = test.value as Scalar
  switch (test.type) {
    case 'eq':
    case 'contains':
      return compare(kind, value, wanted) === 0
    case 'lt':
      return compare(kind, value, wanted) < 0
    case 'lte':
      return compare(kind, value, wanted) <= 0
    case 'gt':
      return compare(kind, value, wanted) > 0
    case 'gte':
      return compare(kind, value, wanted) >= 0
    case 'in':
      return (test.value as Scalar[]).some((each) => compare(kind, value, each) === 0)
    case 'wildcard':
      return wildcard(String(wanted)).test(String(value))
    case 'regex':
      return regex(String(wanted)).test(String(value))
    default:
      return termsHold(test, String(value))
  }
}

function termsHold({ type, value, fuzzy, rule }: Json, text: string): boolean {
  const has = terms(text)
  if (type === 'interval') return hasStretch(rule as Json, has, terms)
  const wanted = terms(String(value))
  if (wanted.length === 0) return false
  const found = (term: string) => has.some((each) => each === term || (fuzzy === true && isNear(each, term)))
  switch (type) {
    case 'containsAllTerms':
      return wanted.every(found)
    case 'containsAnyTerm':
      return wanted.some(found)
    case 'containsAllTermsInOrder':
      return has.some((_, i) => wanted.every((term, j) => has[i + j] === term))
    case 'containsAllTermsInOrderPrefixLastTerm':
    case 'startsWith': {
      const last = wanted.length - 1
      const fits = (i: number) =>
        wanted.every((term, j) => (j === last ? has[i + j]?.startsWith(term) === true : has[i + j] === term))
      return has.some((_, i) => fits(i))
    }
    default:
      throw new Error(`a test that nobody evaluates: ${String(type)}`)
  }
}

function terms(text: string): string[] {
  const lower = [...text].map((character) => {
    const folded = character.toLowerCase()
    return [...folded].length === 1 ? folded : character
  })
  return lower
    .join('')
    .split(/[\s\p{White_Space}?!,:;\-[\](){}'"~]+/u)
    .filter((term) => term !== '' && !/^\.+$/.test(term))
}

function isNear(term: string, wanted: string): boolean {
  const bytes = Buffer.from(wanted).length
  return edits(Buffer.from(term), Buffer.from(wanted)) <= (bytes <= 2 ? 0 : bytes <= 5 ? 1 : 2)
}

function edits(a: Buffer, b: Buffer): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

function wildcard(pattern: string): RegExp {
  const parts = [...pattern.matchAll(/\\(.)|([*?])|(.)/gsu)].map(([, escaped, wild, plain]) =>
    wild === undefined ? literally(escaped ?? plain ?? '') : wild === '*' ? '.*' : '.',
  )
  return new RegExp(`^(?:${parts.join('')})$`, 'su')
}

/** Those expressions that the random ones are made of. */
function regex(pattern: string): RegExp {
  const parts = [...pattern.matchAll(/\[(?:\\.|[^\]])*\]|"([^"]*)"|\\(.)|[\^$]|./gsu)].map(
    ([whole, quoted, escaped]) => {
      if (quoted !== undefined) return `(?:${literally(quoted)})`
      if (escaped === 's') return '[\\t\\n\\f\\r ]'
      if (escaped !== undefined) return /[dDwW]/.test(escaped) ? whole : literally(escaped)
      return whole === '^' || whole === '$' ? `\\${whole}` : whole
    },
  )
  return new RegExp(`^(?:${parts.join('')})$`, 'su')
}
