import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError, limits, rawSql, toStatement } from '#kernel'
import type { Where } from './object-query.ts'
import { parseWhere } from './parse-where.ts'
import { questionOf, summaryOf } from './question.ts'

const objects = rawSql('"relation"')
const page = { object: 'RttPeriod', select: ['statusCode'], limit: 10 }
const count = { name: 'n', type: 'count' } as const
const summary = { object: 'RttPeriod', groupBy: [], aggregations: [count] }
const eq = (property: string, value = '20'): Where => ({ type: 'eq', property, value })
const nested = (depth: number): Where => (depth === 0 ? eq('statusCode') : { type: 'not', of: nested(depth - 1) })

const fails = (code: string, make: () => unknown) => assert.throws(make, (error) => isFdpError(error, code))

const noPages = { view: () => objects, inOrder: () => null }

test('what is wrong with a query in itself is said before any object is looked at', () => {
  for (const object of ['RttPeriod', 'NoSuchObject']) {
    fails('FDP_ONTOLOGY_QUERY', () => questionOf({ ...page, object, select: [] }))
    for (const limit of [0, -1, 1.5, Number.NaN])
      fails('FDP_ONTOLOGY_QUERY', () => questionOf({ ...page, object, limit }))
    fails('FDP_ONTOLOGY_LIMIT', () => questionOf({ ...page, object, limit: limits.pageRowsMax + 1 }))
    fails('FDP_ONTOLOGY_LIMIT', () => questionOf({ ...page, object, where: nested(limits.filterDepthMax + 1) }))
    fails('FDP_ONTOLOGY_QUERY', () => questionOf({ ...page, object, select: ['\ud800'] }))
    fails('FDP_ONTOLOGY_QUERY', () => questionOf({ ...page, object, where: eq('statusCode', '\udfff') }))
    const values = Array.from({ length: limits.filterValuesMax + 1 }, () => '20')
    fails('FDP_ONTOLOGY_LIMIT', () => questionOf({ ...page, object, where: { type: 'in', property: 'a', values } }))
    const wide = Array.from({ length: limits.filterValuesMax }, () => eq('statusCode'))
    fails('FDP_ONTOLOGY_LIMIT', () => questionOf({ ...page, object, where: { type: 'or', of: wide } }))
    fails('FDP_ONTOLOGY_QUERY', () => summaryOf({ ...summary, object, aggregations: [] }))
    for (const name of ['_person', '', '1st', 'a b', 'a"b', 'x'.repeat(61)]) {
      fails('FDP_ONTOLOGY_QUERY', () => summaryOf({ ...summary, object, aggregations: [{ name, type: 'count' }] }))
    }
    fails('FDP_ONTOLOGY_QUERY', () => summaryOf({ ...summary, object, aggregations: [count, { ...count, name: 'N' }] }))
    fails('FDP_ONTOLOGY_QUERY', () => summaryOf({ ...summary, object, groupBy: ['n'] }))
  }
})

test('every property in whatever clause is asked of the gate, each once', () => {
  const where: Where = { type: 'and', of: [eq('a'), { type: 'not', of: { type: 'or', of: [eq('b'), eq('a')] } }] }
  const { relations } = questionOf({
    ...page,
    select: ['c', 'a'],
    where,
    orderBy: [{ property: 'd' }, { property: 'c' }],
  })
  assert.deepEqual([...(relations.objects.columns as string[])].sort(), ['a', 'b', 'c', 'd'])
  const asked = summaryOf({
    ...summary,
    groupBy: ['g'],
    where,
    aggregations: [{ name: 'n', type: 'max', property: 'm' }],
  })
  assert.deepEqual([...(asked.relations.objects.columns as string[])].sort(), ['a', 'b', 'g', 'm'])
})

