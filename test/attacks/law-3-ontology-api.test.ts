/*
 * Law 3, over the Ontology API. What you may not read does not exist: not in a filter, an order, a selection, a figure, a
 * group, a link or a derived property; not by its RID or its key; not in a total. Every pair of requests here differs in
 * one name only, of something hidden or of nothing, and must get the same bytes but for the number of the error.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PurposeId } from '#kernel'
import { type BearerSite, openBearerSite } from '../bearer-site.ts'
import { type Reply, sameRefusal, Wire } from '../conformance/object-sets/wire.ts'
import { openWorld, validation, validator, type World } from '../world.ts'
import { dpiaFor } from '../world-opt-outs.ts'

const purpose = 'api-planning' as PurposeId
const otherPurpose = 'other-planning' as PurposeId
let world: World
let site: BearerSite
/** Sees five columns of the periods of one commissioner, women, and open pathways. */
let narrow: Wire
/** Sees all of it for the same purpose, so that the tokens are the same. */
let wide: Wire
/** Sees all of it for another purpose. */
let elsewhere: Wire

before(async () => {
  world = await openWorld({ patients: 40 })
  site = await openBearerSite(world.node)
  const objects = ['Patient', 'PatientPathway', 'RttPeriod']
  const bearer = async (id: string, of: string) => {
    return new Wire(site.url, 'alder-vale', { authorization: `Bearer ${await site.bearer(id, of)}` })
  }
  const wholly = async (of: PurposeId) => {
    await world.purpose(of)
    const dpia = await dpiaFor(world, of, objects, ['pseudonymised'])
    const id = await world.hire()
    for (const object of objects) await world.grant(id, object, { purpose: of, dpia })
    return { dpia, wire: await bearer(id, of) }
  }
  const { dpia, wire } = await wholly(purpose)
  wide = wire
  elsewhere = (await wholly(otherPurpose)).wire
  const id = await world.hire()
  const rows = (property: string, ...values: string[]) => {
    return { rows: { controllers: 'all' as const, where: [{ property, in: values }] }, purpose, dpia }
  }
  const columns = ['rttPeriodId', 'pathwayId', 'patientId', 'statusCode', 'clockStartDate']
  await world.grant(id, 'RttPeriod', { columns, ...rows('commissionerCode', 'QZ1') })
  await world.grant(id, 'Patient', { columns: ['personId', 'sex'], ...rows('sex', 'Female') })
  await world.grant(id, 'PatientPathway', rows('pathwayStatus', 'Open'))
  narrow = await bearer(id, purpose)
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

type Json = Readonly<Record<string, unknown>>
const periods = { type: 'base', objectType: 'RttPeriod' }
const patients = { type: 'base', objectType: 'Patient' }
const pathways = { type: 'base', objectType: 'PatientPathway' }
const filtered = (where: Json, objectSet: Json = periods) => ({ type: 'filter', objectSet, where })
const around = (objectSet: Json, link: string) => ({ type: 'searchAround', objectSet, link })
const reached = (link: string) => around({ type: 'methodInput' }, link)
const withDerived = (definition: Json, name = 'derived', objectSet: Json = periods) => {
  return { type: 'withProperties', objectSet, derivedProperties: { [name]: definition } }
}
const figures = (objectSet: Json, aggregation: Json, groupBy: readonly Json[] = []) => {
  return ['objectSets/aggregate', { objectSet, aggregation: [aggregation], groupBy }] as const
}
const loaded = (objectSet: Json, more: Json = {}) => ['objectSets/loadObjects', { objectSet, ...more }] as const

interface Loaded {
  readonly data: readonly Json[]
  readonly totalCount: string
}

async function load(api: Wire, objectSet: Json, more: Json = {}): Promise<Loaded> {
  const { status, json, text } = await api.post(...loaded(objectSet, more))
  assert.equal(status, 200, text)
  return json as Loaded
}

const keys = ({ data }: Loaded) => data.map((object) => object.__primaryKey as string).sort()
/** What the narrow person sees of the periods, by the same tokens. */
async function hiddenPeriods(): Promise<readonly Json[]> {
  const seen = new Set(keys(await load(narrow, periods)))
  return (await load(wide, periods)).data.filter((object) => !seen.has(object.__primaryKey as string))
}

const operators = [
  ...['eq', 'lt', 'gte', 'contains', 'startsWith', 'wildcard', 'regex', 'containsAllTerms', 'containsAnyTerm'],
  ...['containsAllTermsInOrder', 'containsAllTermsInOrderPrefixLastTerm'],
]

/** Every clause in which a property of the periods may be named. */
const clauses: readonly ((name: string) => readonly [string, Json])[] = [
  ...operators.map((type) => (field: string) => loaded(filtered({ type, field, value: 'QZ1' }))),
  (field) => loaded(filtered({ type: 'in', field, value: ['QZ1'] })),
  (field) => loaded(filtered({ type: 'in', field, value: [] })),
  (field) => loaded(filtered({ type: 'isNull', field, value: true })),
  (field) => loaded(filtered({ type: 'not', value: { type: 'eq', field, value: 'QZ1' } })),
  (apiName) => loaded(filtered({ type: 'eq', propertyIdentifier: { type: 'property', apiName }, value: 'QZ1' })),
  (field) => loaded({ type: 'union', objectSets: [periods, filtered({ type: 'eq', field, value: 'QZ1' })] }),
  (field) => loaded({ type: 'subtract', objectSets: [periods, filtered({ type: 'eq', field, value: 'QZ1' })] }),
  (field) => loaded(around(filtered({ type: 'eq', field, value: 'QZ1' }), 'pathway')),
  (field) => loaded(periods, { orderBy: { fields: [{ field }] } }),
  (field) => loaded(periods, { orderBy: { fields: [{ field: 'statusCode' }, { field, direction: 'desc' }] } }),
  (name) => loaded(periods, { select: [name] }),
  (apiName) =>
    loaded(periods, {
      selectV2: [
        { type: 'property', apiName: 'statusCode' },
        { type: 'property', apiName },
      ],
    }),
  (apiName) => loaded(withDerived({ type: 'property', apiName })),
  (apiName) => loaded(withDerived({ type: 'greatest', properties: [{ type: 'property', apiName }] })),
  (field) => figures(periods, { type: 'count' }, [{ type: 'exact', field }]),
  (field) => figures(periods, { type: 'exactDistinct', field }),
  (field) => figures(periods, { type: 'max', field }),
  (field) => figures(filtered({ type: 'eq', field, value: 'QZ1' }), { type: 'count' }),
  (field) => ['objects/RttPeriod/search', { where: { type: 'eq', field, value: 'QZ1' } }],
  (field) => ['objects/RttPeriod/aggregate', { aggregation: [{ type: 'count' }], groupBy: [{ type: 'exact', field }] }],
]

test('a hidden property and one that never was are refused alike in every clause of a request', async () => {
  for (const clause of clauses) {
    const nothing = await narrow.post(...clause('nothingHere'))
    assert.ok([400, 404].includes(nothing.status), nothing.text)
    for (const hidden of ['commissionerCode', 'providerCode', 'surname', '_person', '~patientId', '_controller']) {
      const reply = await narrow.post(...clause(hidden))
      const isName = /^[A-Za-z]/.test(hidden)
      sameRefusal(reply, isName ? nothing : await narrow.post(...clause('~nothingHere')), { [hidden]: 'nothingHere' })
    }
  }
})

test('a link that is hidden, an object type that is hidden, and ones that never were are refused alike', async () => {
  const links: readonly ((link: string) => readonly [string, Json])[] = [
    (link) => loaded(around(pathways, link)),
    (link) => loaded(around(around(periods, 'pathway'), link)),
    (link) => loaded(around(around(pathways, link), 'patient')),
    (link) => ['objectSets/loadLinks', { objectSet: pathways, links: ['patient', link] }],
    (link) => {
      const counted = { type: 'selection', objectSet: reached(link), operation: { type: 'count' } }
      return loaded(withDerived(counted, 'derived', pathways))
    },
    (link) => figures(around(pathways, link), { type: 'count' }),
  ]
  for (const link of links) {
    // To types without a grant, by a property that the grant gives; and by one that it does not.
    for (const hidden of ['encounter', 'diagnosticsWaitlistEntries', 'careProfessional']) {
      const nothing = await narrow.post(...link('nothingHere'))
      assert.equal(nothing.status, 404, nothing.text)
      sameRefusal(await narrow.post(...link(hidden)), nothing, { [hidden]: 'nothingHere' })
    }
  }
  const types: readonly ((type: string) => Promise<Reply>)[] = [
    (objectType) => narrow.post(...loaded({ type: 'base', objectType })),
    (objectType) => narrow.post(...loaded({ type: 'union', objectSets: [periods, { type: 'base', objectType }] })),
    (objectType) => narrow.post(...figures({ type: 'base', objectType }, { type: 'count' })),
    (type) => narrow.post(`objects/${type}/search`, {}),
    (type) => narrow.post(`objects/${type}/count`, {}),
    (type) => narrow.post(`objects/${type}/aggregate`, { aggregation: [{ type: 'count' }] }),
    (type) => narrow.get(`objects/${type}`),
    (type) => narrow.get(`objects/${type}/a-key`),
    (type) => narrow.get(`objects/${type}/a-key/links/patient`),
    (type) => narrow.get(`objectTypes/${type}`),
  ]
  for (const ask of types) {
    const nothing = await ask('NothingHere')
    assert.equal(nothing.status, 404, nothing.text)
    // The last is there, and has no rows here.
    for (const hidden of ['Encounter', 'CancerPathway', 'RttReturn']) {
      sameRefusal(await ask(hidden), nothing, { [hidden]: 'NothingHere' })
    }
  }
})

test('a derived property may have the name of a hidden one, as of one that never was', async () => {
  const asked = (name: string) => {
    return load(narrow, withDerived({ type: 'property', apiName: 'statusCode' }, name), {
      select: ['statusCode', name],
    })
  }
  const [hidden, nothing] = [await asked('commissionerCode'), await asked('nothingHere')]
  assert.equal(JSON.stringify(hidden).replaceAll('commissionerCode', 'nothingHere'), JSON.stringify(nothing))
  assert.ok(hidden.data.length > 0)
})

test('hidden objects are named neither by their RIDs nor by their keys: as if there were none', async () => {
  const hidden = await hiddenPeriods()
  assert.ok(hidden.length > 10)
  const rids = hidden.map(({ __rid }) => __rid as string)
  const forged = rids.map((rid) => `${rid.slice(0, -12)}${'0'.repeat(12)}`)
  const statics: readonly ((objects: readonly string[]) => Json)[] = [
    (objects) => ({ type: 'intersect', objectSets: [periods, { type: 'static', objects }] }),
    (objects) => ({ type: 'union', objectSets: [periods, { type: 'static', objects }] }),
    (objects) => ({ type: 'subtract', objectSets: [periods, { type: 'static', objects }] }),
    (objects) => around({ type: 'static', objects }, 'pathway'),
    (objects) => ({ type: 'static', objects }),
  ]
  for (const make of statics) {
    assert.deepEqual(await load(narrow, make(rids)), await load(narrow, make(forged)))
    const counted = await narrow.post(...figures(make(rids), { type: 'count' }))
    assert.equal(counted.text, (await narrow.post(...figures(make(forged), { type: 'count' }))).text)
  }
  const [key, other] = [hidden[0]!.__primaryKey as string, '00000000-0000-4000-8000-000000000000']
  for (const path of ['', '/links/pathway', '/links/pathway/x']) {
    const [one, two] = [
      await narrow.get(`objects/RttPeriod/${key}${path}`),
      await narrow.get(`objects/RttPeriod/${other}${path}`),
    ]
    sameRefusal(one, two)
  }
  for (const value of [[key], hidden.map((object) => object.__primaryKey), [key, other]]) {
    const { data, totalCount } = await load(narrow, filtered({ type: 'in', field: 'rttPeriodId', value }))
    assert.deepEqual([data, totalCount], [[], '0'])
  }
  // Of the rest there are as many as without the test.
  const rest = filtered({ type: 'not', value: { type: 'eq', field: 'rttPeriodId', value: key } })
  assert.equal((await load(narrow, rest)).totalCount, (await load(narrow, periods)).totalCount)
})

test('RIDs and tokens of another purpose name nothing', async () => {
  const theirs = await load(elsewhere, periods)
  const objects = theirs.data.map(({ __rid }) => __rid)
  const { totalCount } = await load(wide, { type: 'intersect', objectSets: [periods, { type: 'static', objects }] })
  assert.equal(totalCount, '0')
  const value = theirs.data.map(({ __primaryKey }) => __primaryKey)
  assert.equal((await load(wide, filtered({ type: 'in', field: 'rttPeriodId', value }))).totalCount, '0')
})

test('totals, orders and figures are of the rows within the grant alone', async () => {
  const rows = world.rows()
  const within = rows.RttPeriod.filter(({ commissionerCode }) => commissionerCode === 'QZ1')
  const page = await load(narrow, periods, { pageSize: 2, orderBy: { fields: [{ field: 'clockStartDate' }] } })
  assert.equal(page.totalCount, String(within.length))
  const first = within
    .map(({ clockStartDate }) => clockStartDate!)
    .sort()
    .slice(0, 2)
  assert.deepEqual(
    page.data.map(({ clockStartDate }) => clockStartDate),
    first,
  )
  const days = within.map(({ clockStartDate }) => clockStartDate!).sort()
  const reply = await narrow.post('objectSets/aggregate', {
    objectSet: periods,
    aggregation: [
      { type: 'count', name: 'count' },
      { type: 'min', field: 'clockStartDate', name: 'min' },
      { type: 'max', field: 'clockStartDate', name: 'max' },
      { type: 'exactDistinct', field: 'patientId', name: 'patients' },
    ],
  })
  assert.deepEqual((reply.json as { data: unknown[] }).data, [
    {
      group: {},
      metrics: [
        { name: 'count', value: within.length },
        { name: 'min', value: days[0] },
        { name: 'max', value: days.at(-1) },
        { name: 'patients', value: new Set(within.map(({ patientId }) => patientId)).size },
      ],
    },
  ])
  const counted = await narrow.post('objects/RttPeriod/count', {})
  assert.deepEqual(counted.json, { count: within.length })
})

test('links lead through nothing that is hidden, at either end or on the way', async () => {
  const rows = world.rows()
  const women = new Set(rows.Patient.filter(({ sex }) => sex === 'Female').map(({ personId }) => personId))
  const open = rows.PatientPathway.filter(({ pathwayStatus }) => pathwayStatus === 'Open')
  const openIds = new Set(open.map(({ pathwayId }) => pathwayId))
  const within = rows.RttPeriod.filter(({ commissionerCode }) => commissionerCode === 'QZ1')
  const total = async (set: Json) => Number((await load(narrow, set)).totalCount)
  assert.equal(await total(around(periods, 'patient')), within.filter(({ patientId }) => women.has(patientId)).length)
  assert.equal(await total(around(periods, 'pathway')), within.filter(({ pathwayId }) => openIds.has(pathwayId)).length)
  assert.equal(
    await total(around(around(pathways, 'patient'), 'patientPathway')),
    open.filter(({ patientId }) => women.has(patientId)).length,
    'pathways of men, who are hidden, are reached through them',
  )
  // Each man has a pathway in the narrow person's scope that leads to nobody they may see.
  const nobody = withDerived(
    { type: 'selection', objectSet: reached('patient'), operation: { type: 'count' } },
    'people',
    pathways,
  )
  const { data } = await load(narrow, nobody, { select: ['people'] })
  assert.equal(
    data.filter(({ people }) => people === 0).length,
    open.filter(({ patientId }) => !women.has(patientId)).length,
  )
  const sex = {
    type: 'selection',
    objectSet: reached('patient'),
    operation: { type: 'get', selectedPropertyApiName: 'sex' },
  }
  const seen = await load(narrow, withDerived(sex, 'sex', pathways), { select: ['sex'] })
  assert.ok(seen.data.every((object) => object.sex === undefined || object.sex === 'Female'))
  const collected = { type: 'collectSet', selectedPropertyApiName: 'pathwayStatus', limit: 100 }
  const statuses = withDerived(
    { type: 'selection', objectSet: reached('patientPathway'), operation: collected },
    'statuses',
    patients,
  )
  const { data: people } = await load(narrow, statuses, { select: ['statuses'] })
  assert.deepEqual(new Set(people.flatMap((object) => object.statuses as string[])), new Set(['Open']))
  const links = await narrow.post('objectSets/loadLinks', { objectSet: periods, links: ['patient', 'pathway'] })
  const targets = new Set([...keys(await load(narrow, patients)), ...keys(await load(narrow, pathways))])
  const found = [...links.text.matchAll(/"__primaryKey":"([^"]+)"/g)].map(([, key]) => key!)
  const sources = new Set(keys(await load(narrow, periods)))
  assert.ok(found.length > 0 && found.every((key) => targets.has(key) || sources.has(key)))
})

test('at aggregate level there are no rows: loading is refused as of a type that never was', async () => {
  const manager = new Wire(site.url, 'alder-vale', {
    authorization: `Bearer ${await site.bearer('dot.finch@alder-vale.example', 'mandatory-return')}`,
  })
  for (const ask of [
    (objectType: string) => manager.post(...loaded({ type: 'base', objectType })),
    (objectType: string) => manager.get(`objects/${objectType}`),
    (objectType: string) => manager.get(`objects/${objectType}/a-key`),
    (objectType: string) => manager.post(...loaded(around({ type: 'base', objectType }, 'patient'))),
  ]) {
    sameRefusal(await ask('RttPeriod'), await ask('NothingHere'), { RttPeriod: 'NothingHere' })
  }
})

test('whoever may see it all is refused none of this', async () => {
  for (const clause of clauses) {
    const { status, text } = await wide.post(...clause('commissionerCode'))
    const isOfItsType =
      status === 400 && /InvalidProperty|PropertyFilters|AggregationMetric|Derived|Aggregat/.test(text)
    assert.ok(status === 200 || isOfItsType, text)
  }
  const vera = new Wire(site.url, 'alder-vale', { authorization: `Bearer ${await site.bearer(validator, validation)}` })
  assert.equal((await load(vera, around(periods, 'patient'))).totalCount, '40')
})
