import type { PropertyType } from '#contracts'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { shown } from '#privacy'
import { ontologyErrors } from '../errors.ts'
import type { Derived } from './derived.ts'
import { hasInterval } from './intervals.ts'
import { regexToRe2, wildcardToRe2 } from './regex.ts'
import type { Building, Scope, SeenType } from './scope.ts'
import { allTerms, anyTerm, termsInOrder } from './terms.ts'
import { propertyValue, wireTypeName, wireValue } from './values.ts'
import type { Filter, WireValue } from './wire.ts'

/** A test of one row of the statement; null of a value counts as not holding, whichever way round it is asked. */
export type Predicate = (row: string, building: Building) => Sql

type Test = Extract<Filter, { readonly field: string }>

/** The test that a filter is on rows of one type, with the properties derived for it so far. */
export function filterPredicate(scope: Scope, seen: SeenType, derived: Derived, filter: Filter): Predicate {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const parts = filter.value.map((each) => filterPredicate(scope, seen, derived, each))
      return filter.type === 'and' ? everyOf(parts) : someOf(parts)
    }
    case 'not':
      return notOf(filterPredicate(scope, seen, derived, filter.value))
    default:
      return testPredicate(scope, seen, derived, filter)
  }
}

export function everyOf(parts: readonly Predicate[]): Predicate {
  return (row, building) => joined(parts, row, building, ' AND ', 'TRUE')
}

export function someOf(parts: readonly Predicate[]): Predicate {
  return (row, building) => joined(parts, row, building, ' OR ', 'FALSE')
}

/** What does not hold, or is about no value, is not. */
export function notOf(part: Predicate): Predicate {
  return (row, building) => sql`(${part(row, building)}) IS NOT TRUE`
}

function joined(parts: readonly Predicate[], row: string, building: Building, by: string, empty: string): Sql {
  if (parts.length === 0) return rawSql(empty)
  return sql`(${joinSql(
    parts.map((part) => part(row, building)),
    by,
  )})`
}

function testPredicate(scope: Scope, seen: SeenType, derived: Derived, test: Test): Predicate {
  const worked = derived.get(test.field)
  if (worked) return typedPredicate(test, worked.type, (row, building) => worked.value(row, building))
  const property = scope.property(seen, test.field)
  // Refused before it is built.
  if (!property) return () => rawSql('FALSE')
  const how = shown(seen.type, property, seen.level)
  if (how.kind === 'token' && (test.type === 'eq' || test.type === 'in')) {
    scope.join(seen, test.field)
    return tokenPredicate(test.field, how.keyType, test.type === 'in' ? test.value : [test.value])
  }
  const { type } = propertyValue('r', seen.type, property, seen.level)
  return typedPredicate(test, type, (row) => propertyValue(row, seen.type, property, seen.level).value)
}

/** A token stands for a local key, by which rows are found without making the token of each. */
function tokenPredicate(name: string, keyType: string, values: readonly WireValue[]): Predicate {
  const texts = values.map((value) => {
    if (typeof value !== 'string') throw ontologyErrors('FDP_ONTOLOGY_VALUE', { property: name, type: 'string' })
    return value
  })
  return (row, { open }) => {
    if (texts.length === 0) return rawSql('TRUE')
    const keys = texts.map((text) => open(keyType, text)).filter((key) => key !== null)
    return keys.length === 0
      ? rawSql('FALSE')
      : isOneOf(
          sql`${ident(row)}.${ident(`~${name}`)}`,
          keys.map((key) => sql`${key}`),
        )
  }
}

function typedPredicate(test: Test, type: PropertyType, value: (row: string, building: Building) => Sql): Predicate {
  checkOperator(test, type)
  const isOfElements = type === 'texts' && test.type !== 'isNull' && test.type !== 'contains'
  // What is wrong with a value is said before anything is read.
  const make = operatorSql(test, isOfElements ? 'text' : type)
  if (!isOfElements) return (row, building) => make(value(row, building))
  if (test.type === 'in' && test.value.length === 0) return () => rawSql('TRUE')
  // A test of a list, other than these two, is one of some element.
  return (row, building) => sql`len(list_filter(${value(row, building)}, lambda each: ${make(rawSql('each'))})) > 0`
}

const comparison = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function operatorSql(test: Test, type: PropertyType): (value: Sql) => Sql {
  switch (test.type) {
    case 'isNull':
      return (value) => (test.value ? sql`${value} IS NULL` : sql`${value} IS NOT NULL`)
    case 'in': {
      const values = test.value.map((each) => wireValue(test.field, type, each))
      return (value) => isOneOf(value, values)
    }
    case 'contains': {
      const wanted = wireValue(test.field, type, test.value)
      return (value) => sql`list_contains(${value}, ${wanted})`
    }
    case 'wildcard':
      return (value) => sql`regexp_full_match(${value}, ${wildcardToRe2(test.value)}, 's')`
    case 'regex':
      return (value) => sql`regexp_full_match(${value}, ${regexToRe2(test.value)}, 's')`
    case 'containsAllTerms':
      return (value) => allTerms(value, test.value, test.fuzzy)
    case 'containsAnyTerm':
      return (value) => anyTerm(value, test.value, test.fuzzy)
    case 'containsAllTermsInOrder':
      return (value) => termsInOrder(value, test.value, false)
    case 'interval':
      return (value) => hasInterval(value, test.rule)
    case 'startsWith':
    case 'containsAllTermsInOrderPrefixLastTerm':
      return (value) => termsInOrder(value, test.value, true)
    default: {
      const wanted = wireValue(test.field, type, test.value)
      const by = rawSql(comparison[test.type])
      return (value) => sql`${value} ${by} ${wanted}`
    }
  }
}

/** An empty list holds for every object, as the client's types document it. */
function isOneOf(value: Sql, values: readonly Sql[]): Sql {
  if (values.length === 0) return rawSql('TRUE')
  if (values.length === 1) return sql`${value} = ${values[0]!}`
  return sql`${value} IN (${joinSql(values, ', ')})`
}

const ordered: readonly PropertyType[] = ['text', 'texts', 'integer', 'long', 'decimal', 'double', 'date', 'timestamp']
const any: readonly PropertyType[] = [...ordered, 'boolean']
const searched: readonly PropertyType[] = ['text', 'texts']

const takes: Readonly<Record<Test['type'], readonly PropertyType[]>> = {
  ...{ eq: any, in: any, isNull: any, contains: ['texts'], lt: ordered, lte: ordered, gt: ordered, gte: ordered },
  ...{ startsWith: searched, wildcard: searched, regex: searched },
  ...{ interval: searched, containsAllTerms: searched, containsAnyTerm: searched },
  ...{ containsAllTermsInOrder: searched, containsAllTermsInOrderPrefixLastTerm: searched },
}

function checkOperator({ type: operator, field }: Test, type: PropertyType): void {
  if (takes[operator].includes(type)) return
  throw ontologyErrors('FDP_ONTOLOGY_OPERATOR', { property: field, type: wireTypeName(type), operator })
}