test('values are bound and names quoted: no input becomes part of the statement', () => {
  const evil = `x' OR '1'='1"; DROP TABLE objects; --`
  const where: Where = {
    type: 'or',
    of: [eq('statusCode', evil), { type: 'in', property: 'statusCode', values: [evil] }],
  }
  const { text, values } = toStatement(questionOf({ ...page, where }).build({ objects }, () => null, noPages))
  assert.ok(!text.includes('DROP'))
  assert.deepEqual(values.filter((value) => value === evil).length, 2)
  const named = toStatement(questionOf({ ...page, select: [evil] }).build({ objects }, () => null, noPages))
  assert.ok(named.text.includes(`"${evil.replaceAll('"', '""')}"`))
})

test('a kind of test or aggregation that is not on the list never reaches a statement', () => {
  for (const type of ['toString', 'max(1)) FROM other --', 'MAX', '']) {
    const aggregations = [{ name: 'n', type, property: 'statusCode' }] as never
    fails('FDP_ONTOLOGY_QUERY', () => summaryOf({ ...summary, aggregations }))
    const where = { type, property: 'statusCode', value: '1' } as never
    fails('FDP_ONTOLOGY_QUERY', () => questionOf({ ...page, where }))
  }
})

test('what the ledger keeps for good holds properties, never values or the names of results', () => {
  const where = eq('statusCode', 'a-value-asked-for')
  const governance = JSON.stringify([
    questionOf({ ...page, where }).about,
    summaryOf({ ...summary, where, aggregations: [{ name: 'Ashdown', type: 'count' }] }).about,
  ])
  assert.ok(!governance.includes('a-value-asked-for') && !governance.includes('Ashdown'))
  assert.ok(JSON.stringify(questionOf({ ...page, where }).detail).includes('a-value-asked-for'))
})

test('an empty list holds for nothing, an empty `and` for all, an empty `or` for none', () => {
  const text = (where: Where) =>
    toStatement(questionOf({ ...page, where }).build({ objects }, () => null, noPages)).text
  assert.match(text({ type: 'in', property: 'statusCode', values: [] }), /WHERE FALSE/)
  assert.match(text({ type: 'and', of: [] }), /WHERE TRUE/)
  assert.match(text({ type: 'or', of: [] }), /WHERE FALSE/)
})

test('sums and means take numbers; that is said of permitted properties only, when the statement is built', () => {
  for (const type of ['sum', 'avg'] as const) {
    const question = summaryOf({ ...summary, aggregations: [{ name: 'n', type, property: 'statusCode' }] })
    fails('FDP_ONTOLOGY_AGGREGATION', () => question.build({ objects }, () => null, noPages))
  }
  const numbers = summaryOf({
    ...summary,
    object: 'RttReturn',
    aggregations: [{ name: 'n', type: 'sum', property: 'pathways' }],
  })
  assert.match(toStatement(numbers.build({ objects }, () => null, noPages)).text, /sum\("pathways"\)/)
})

test('a filter that cannot be read names its place and not its words', () => {
  for (const text of ['nonsense', 'Ada Ashdown', 'a = ', '= b', 'x in', '"a" = b', 'a.b = c', 'a(b) = c']) {
    assert.throws(
      () => parseWhere(['statusCode = 20', text]),
      (error) =>
        isFdpError(error, 'FDP_ONTOLOGY_FILTER') && error.message.includes('2') && !error.message.includes(text),
    )
  }
})

test('filters of the command line are read as they are written', () => {
  assert.equal(parseWhere([]), undefined)
  assert.deepEqual(parseWhere(['a=1', 'b != 2 ', 'c >= x=y', 'd in p|q', 'e is null']), {
    type: 'and',
    of: [
      { type: 'eq', property: 'a', value: '1' },
      { type: 'ne', property: 'b', value: '2' },
      { type: 'gte', property: 'c', value: 'x=y' },
      { type: 'in', property: 'd', values: ['p', 'q'] },
      { type: 'isNull', property: 'e' },
    ],
  })
})
