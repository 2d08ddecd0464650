import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError, limits } from '#kernel'
import { parseFilter } from './parse-filter.ts'
import { parseObjectSet } from './parse-object-set.ts'

const base = { type: 'base', objectType: 'RttPeriod' }
const filter = (where: unknown) => ({ type: 'filter', objectSet: base, where })
const derived = (definition: unknown) => ({
  type: 'withProperties',
  objectSet: base,
  derivedProperties: { a: definition },
})
const sum = { type: 'sum', selectedPropertyApiName: 'pathways' }

function refused(json: unknown, code: string, at: string | null = null): void {
  assert.throws(
    () => parseObjectSet(json),
    (error) => isFdpError(error, code) && (at === null || error.params.at === at),
    at ?? code,
  )
}

test('what is not an object set is refused where it is wrong', () => {
  const cases: [unknown, string][] = [
    [undefined, 'objectSet'],
    [null, 'objectSet'],
    [[], 'objectSet'],
    ['base', 'objectSet'],
    [{}, 'objectSet.type'],
    [{ type: 'constructor' }, 'objectSet.type'],
    [{ type: '__proto__' }, 'objectSet.type'],
    [{ type: ['base'], objectType: 'A' }, 'objectSet.type'],
    [{ type: 'base' }, 'objectSet.objectType'],
    [{ type: 'base', objectType: '' }, 'objectSet.objectType'],
    [{ type: 'base', objectType: 'A\0' }, 'objectSet.objectType'],
    [{ type: 'base', objectType: '\ud800' }, 'objectSet.objectType'],
    [{ type: 'union', objectSets: [] }, 'objectSet.objectSets'],
    [{ type: 'union', objectSets: { 0: base } }, 'objectSet.objectSets'],
    [{ type: 'subtract', objectSets: [base, { type: 'base' }] }, 'objectSet.objectSets[1].objectType'],
    [{ type: 'static', objects: [1] }, 'objectSet.objects[0]'],
    [{ type: 'methodInput' }, 'objectSet'],
    [{ type: 'searchAround', objectSet: { type: 'methodInput' }, link: 'patient' }, 'objectSet.objectSet'],
    [filter({ type: 'eq', field: 'a' }), 'objectSet.where.value'],
    [filter({ type: 'eq', field: 'a', value: {} }), 'objectSet.where.value'],
    [filter({ type: 'and', value: [{ type: 'not' }] }), 'objectSet.where.value[0].value'],
    [filter({ type: 'in', field: 'a', value: [null] }), 'objectSet.where.value[0]'],
    [derived({ type: 'sum' }), 'objectSet.derivedProperties[0].type'],
    [derived({ type: 'add', properties: [] }), 'objectSet.derivedProperties[0].properties'],
    [
      derived({ type: 'selection', objectSet: { type: 'methodInput' }, operation: { type: 'collectSet' } }),
      'objectSet.derivedProperties[0].operation.limit',
    ],
    [{ ...derived(sum), derivedProperties: {} }, 'objectSet.derivedProperties'],
    [JSON.parse('{"type":"withProperties","derivedProperties":{"__proto__":{}}}'), 'objectSet.derivedProperties[0]'],
  ]
  for (const [json, at] of cases) refused(json, 'FDP_ONTOLOGY_REQUEST', at)
})

test('no refusal says back what was sent', () => {
  const sent = 'Ada Ashdown 999 000 0018'
  for (const json of [
    { type: sent },
    filter({ type: sent, field: sent, value: sent }),
    filter({ type: 'regex', field: sent, value: `${sent}(` }),
    derived({ type: sent }),
    { type: 'withProperties', objectSet: base, derivedProperties: { [sent]: {} } },
    { type: 'withProperties', objectSet: base, derivedProperties: { ok: { type: sent } } },
    { [sent]: sent },
  ]) {
    assert.throws(
      () => parseObjectSet(json),
      (error) => isFdpError(error) && !JSON.stringify(error).includes('Ashdown'),
    )
  }
})

test('what this node does not have is refused as such, never read as something else', () => {
  for (const type of ['interfaceBase', 'interfaceLinkSearchAround', 'nearestNeighbors']) {
    refused({ type, objectSet: base, interfaceType: 'A' }, 'FDP_ONTOLOGY_UNSUPPORTED', 'objectSet')
  }
  for (const type of ['relativeDateRange', 'withinPolygon', 'geoShapeV2', 'intersectsBoundingBox']) {
    refused(filter({ type, field: 'a', value: 1 }), 'FDP_ONTOLOGY_UNSUPPORTED', 'objectSet.where')
  }
  const interval = (rule: unknown) => filter({ type: 'interval', field: 'a', rule })
  for (const rule of [
    undefined,
    {},
    { type: 'near', query: 'a' },
    { type: 'match' },
    { type: 'match', query: 'a', maxGaps: 0.5 },
    { type: 'fuzzy', term: 'a', fuzziness: 3 },
    { type: 'allOf', ordered: true },
    { type: 'anyOf', rules: [{ type: 'allOf', rules: 'a' }] },
  ]) {
    refused(interval(rule), 'FDP_ONTOLOGY_REQUEST')
  }
  const many = (count: number) => Array.from({ length: count }, (_, i) => `a${i}`).join(' ')
  refused(interval({ type: 'match', query: many(101) }), 'FDP_ONTOLOGY_LIMIT')
  const rules = Array.from({ length: 100 }, () => ({ type: 'match', query: many(100) }))
  refused(interval({ type: 'anyOf', rules }), 'FDP_ONTOLOGY_LIMIT')
  const structured = { type: 'structField', propertyApiName: 'a', structFieldApiName: 'b' }
  refused(filter({ type: 'eq', propertyIdentifier: structured, value: 1 }), 'FDP_ONTOLOGY_UNSUPPORTED')
  const nested = {
    type: 'selection',
    objectSet: derived({ type: 'property', apiName: 'a' }),
    operation: { type: 'count' },
  }
  refused(derived(nested), 'FDP_ONTOLOGY_UNSUPPORTED')
})

