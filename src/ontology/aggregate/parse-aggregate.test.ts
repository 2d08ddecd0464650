import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError, limits } from '#kernel'
import type { ObjectSet } from '../object-set/wire.ts'
import { parseAggregateRequest, parseAggregateTypeRequest } from './parse-aggregate.ts'

const objectSet: ObjectSet = { type: 'base', objectType: 'RttPeriod' }
const count = { type: 'count', name: 'count' }
const parse = (change: object) => parseAggregateRequest({ objectSet, aggregation: [count], ...change })

test('an aggregation of the wrong form is refused where it is wrong', () => {
  const cases: [object, string][] = [
    [{ aggregation: undefined }, 'aggregation'],
    [{ aggregation: [] }, 'aggregation'],
    [{ aggregation: {} }, 'aggregation'],
    [{ aggregation: [{ type: 'median', field: 'a' }] }, 'aggregation[0].type'],
    [{ aggregation: [{ type: 'toString' }] }, 'aggregation[0].type'],
    [{ aggregation: [count, count] }, 'aggregation'],
    [{ aggregation: [{ type: 'sum' }] }, 'aggregation[0]'],
    [{ aggregation: [{ ...count, direction: 'asc' }] }, 'aggregation[0].direction'],
    [
      { aggregation: [{ type: 'approximatePercentile', field: 'a', approximatePercentile: 101 }] },
      'aggregation[0].approximatePercentile',
    ],
    [{ groupBy: [{ type: 'exact', field: 'a', maxGroupCount: 0 }] }, 'groupBy[0].maxGroupCount'],
    [{ groupBy: [{ type: 'exact', field: 'a', defaultValue: 'x', includeNullValues: true }] }, 'groupBy[0]'],
    [
      {
        groupBy: [
          { type: 'exact', field: 'a' },
          { type: 'fixedWidth', field: 'a', fixedWidth: 1 },
        ],
      },
      'groupBy',
    ],
    [{ groupBy: [{ type: 'fixedWidth', field: 'a', fixedWidth: 0 }] }, 'groupBy[0].fixedWidth'],
    [{ groupBy: [{ type: 'ranges', field: 'a', ranges: [] }] }, 'groupBy[0].ranges'],
    [{ groupBy: [{ type: 'ranges', field: 'a', ranges: [{ startValue: 1 }] }] }, 'groupBy[0].ranges[0].endValue'],
    [{ groupBy: [{ type: 'duration', field: 'a', unit: 'CENTURIES', value: 1 }] }, 'groupBy[0].unit'],
    [{ groupBy: [{ type: 'duration', field: 'a', unit: 'WEEKS', value: 2 }] }, 'groupBy[0].value'],
    [{ groupBy: [{ type: 'duration', field: 'a', unit: 'DAYS', value: 0.5 }] }, 'groupBy[0].value'],
    [{ accuracy: 'EXACT' }, 'accuracy'],
    [{ objectSet: {} }, 'objectSet.type'],
  ]
  for (const [change, at] of cases) {
    assert.throws(
      () => parse(change),
      (error) => isFdpError(error, 'FDP_ONTOLOGY_REQUEST') && error.params.at === at,
      at,
    )
  }
  const many = Array.from({ length: limits.aggregationsMax + 1 }, (_, i) => ({ ...count, name: `n${i}` }))
  assert.throws(
    () => parse({ aggregation: many }),
    (error) => isFdpError(error, 'FDP_ONTOLOGY_LIMIT'),
  )
})

test('what the client sends is read with what it leaves out', () => {
  const request = parse({
    aggregation: [
      { ...count, direction: 'DESC' },
      { type: 'avg', field: 'age' },
      { type: 'approximatePercentile', field: 'age', name: 'median' },
      {
        type: 'approximatePercentile',
        propertyIdentifier: { type: 'property', apiName: 'age' },
        approximatePercentile: 95,
      },
    ],
    groupBy: [
      { type: 'exact', field: 'sex' },
      { type: 'duration', field: 'clockStartDate', value: 1, unit: 'MONTHS' },
    ],
  })
  assert.deepEqual(request, {
    objectSet,
    aggregation: [
      { ...count, direction: 'DESC' },
      { type: 'avg', field: 'age', name: 'age.avg', direction: null },
      { type: 'approximatePercentile', field: 'age', approximatePercentile: 0.5, name: 'median', direction: null },
      {
        type: 'approximatePercentile',
        field: 'age',
        approximatePercentile: 0.95,
        name: 'age.approximatePercentile',
        direction: null,
      },
    ],
    groupBy: [
      { type: 'exact', field: 'sex', maxGroupCount: limits.groupsMax, defaultValue: null, includeNullValues: false },
      { type: 'duration', field: 'clockStartDate', value: 1, unit: 'MONTHS' },
    ],
    accuracy: 'ALLOW_APPROXIMATE',
  })
})

test('an aggregation of a type is one of a set', () => {
  const where = { type: 'isNull', field: 'a', value: false }
  assert.deepEqual(
    parseAggregateTypeRequest({ aggregation: [count], where, accuracy: 'REQUIRE_ACCURATE' }, 'RttPeriod'),
    {
      objectSet: { type: 'filter', objectSet, where },
      ...{ aggregation: [{ ...count, direction: null }], groupBy: [], accuracy: 'REQUIRE_ACCURATE' },
    },
  )
})
