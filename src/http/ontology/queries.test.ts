import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from '@osdk/client'
import { wireQueryTypeV2ToSdkQueryMetadata } from '@osdk/generator-converters'
import { type MetricResult, runMetric } from '#metrics'
import { ontologyRid } from '#ontology'
import { type BearerSite, openBearerSite } from '../../../test/bearer-site.ts'
import { products } from '../../../test/products.ts'
import { analyst, manager, openWorld, planning, validation, validator, type World } from '../../../test/world.ts'

/* Metrics as queries, and figures, by the client that applications have: what is refused first. */

const inOntology = '/tenants/alder-vale/api/v2/ontologies/palantirukhealth-ontology'
const reason = { 'fdp-justification': 'a%20test%20of%20queries' }
const returning = 'mandatory-return'
let world: World
let site: BearerSite
before(async () => {
  world = await openWorld()
  site = await openBearerSite(world.node)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly json: Record<string, unknown>
}

async function send(who: string, purpose: string, path: string, body?: unknown): Promise<Answer> {
  const authorization = `Bearer ${await site.bearer(who, purpose)}`
  const headers = { ...reason, authorization, 'content-type': 'application/json' }
  const more = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const reply = await fetch(`${site.url}${inOntology}${path}`, { headers, ...more })
  const text = await reply.text()
  return { status: reply.status, text, json: JSON.parse(text) as Record<string, unknown> }
}

const period = () => world.today.slice(0, 7)
const path = '/queries/rttIncomplete/execute'
const asked = (more: object = {}) => ({ parameters: { period: period(), ...more } })

test('refused: POST /tenants/:tenant/api/v2/ontologies/:ontology/queries/:query/execute by somebody without the figures, as a query that does not exist', async () => {
  const from = world.tenant().ledger.size
  const forbidden = await send(validator, validation, path, asked())
  const unknown = await send(validator, validation, path.replace('rttIncomplete', 'rttCompleted'), asked())
  const told = ({ text }: Answer) =>
    text.replace(/"errorInstanceId":"[^"]*"/, '').replaceAll('rttCompleted', 'rttIncomplete')
  assert.deepEqual([forbidden.status, forbidden.json.errorName], [404, 'QueryNotFound'])
  assert.equal(told(forbidden), told(unknown))
  const refused = (await world.entries(from)).filter(({ type }) => type === 'read.refused')
  assert.equal(refused.length, 1)
  assert.deepEqual((await send(validator, validation, '/queryTypes')).json, { data: [] })
  assert.equal((await send(validator, validation, '/queryTypes/rttIncomplete')).json.errorName, 'QueryNotFound')
})

test('refused: parameters that a query does not take, without a word of what was sent', async () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ parameters: {} }, 'MissingParameter'],
    [asked({ period: '2026-13' }), 'InvalidQueryParameterValue'],
    [asked({ period: 202_601 }), 'InvalidQueryParameterValue'],
    [asked({ by: ['canaryhurst'] }), 'InvalidQueryParameterValue'],
    [asked({ by: 'provider' }), 'InvalidQueryParameterValue'],
    [asked({ population: 'canaryhurst' }), 'InvalidQueryParameterValue'],
    [asked({ basis: 'return' }), 'InvalidQueryParameterValue'],
    [asked({ canaryhurst: 1 }), 'UnknownParameter'],
    [{ parameters: [] }, 'InvalidArgument'],
    [[], 'InvalidArgument'],
  ]
  for (const [body, errorName] of wrong) {
    const { status, json, text } = await send(analyst, planning, path, body)
    assert.deepEqual([status, json.errorName], [400, errorName], JSON.stringify(body))
    assert.ok(!text.includes('canaryhurst'))
  }
  const version = await send(analyst, planning, `${path}?version=9.9.9`, asked())
  assert.deepEqual([version.status, version.json.errorName], [404, 'QueryVersionNotFound'])
  const type = await send(analyst, planning, '/queryTypes/rttIncomplete?version=9.9.9')
  assert.deepEqual([type.status, type.json.errorName], [404, 'QueryVersionNotFound'])
  assert.equal((await send(analyst, planning, '/queryTypes/rttIncomplete?version=1.0.0')).status, 200)
})