test('depth and size end before the stack and the engine do', () => {
  const deep = (times: number, wrap: (inner: unknown) => unknown, innermost: unknown) => {
    let json = innermost
    for (let i = 0; i < times; i++) json = wrap(json)
    return json
  }
  const shapes: [(inner: unknown) => unknown, unknown][] = [
    [(objectSet) => ({ type: 'asBaseObjectTypes', objectSet }), base],
    [(objectSet) => ({ type: 'filter', where: { type: 'and', value: [] }, objectSet }), base],
    [(inner) => ({ type: 'union', objectSets: [inner] }), base],
  ]
  for (const [wrap, innermost] of shapes) {
    refused(deep(100_000, wrap, innermost), 'FDP_ONTOLOGY_LIMIT')
    parseObjectSet(deep(limits.objectSetDepthMax - 1, wrap, innermost))
  }
  const where = deep(100_000, (value) => ({ type: 'not', value }), { type: 'isNull', field: 'a', value: true })
  refused(filter(where), 'FDP_ONTOLOGY_LIMIT')
  refused(derived(deep(100_000, (property) => ({ type: 'negate', property }), {})), 'FDP_ONTOLOGY_LIMIT')
  const test_ = { type: 'isNull', field: 'a', value: true }
  refused(filter({ type: 'or', value: Array(limits.objectSetNodesMax).fill(test_) }), 'FDP_ONTOLOGY_LIMIT')
  refused({ type: 'union', objectSets: Array(1_000_000).fill(base) }, 'FDP_ONTOLOGY_LIMIT')
  refused(filter({ type: 'in', field: 'a', value: Array(limits.filterValuesMax + 1).fill(1) }), 'FDP_ONTOLOGY_LIMIT')
  const half = { type: 'in', field: 'a', value: Array(limits.filterValuesMax / 2 + 1).fill(1) }
  refused(filter({ type: 'or', value: [half, half] }), 'FDP_ONTOLOGY_LIMIT')
  const rids = { type: 'static', objects: Array(limits.staticObjectsMax / 2 + 1).fill('ri.a') }
  refused({ type: 'union', objectSets: [rids, rids] }, 'FDP_ONTOLOGY_LIMIT')
  const words = 'a '.repeat(limits.searchTermsMax + 1)
  refused(filter({ type: 'containsAnyTerm', field: 'a', value: words }), 'FDP_ONTOLOGY_LIMIT')
  const long = 'x'.repeat(limits.filterTextCharactersMax + 1)
  refused(filter({ type: 'eq', field: 'a', value: long }), 'FDP_ONTOLOGY_LIMIT')
})

test('everything the client sends is read as it is meant', () => {
  const input = { type: 'searchAround', objectSet: { type: 'methodInput' }, link: 'patient' }
  const json = {
    type: 'intersect',
    objectSets: [
      {
        type: 'filter',
        objectSet: {
          type: 'withProperties',
          objectSet: { type: 'subtract', objectSets: [base, { type: 'static', objects: ['ri.a'] }] },
          derivedProperties: {
            age: { type: 'selection', objectSet: input, operation: { type: 'get', selectedPropertyApiName: 'age' } },
            part: { type: 'extract', part: 'YEARS', property: { type: 'property', apiName: 'clockStartDate' } },
            constructor: {
              type: 'subtract',
              left: { type: 'property', apiName: 'a' },
              right: { type: 'negate', property: { type: 'property', apiName: 'b' } },
            },
          },
        },
        where: { type: 'gt', field: 'age', value: 40 },
      },
      { type: 'asType', entityType: 'RttPeriod', objectSet: { type: 'reference', reference: 'ri.b' } },
    ],
  }
  assert.deepEqual(parseObjectSet(json), json)
  assert.ok(
    Object.hasOwn(
      (parseObjectSet(json) as typeof json).objectSets[0]!.objectSet?.derivedProperties ?? {},
      'constructor',
    ),
  )
})

test('a property is named by a field or an identifier, and by one of them', () => {
  const identified = { type: 'property', apiName: 'a' }
  assert.deepEqual(parseFilter({ type: 'eq', propertyIdentifier: identified, value: 1 }), {
    type: 'eq',
    field: 'a',
    value: 1,
  })
  for (const json of [
    { type: 'eq', value: 1 },
    { type: 'eq', field: 'a', propertyIdentifier: identified, value: 1 },
    { type: 'eq', propertyIdentifier: { type: 'properties', apiName: 'a' }, value: 1 },
  ]) {
    assert.throws(
      () => parseFilter(json),
      (error) => isFdpError(error, 'FDP_ONTOLOGY_REQUEST'),
    )
  }
})

test('what may be left out has its meaning', () => {
  assert.deepEqual(parseFilter({ type: 'and' }), { type: 'and', value: [] })
  assert.deepEqual(parseFilter({ type: 'in', field: 'a' }), { type: 'in', field: 'a', value: [] })
  assert.deepEqual(parseFilter({ type: 'isNull', field: 'a' }), { type: 'isNull', field: 'a', value: true })
  const terms = { type: 'containsAnyTerm', field: 'a', value: 'x y' }
  assert.deepEqual(parseFilter(terms), { ...terms, fuzzy: false })
})
