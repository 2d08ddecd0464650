import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { objectTypes } from '#contracts'
import { manualClock, systemClock } from '#kernel'
import { type BearerSite, openBearerSite } from '../../../test/bearer-site.ts'
import { analyst, openWorld, planning, validation, validator, type World } from '../../../test/world.ts'

/* Objects and object sets over HTTP as an application asks for them: what is refused first. */

const inOntology = '/tenants/alder-vale/api/v2/ontologies/palantirukhealth-ontology'
const clock = manualClock(systemClock.now())
let world: World
let site: BearerSite

before(async () => {
  world = await openWorld({ patients: 9, adapters: { clock } })
  site = await openBearerSite(world.node)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

interface Thing {
  readonly __apiName: string
  readonly __primaryKey: string
  readonly __rid?: string
  readonly [property: string]: unknown
}
interface Answer {
  readonly errorName: string
  readonly errorCode: string
  readonly parameters: object
  readonly data: readonly Thing[]
  readonly totalCount: string
  readonly nextPageToken?: string
  readonly count: number
  readonly objectSetRid: string
}

const vera = [validator, validation] as const
const anil = [analyst, planning] as const

async function ask(who: readonly [string, string], path: string, body?: unknown, more: Record<string, string> = {}) {
  const headers = {
    authorization: `Bearer ${await site.bearer(...who)}`,
    ...{ 'content-type': 'application/json', 'fdp-justification': 'a test', ...more },
  }
  // Of one that counts, the client sends no body.
  const post = { method: 'POST', ...(body === '' ? {} : { body: JSON.stringify(body) }) }
  const reply = await fetch(`${site.url}${inOntology}${path}`, { headers, ...(body === undefined ? {} : post) })
  const text = await reply.text()
  return { status: reply.status, text, answer: JSON.parse(text) as Answer }
}

const told = (text: string) => text.replace(/"errorInstanceId":"[^"]*"/, '')
const count = { aggregation: [{ type: 'count', name: 'count' }], groupBy: [] }
const base = (objectType: string) => ({ type: 'base', objectType })

test('refused: GET /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType, GET /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType/:primaryKey, POST /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType/search, POST /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType/count, POST /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType/aggregate, GET /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType/:primaryKey/links/:linkType and GET /tenants/:tenant/api/v2/ontologies/:ontology/objects/:objectType/:primaryKey/links/:linkType/:linkedPrimaryKey of a type outside every grant, told like one that is none and on record', async () => {
  const ways: readonly [string, unknown?][] = [
    ['', undefined],
    ['/x', undefined],
    ['/search', {}],
    ['/count', ''],
    ['/aggregate', count],
    ['/x/links/patient', undefined],
    ['/x/links/patient/y', undefined],
  ]
  for (const [rest, body] of ways) {
    const none = await ask(anil, `/objects/Nothing${rest}`, body)
    assert.deepEqual([none.status, none.answer.errorName], [404, 'ObjectTypeNotFound'], rest)
    assert.deepEqual(none.answer.parameters, { objectType: 'Nothing' })
    // Published, and outside this purpose's grants.
    const from = world.tenant().ledger.size
    const hidden = await ask(anil, `/objects/Patient${rest}`, body)
    assert.equal(told(hidden.text).replaceAll('Patient', 'Nothing'), told(none.text), rest)
    assert.ok(
      (await world.entries(from)).some(({ type }) => type === 'read.refused'),
      rest,
    )
  }
})

test('refused: POST /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/loadObjects, POST /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/loadObjectsMultipleObjectTypes, POST /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/loadObjectsOrInterfaces, POST /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/loadLinks, POST /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/aggregate and POST /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/createTemporary of a type outside every grant, a body that is none, and a set that is not there', async () => {
  const ways = ['loadObjects', 'loadObjectsMultipleObjectTypes', 'loadObjectsOrInterfaces', 'loadLinks', 'aggregate']
  for (const way of ways) {
    const send = (objectSet: unknown) =>
      ask(anil, `/objectSets/${way}`, { objectSet, links: ['patient'], ...count, select: [] })
    const none = await send(base('Nothing'))
    assert.deepEqual([none.status, none.answer.errorName], [404, 'ObjectTypeNotFound'], way)
    assert.equal(told((await send(base('Patient'))).text).replaceAll('Patient', 'Nothing'), told(none.text), way)
    for (const wrong of [undefined, 'x', { type: 'everything' }, { type: 'base' }, { type: 'union', objectSets: [] }]) {
      const { status, answer } = await send(wrong)
      assert.deepEqual([status, answer.errorCode], [400, 'INVALID_ARGUMENT'], way)
    }
    const gone = await send({ type: 'reference', reference: 'ri.object-set.main.temporary-object-set.x' })
    assert.deepEqual([gone.status, gone.answer.errorName], [404, 'ObjectSetNotFound'], way)
  }
  const wrong = await ask(anil, '/objectSets/createTemporary', { objectSet: { type: 'filter' } })
  assert.equal(wrong.status, 400)
})

test('refused: GET /tenants/:tenant/api/v2/ontologies/:ontology/objectSets/:objectSet to others, for another purpose, and after an hour', async () => {
  const { answer } = await ask(vera, '/objectSets/createTemporary', { objectSet: base('Patient') })
  const path = `/objectSets/${answer.objectSetRid}`
  assert.deepEqual(JSON.parse((await ask(vera, path)).text), base('Patient'))
  const none = told((await ask(vera, path.slice(0, -1) + (path.endsWith('0') ? '1' : '0'))).text)
  assert.match(none, /ObjectSetNotFound/)
  for (const other of [anil, [validator, 'ward-care'], [analyst, validation]] as const) {
    assert.equal(told((await ask(other, path)).text), none)
    const load = await ask(other, '/objectSets/loadObjects', {
      objectSet: { type: 'reference', reference: answer.objectSetRid },
    })
    assert.equal(told(load.text), none)
  }
  clock.advanceMs(61 * 60_000)
  assert.equal(told((await ask(vera, path)).text), none)
})

test('sets that name one another do not grow without end', async () => {
  let set: object = base('Patient')
  for (let i = 0; i < 12; i++) {
    const { status, answer } = await ask(vera, '/objectSets/createTemporary', {
      objectSet: { type: 'union', objectSets: [set, set] },
    })
    if (status !== 200) return assert.deepEqual([status, answer.errorName], [400, 'ObjectsExceededLimit'])
    set = { type: 'reference', reference: answer.objectSetRid }
  }
  assert.fail('it grew')
})

test('what is wrong with an address or a body is a documented error, and says nothing of what was sent', async () => {
  const secret = '9434765919'
  const cases: readonly [string, unknown, string][] = [
    ['/objects/Patient?pageSize=0', undefined, 'InvalidPageSize'],
    ['/objects/Patient?pageSize=10001', undefined, 'InvalidPageSize'],
    [`/objects/Patient?pageSize=${secret}x`, undefined, 'InvalidArgument'],
    [`/objects/Patient?pageToken=${secret}`, undefined, 'InvalidPageToken'],
    [`/objects/Patient?orderBy=${secret}`, undefined, 'InvalidArgument'],
    ['/objects/Patient?orderBy=p.surname:up', undefined, 'InvalidArgument'],
    [`/objects/Patient?select=${secret}`, undefined, 'PropertiesNotFound'],
    ['/objects/Patient?select=ethnicity', undefined, 'PropertiesNotFound'],
    [`/objects/Patient/${secret}`, undefined, 'ObjectNotFound'],
    [`/objects/Patient/${secret}/links/${secret}`, undefined, 'LinkTypeNotFound'],
    ['/objects/Patient/search', { where: { type: 'eq', field: 'sex', value: { a: secret } } }, 'InvalidArgument'],
    ['/objects/Patient/search', { where: { type: secret, field: 'sex' } }, 'InvalidArgument'],
    ['/objects/Patient/search', { where: { type: 'eq', field: secret, value: 1 } }, 'PropertiesNotFound'],
    ['/objects/Patient/search', { where: { type: 'gt', field: 'dateOfBirth', value: secret } }, 'InvalidPropertyValue'],
    ['/objects/Patient/search', [secret], 'InvalidArgument'],
    ['/objects/Patient/search', null, 'InvalidArgument'],
    ['/objects/Patient/aggregate', {}, 'InvalidArgument'],
    [
      '/objects/Patient/aggregate',
      { aggregation: [{ type: 'sum', field: 'surname' }] },
      'AggregationMetricNotSupported',
    ],
  ]
  for (const [path, body, errorName] of cases) {
    const { status, answer, text } = await ask(vera, path, body)
    assert.equal(answer.errorName, errorName, `${path} ${text}`)
    assert.ok(status === 400 || status === 404)
    assert.ok(!text.includes(secret), text)
  }
  const headers = { authorization: `Bearer ${await site.bearer(...vera)}`, 'content-type': 'application/json' }
  const broken = await fetch(`${site.url}${inOntology}/objects/Patient/search`, {
    ...{ method: 'POST', headers, body: `{"where": "${secret}` },
  })
  const text = await broken.text()
  assert.equal(broken.status, 400)
  assert.ok(text.includes('INVALID_ARGUMENT') && !text.includes(secret))
})

test('objects are listed page by page, got by key, searched, counted; a token holds for its own question and caller', async () => {
  const first = (await ask(vera, '/objects/Patient?pageSize=4&orderBy=properties.surname:desc&select=surname')).answer
  assert.deepEqual([first.data.length, first.totalCount], [4, '9'])
  assert.deepEqual(Object.keys(first.data[0]!), ['__apiName', '__primaryKey', '__rid', 'surname'])
  const token = encodeURIComponent(first.nextPageToken!)
  const query = `pageSize=9&orderBy=properties.surname:desc&select=surname&pageToken=${token}`
  const rest = (await ask(vera, `/objects/Patient?${query}`)).answer
  assert.deepEqual([rest.data.length, rest.totalCount, rest.nextPageToken], [5, '9', undefined])
  const surnames = [...first.data, ...rest.data].map(({ surname }) => String(surname))
  const published = world.rows().Patient.map(({ surname }) => String(surname))
  assert.deepEqual(surnames, published.sort().reverse())
  const elsewhere = await ask(vera, `/objects/Patient?pageToken=${token}`)
  assert.equal(elsewhere.answer.errorName, 'InvalidPageToken')

  const [one] = first.data
  const path = `/objects/Patient/${encodeURIComponent(one!.__primaryKey)}`
  assert.deepEqual(JSON.parse((await ask(vera, `${path}?select=surname`)).text), one)
  const bare = JSON.parse((await ask(vera, `${path}?select=surname&select=sex&excludeRid=true`)).text) as Thing
  assert.deepEqual(Object.keys(bare), ['__apiName', '__primaryKey', 'surname', 'sex'])
  assert.equal((await ask(vera, '/objects/Patient/count', '')).text, '{"count":9}')
  const where = { type: 'eq', field: 'surname', value: surnames[0] }
  const found = (await ask(vera, '/objects/Patient/search', { where, select: ['surname'] })).answer
  assert.deepEqual(found.data, [one])
})

test('below identifiable level a key is a token of the purpose, and names the object as it is told', async () => {
  const { data } = (await ask(anil, '/objects/RttPeriod?pageSize=2')).answer
  for (const { __primaryKey: key, __rid: rid } of data) {
    assert.match(key, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    const again = JSON.parse((await ask(anil, `/objects/RttPeriod/${key}`)).text) as Thing
    assert.equal(again.__rid, rid)
  }
  const published = world.rows().RttPeriod[0]!
  const { primaryKey } = objectTypes().find(({ name }) => name === 'RttPeriod')!
  const byId = await ask(anil, `/objects/RttPeriod/${encodeURIComponent(String(published[primaryKey as never]))}`)
  assert.equal(byId.answer.errorName, 'ObjectNotFound')
})

test('each request is an entry of its own before its answer, with no value in its governance part', async () => {
  const from = world.tenant().ledger.size
  const { data } = (await ask(vera, '/objects/Patient?pageSize=1')).answer
  await ask(vera, `/objects/Patient/${data[0]!.__primaryKey}`)
  const entries = await world.entries(from)
  assert.equal(entries.filter(({ type }) => type === 'read.opened').length, 2)
  assert.equal(entries.filter(({ type }) => type === 'read.completed').length, 2)
  assert.ok(!JSON.stringify(entries.map(({ governance }) => governance)).includes(data[0]!.__primaryKey))
})