test('the client understands the query type, and runs the query to the figures of the metric', async () => {
  const [listed] = (await send(analyst, planning, '/queryTypes')).json.data as [never]
  const metadata = wireQueryTypeV2ToSdkQueryMetadata(listed)
  assert.equal(metadata.version, '1.0.0')
  assert.deepEqual(
    Object.entries(metadata.parameters).map(([name, { nullable }]) => [name, nullable]),
    [
      ['basis', true],
      ['by', true],
      ['period', false],
      ['population', true],
    ],
  )
  for (const [who, purpose, policy] of [
    [analyst, planning, 'subnational-0-7-5@1'],
    [manager, returning, 'official-true-counts@1'],
  ] as const) {
    for (const by of [[], ['treatment-function'], ['commissioner', 'week-band']]) {
      const expected = await figuresOf(who, purpose, by)
      const value = await byClient(who, purpose, by)
      assert.equal(value.disclosurePolicy, policy)
      assert.equal(value.rows.length, expected.rows.length)
      value.rows.forEach((row, i) => {
        const { key, figures } = expected.rows[i]!
        for (const [name, each] of Object.entries(key)) assert.equal(row[name], each)
        for (const [name, figure] of Object.entries(figures)) {
          assert.equal(row[name] ?? null, figure === '*' ? null : figure)
          assert.equal((row.suppressed as string[]).includes(name), figure === '*')
        }
      })
      assert.deepEqual(value.period, { ...expected.period })
      assert.ok(Number(value.ledgerEntry) > expected.provenance.entry)
    }
  }
})

async function figuresOf(who: string, purpose: string, by: readonly string[]): Promise<MetricResult> {
  await using session = await world.session(who, purpose)
  const parameters = { period: period(), basis: 'pathways', by }
  return await runMetric(
    session,
    products().flatMap(({ metrics }) => metrics['rtt-incomplete'] ?? [])[0]!,
    parameters,
    'a test of queries',
  )
}

interface Value {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly period: object
  readonly disclosurePolicy: string
  readonly ledgerEntry: string
}

function clientOf(who: string, purpose: string) {
  const token = () => site.bearer(who, purpose)
  const withReason = ((url: Parameters<typeof fetch>[0], init: RequestInit = {}) => {
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(reason)) headers.set(name, value)
    return fetch(url, { ...init, headers })
  }) as typeof fetch
  return createClient(`${site.url}/tenants/alder-vale`, ontologyRid('alder-vale'), token, undefined, withReason)
}

async function byClient(who: string, purpose: string, by: readonly string[]): Promise<Value> {
  const client = clientOf(who, purpose)
  const query = { type: 'query', apiName: 'rttIncomplete', version: '1.0.0', isFixedVersion: true } as never
  const parameters = by.length === 0 ? { period: period() } : { period: period(), by }
  const { executeFunction } = client(query) as { executeFunction(of: object): Promise<Value> }
  return await executeFunction(parameters)
}

test('refused: objects and groups of a few to an application that may see figures; it counts and groups the rest', async () => {
  const objects = '/objects/RttPeriod'
  const { status, json } = await send(manager, returning, objects)
  assert.deepEqual([status, json.errorName], [404, 'ObjectTypeNotFound'])
  const sizes = Map.groupBy(world.rows().RttPeriod, ({ treatmentFunctionCode }) => treatmentFunctionCode)
  assert.deepEqual((await send(manager, returning, `${objects}/count`, {})).json, { count: 60 })
  const few = { type: 'eq', field: 'clockStartDate', value: world.rows().RttPeriod[0]!.clockStartDate }
  const aggregation = [{ type: 'count', name: 'count' }]
  const hidden = await send(manager, returning, `${objects}/aggregate`, { aggregation, groupBy: [], where: few })
  assert.deepEqual(hidden.json.data, [{ group: {}, metrics: [] }])
  const max = [{ type: 'max', field: 'clockStartDate', name: 'last' }]
  const refused = await send(manager, returning, `${objects}/aggregate`, { aggregation: max, groupBy: [] })
  assert.deepEqual([refused.status, refused.json.errorName], [400, 'AggregationNotReleasable'])

  const client = clientOf(manager, returning)
  const set = client({ type: 'object', apiName: 'RttPeriod' } as never) as unknown as Aggregating
  const groups = await set.aggregate({ $select: { $count: 'desc' }, $groupBy: { treatmentFunctionCode: 'exact' } })
  assert.ok(groups.length > 0)
  for (const { $count, $group } of groups) {
    const { length } = sizes.get($group.treatmentFunctionCode!)!
    assert.ok(length >= 8)
    assert.equal($count, Math.floor(length / 5 + 0.5) * 5)
  }
})

interface Aggregating {
  aggregate(of: object): Promise<readonly { readonly $count: number; readonly $group: Record<string, string> }[]>
}
