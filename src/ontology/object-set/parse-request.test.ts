import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFdpError, limits } from '#kernel'
import { parseListQuery } from './parse-list-query.ts'
import { parseLinksRequest, parseLoadRequest, parseSearchRequest, parseTemporaryRequest } from './parse-request.ts'
import type { ObjectSet } from './wire.ts'

const objectSet: ObjectSet = { type: 'base', objectType: 'RttPeriod' }
const load = (change: object) => () => parseLoadRequest({ objectSet, ...change })

function refused(call: () => unknown, code = 'FDP_ONTOLOGY_REQUEST', at: string | null = null): void {
  assert.throws(call, (error) => isFdpError(error, code) && (at === null || error.params.at === at))
}

test('a request of the wrong form is refused where it is wrong', () => {
  for (const json of [undefined, null, [], 'x', 1]) {
    refused(() => parseLoadRequest(json), 'FDP_ONTOLOGY_REQUEST', 'body')
    refused(() => parseSearchRequest(json, 'RttPeriod'))
    refused(() => parseLinksRequest(json))
    refused(() => parseTemporaryRequest(json))
  }
  refused(load({ objectSet: undefined }), 'FDP_ONTOLOGY_REQUEST', 'objectSet')
  refused(load({ select: 'a' }), 'FDP_ONTOLOGY_REQUEST', 'select')
  refused(load({ select: [{}] }), 'FDP_ONTOLOGY_REQUEST', 'select[0]')
  refused(load({ selectV2: ['a'] }), 'FDP_ONTOLOGY_REQUEST', 'selectV2[0]')
  refused(load({ orderBy: [] }), 'FDP_ONTOLOGY_REQUEST', 'orderBy')
  refused(load({ orderBy: { fields: [{ direction: 'asc' }] } }), 'FDP_ONTOLOGY_REQUEST', 'orderBy.fields[0].field')
  refused(load({ orderBy: { fields: [{ field: 'a', direction: 'ASC; --' }] } }))
  refused(load({ orderBy: { fields: [{ field: 'a' }, { field: 'a', direction: 'desc' }] } }))
  refused(load({ orderBy: { orderType: 'relevance', fields: [] } }), 'FDP_ONTOLOGY_UNSUPPORTED', 'orderBy.orderType')
  refused(load({ excludeRid: 'true' }), 'FDP_ONTOLOGY_REQUEST', 'excludeRid')
  refused(load({ snapshot: 1 }), 'FDP_ONTOLOGY_REQUEST', 'snapshot')
  refused(load({ pageToken: {} }), 'FDP_ONTOLOGY_REQUEST', 'pageToken')
  refused(load({ pageToken: 'x'.repeat(100_000) }), 'FDP_ONTOLOGY_PAGE_TOKEN')
  refused(load({ pageSize: '10' }), 'FDP_ONTOLOGY_REQUEST', 'pageSize')
  for (const pageSize of [0, -1, limits.objectPageRowsMax + 1, 2 ** 40])
    refused(load({ pageSize }), 'FDP_ONTOLOGY_PAGE_SIZE')
  refused(
    load({ selectV2: [{ type: 'structField', propertyApiName: 'a', structFieldApiName: 'b' }] }),
    'FDP_ONTOLOGY_UNSUPPORTED',
  )
  refused(() => parseLinksRequest({ objectSet, links: [] }), 'FDP_ONTOLOGY_REQUEST', 'links')
})

test('a load is read as the client means it', () => {
  assert.deepEqual(load({})(), {
    ...{ objectSet, select: [], orderBy: [], pageSize: 1_000, pageToken: null, includeRid: true },
  })
  const sent = {
    ...{ select: ['b'], snapshot: true, loadPropertySecurities: true, includeComputeUsage: false, branch: 'x' },
    selectV2: [
      { type: 'property', apiName: 'a' },
      {
        type: 'propertyWithLoadLevel',
        propertyIdentifier: { type: 'property', apiName: 'b' },
        loadLevel: { type: 'extractMainValue' },
      },
    ],
    orderBy: { orderType: 'fields', fields: [{ field: 'a' }, { field: 'b', direction: 'desc' }] },
    ...{ pageSize: 10_000, pageToken: 'token', excludeRid: true },
  }
  assert.deepEqual(load(sent)(), {
    ...{ objectSet, select: ['b', 'a'], pageSize: 10_000, pageToken: 'token', includeRid: false },
    orderBy: [
      { field: 'a', direction: 'asc' },
      { field: 'b', direction: 'desc' },
    ],
  })
})

test('a search is a load of the objects of one type', () => {
  const where = { type: 'eq', field: 'a', value: 1 }
  assert.deepEqual(parseSearchRequest({ where, pageSize: 5 }, 'RttPeriod'), {
    ...load({ pageSize: 5 })(),
    objectSet: { type: 'filter', objectSet, where },
  })
  assert.deepEqual(parseSearchRequest({}, 'RttPeriod'), load({})())
})

test('links are named once each', () => {
  assert.deepEqual(parseLinksRequest({ objectSet, links: ['a', 'b', 'a'] }), {
    objectSet,
    links: ['a', 'b'],
    pageToken: null,
  })
})

test('the query part of an address says the same', () => {
  const query = {
    select: ['a,b', 'c'],
    orderBy: 'p.a:desc,properties.b',
    pageSize: '7',
    pageToken: 't',
    excludeRid: 'true',
  }
  assert.deepEqual(parseListQuery(query, objectSet), {
    ...{ objectSet, select: ['a', 'b', 'c'], pageSize: 7, pageToken: 't', includeRid: false },
    orderBy: [
      { field: 'a', direction: 'desc' },
      { field: 'b', direction: 'asc' },
    ],
  })
  assert.deepEqual(parseListQuery({}, objectSet), load({})())
  assert.deepEqual(parseListQuery({ select: 'a' }, objectSet).select, ['a'])
  for (const bad of [
    { orderBy: 'a' },
    { orderBy: 'p.a:up' },
    { orderBy: 'p.a,p.a' },
    { pageSize: 'x' },
    { excludeRid: 'yes' },
    { select: '' },
  ]) {
    refused(() => parseListQuery(bad, objectSet))
  }
  for (const pageSize of ['0', '-5', '10001'])
    refused(() => parseListQuery({ pageSize }, objectSet), 'FDP_ONTOLOGY_PAGE_SIZE')
})
