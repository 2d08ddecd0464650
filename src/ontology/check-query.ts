import { limits } from '#kernel'
import { ontologyErrors } from './errors.ts'
import type { ObjectQuery, ObjectSummary, Test, Where } from './object-query.ts'

const propertiesMax = limits.submissionColumnsMax
const testsMax = limits.filterValuesMax
const resultName = /^[A-Za-z][A-Za-z0-9_]{0,59}$/

const aggregationTypes: readonly string[] = ['count', 'countDistinct', 'min', 'max', 'sum', 'avg']
const testTypes: readonly string[] = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'isNull']

/*
 * What can be said of a query without looking at any object type, so that nothing said here depends on what exists or
 * is permitted. FDP_ONTOLOGY_QUERY, FDP_ONTOLOGY_LIMIT.
 */

export function checkQuery({ select, orderBy, where, limit }: ObjectQuery): void {
  if (select.length === 0) throw unclear('it selects nothing')
  if (!Number.isSafeInteger(limit) || limit < 1) throw unclear('the number of rows')
  if (limit > limits.pageRowsMax) throw tooMany('a page', limits.pageRowsMax)
  if (select.length + (orderBy?.length ?? 0) > propertiesMax) throw tooMany('the list of properties', propertiesMax)
  checkNames([...select, ...(orderBy ?? []).map(({ property }) => property)])
  checkWhere(where)
}

export function checkSummary({ groupBy, aggregations, where }: ObjectSummary): void {
  if (groupBy.length + aggregations.length === 0) throw unclear('it asks for nothing')
  if (groupBy.length + aggregations.length > propertiesMax) throw tooMany('the list of properties', propertiesMax)
  // The type becomes part of the statement: it is looked up, whatever the compiler promised.
  if (!aggregations.every(({ type }) => aggregationTypes.includes(type))) throw unclear('an aggregation')
  const names = aggregations.map(({ name }) => name)
  if (!names.every((name) => resultName.test(name))) throw unclear('the name of a result')
  // Names are compared as the engine compares them, whatever their case.
  const all = [...groupBy, ...names].map((name) => name.toLowerCase())
  if (new Set(all).size !== all.length) throw unclear('two results of one name')
  checkNames([...groupBy, ...aggregations.flatMap((each) => (each.type === 'count' ? [] : [each.property]))])
  checkWhere(where)
}

function checkWhere(where: Where | undefined): void {
  const count = { tests: 0 }
  checkDepth(where, 0, count)
}

function checkDepth(where: Where | undefined, depth: number, count: { tests: number }): void {
  if (!where) return
  if (++count.tests > testsMax) throw tooMany('the number of tests in a filter', testsMax)
  if (depth > limits.filterDepthMax) throw tooMany('the depth of a filter', limits.filterDepthMax)
  switch (where.type) {
    case 'not':
      checkDepth(where.of, depth + 1, count)
      break
    case 'and':
    case 'or':
      for (const each of where.of) checkDepth(each, depth + 1, count)
      break
    default:
      checkTest(where)
  }
}

function checkTest(test: Test): void {
  if (!testTypes.includes(test.type)) throw unclear('a test in a filter')
  checkNames([test.property])
  const values = test.type === 'in' ? test.values : 'value' in test ? [test.value] : []
  if (values.length > limits.filterValuesMax) throw tooMany('the list of values in a filter', limits.filterValuesMax)
  if (!values.every((value) => value.isWellFormed())) throw unclear('a value in a filter')
}

/** A name that no engine or ledger can hold as text is no name. */
function checkNames(names: readonly string[]): void {
  if (!names.every((name) => name.isWellFormed())) throw unclear('the name of a property')
}

function unclear(what: string) {
  return ontologyErrors('FDP_ONTOLOGY_QUERY', { what })
}

function tooMany(what: string, max: number) {
  return ontologyErrors('FDP_ONTOLOGY_LIMIT', { what, max })
}
