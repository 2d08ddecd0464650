/*
 * The Ontology API over HTTP with whatever may be sent to it: always the documented form of an error or an answer, never
 * the server's own fault, and never a value of a patient or of the sender in a refusal.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { limits, manualClock } from '#kernel'
import { type BearerSite, openBearerSite } from '../../bearer-site.ts'
import { fc } from '../../random.ts'
import { analyst, openWorld, planning, validation, validator, type World } from '../../world.ts'
import { canariesOf } from '../../world-rows.ts'
import { base, deep, paths, put, replaced, requests, sent, startsWith, strange, where } from './odd-requests.ts'
import { isRefusal, type Reply, sameRefusal, Wire } from './wire.ts'

const runs = process.env.FDP_TEST_FULL ? 4_000 : 150
const clock = manualClock('2026-06-01T09:00:00Z')
const other = 'vera.blake@brook-haven.example'
let world: World
let site: BearerSite
let canaries: readonly string[]

before(async () => {
  world = await openWorld({ tenants: ['alder-vale', 'brook-haven'], patients: 30, adapters: { clock } })
  site = await openBearerSite(world.node)
  canaries = [...canariesOf(world.rows()), ...canariesOf(world.rows('brook-haven'))]
})
after(async () => {
  await site?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

async function wire(subject = validator, purpose = validation, tenant = 'alder-vale'): Promise<Wire> {
  const reason = purpose === planning ? { 'fdp-justification': 'a test' } : {}
  return new Wire(site.url, tenant, { authorization: `Bearer ${await site.bearer(subject, purpose)}`, ...reason })
}

const load = { objectSet: base, pageSize: 3 }

function quiet(reply: Reply): void {
  isRefusal(reply)
  assert.ok(!reply.text.includes(sent), reply.text)
  const found = canaries.find((canary) => reply.text.includes(canary))
  assert.equal(found, undefined, reply.text)
}

test('the requests that the others are made of are answered', async () => {
  const api = await wire()
  for (const [path, body] of requests) {
    const { status, text } = await api.post(path, body)
    assert.equal(status, 200, `${path} ${text}`)
  }
})

test(`${runs} requests with something else in one or two places`, async () => {
  const api = await wire()
  const seen = { refused: 0, answered: 0 }
  const property = fc.asyncProperty(
    fc.constantFrom(...requests).chain(([path, body]) => {
      const place = fc.constantFrom(...paths(body))
      return fc.tuple(fc.constant(path), fc.constant(body), place, strange, fc.option(place), strange)
    }),
    async ([path, body, at, text, second, also]) => {
      const once = put(body, at, text)
      const twice =
        second && !startsWith(second, at) && text.length < 1_000 ? put(replaced(body, at, text), second, also) : once
      const reply = await api.post(path, twice)
      seen[reply.status === 200 ? 'answered' : 'refused'] += 1
      if (reply.status !== 200) quiet(reply)
    },
  )
  await fc.assert(property, { numRuns: runs })
  assert.ok(seen.refused > runs / 3 && seen.answered > 0, JSON.stringify(seen))
})

test('odd values that are of the right type are values like others, in every test that takes them', async () => {
  const api = await wire()
  const texts = [
    "'",
    '"',
    '\\',
    '$1',
    '%',
    '\u2028',
    '\u{10ffff}',
    'İ',
    'ß',
    '👩‍👩‍👧',
    ' ',
    '',
    'é'.repeat(2_000),
    '-- ',
    '{}',
    '[x',
  ]
  const days = ['0001-01-01', '9999-12-31', '2024-02-29']
  const comparing = ['eq', 'lt', 'lte', 'gt', 'gte']
  const words = [
    'startsWith',
    'containsAllTerms',
    'containsAnyTerm',
    'containsAllTermsInOrder',
    'containsAllTermsInOrderPrefixLastTerm',
  ]
  const value = [
    ...texts.flatMap((text) =>
      [...comparing, ...words].map((type) => ({ type, field: 'statusCode', value: text, fuzzy: true })),
    ),
    ...texts
      .filter((text) => text.length < 1_000)
      .map((text) => ({ type: 'wildcard', field: 'statusCode', value: `${text}*` })),
    ...texts.map((query) => ({ type: 'interval', field: 'statusCode', rule: { type: 'match', query, maxGaps: 2 } })),
    ...days.flatMap((day) => comparing.map((type) => ({ type, field: 'clockStartDate', value: day }))),
    { type: 'in', field: 'statusCode', value: texts },
    { type: 'in', field: 'clockStartDate', value: days },
    ...texts.map((text) => ({ type: 'eq', field: 'patientId', value: text })),
  ]
  for (const [subject, purpose] of [
    [validator, validation],
    [analyst, planning],
  ] as const) {
    const asked = { objectSet: { type: 'filter', objectSet: base, where: { type: 'or', value } } }
    const { status, text } = await (await wire(subject, purpose)).post('objectSets/loadObjects', asked)
    assert.equal(status, 200, text)
  }
  for (const day of [
    '2026-02-30',
    '2026-13-01',
    '0000-00-00',
    '10000-01-01',
    '2026-01-01T00:00:00Z',
    'today',
    ' 2026-01-01',
  ]) {
    const where = { type: 'eq', field: 'clockStartDate', value: day }
    const reply = await api.post('objects/RttPeriod/search', { where })
    quiet(reply)
    assert.equal((reply.json as { errorName: string }).errorName, 'InvalidPropertyValue', day)
  }
})

test('sets as large as they may be are answered', async () => {
  const api = await wire()
  const people = { type: 'base', objectType: 'Patient' }
  const links = Array.from({ length: limits.objectSetDepthMax - 2 }, (_, i) =>
    i % 2 === 0 ? 'patientPathway' : 'patient',
  )
  const chain = links.reduce<unknown>((objectSet, link) => ({ type: 'searchAround', objectSet, link }), people)
  const rid = (i: number) =>
    `ri.openfdp-objects.main.object.Patient.00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
  const objects = Array.from({ length: limits.staticObjectsMax }, (_, i) => rid(i))
  const counted = {
    type: 'selection',
    objectSet: { type: 'searchAround', objectSet: { type: 'methodInput' }, link: 'patientPathway' },
    operation: { type: 'count' },
  }
  const properties = Array(limits.derivedPropertiesMax).fill(counted)
  const value = Array.from({ length: limits.filterValuesMax }, (_, i) => `v${i}`)
  for (const objectSet of [
    chain,
    { type: 'subtract', objectSets: [people, { type: 'static', objects }] },
    { type: 'withProperties', objectSet: people, derivedProperties: { sum: { type: 'add', properties } } },
    { type: 'filter', objectSet: people, where: { type: 'not', value: { type: 'in', field: 'sex', value } } },
  ]) {
    const { status, text, json } = await api.post('objectSets/loadObjects', { objectSet, pageSize: 5, select: ['sex'] })
    assert.equal(status, 200, text)
    assert.equal((json as { totalCount: string }).totalCount, '30')
  }
})

test('bodies that are no JSON, or none of the API', async () => {
  const api = await wire()
  const bodies = ['', '{', '[', 'null', '1', '"x"', '[]', '{}', '{"a":1}', '\0', '{"objectSet":1}', '{"__proto__":{}}']
  bodies.push('['.repeat(100_000), deep(100_000, '[', ']'), deep(100_000, '{"objectSet":', '}'), sent, `{"${sent}":1}`)
  for (const [path] of requests) {
    for (const body of bodies) {
      const reply = await api.post(path, body)
      // A search without a filter is one of everything.
      if (reply.status === 200)
        assert.ok(path.endsWith('search') && ['{}', '{"a":1}', `{"${sent}":1}`, '{"objectSet":1}'].includes(body), body)
      else quiet(reply)
    }
  }
  quiet(await api.post('objectSets/loadObjects', `"${'x'.repeat(2_000_000)}"`))
})

test('addresses and query parts that are none', async () => {
  const api = await wire()
  const odd = [
    '%00',
    '%ff',
    '%F0%9F%A6%86',
    '__proto__',
    'constructor',
    '..%2f',
    "'",
    '%22',
    'x'.repeat(900),
    encodeURIComponent(sent),
    '%ed%a0%80',
  ]
  const key = encodeURIComponent(world.rows().RttPeriod[0]!.rttPeriodId!)
  for (const each of odd) {
    for (const path of [
      `objects/${each}`,
      `objects/RttPeriod/${each}`,
      `objects/RttPeriod/${key}/links/${each}`,
      `objects/RttPeriod/${key}/links/patient/${each}`,
      `objectTypes/${each}`,
      `objectSets/${each}`,
    ]) {
      quiet(await api.get(path))
    }
    for (const query of [
      `pageToken=${each}`,
      `select=${each}`,
      `orderBy=${each}`,
      `orderBy=p.${each}`,
      `pageSize=${each}`,
      `excludeRid=${each}`,
    ]) {
      quiet(await api.get(`objects/RttPeriod?${query}`))
    }
  }
})

test('pages larger than there are', async () => {
  const api = await wire()
  for (const pageSize of [0, -1, limits.objectPageRowsMax + 1, 2 ** 53, 1e300]) {
    const reply = await api.post('objectSets/loadObjects', { ...load, pageSize })
    quiet(reply)
    if (Number.isSafeInteger(pageSize)) assert.equal((reply.json as { errorName: string }).errorName, 'InvalidPageSize')
  }
})

async function firstPage(api: Wire, body: unknown = load): Promise<string> {
  const { json, text } = await api.post('objectSets/loadObjects', body)
  const { nextPageToken } = json as { nextPageToken?: string }
  assert.ok(nextPageToken, text)
  return nextPageToken
}

test('page tokens: forged, cut short, of another person, purpose, tenant, question or day: one and the same refusal', async () => {
  const vera = await wire()
  const pageToken = await firstPage(vera)
  const refused = await vera.post('objectSets/loadObjects', { ...load, pageToken: 'forged' })
  quiet(refused)
  assert.equal((refused.json as { errorName: string }).errorName, 'InvalidPageToken')
  const isRefused = async (api: Wire, body: object, path = 'objectSets/loadObjects') => {
    const reply = await api.post(path, body)
    quiet(reply)
    sameRefusal(reply, refused)
  }
  // It is good for what it was made for.
  assert.equal((await vera.post('objectSets/loadObjects', { ...load, pageToken })).status, 200)
  for (let i = 0; i < pageToken.length; i += Math.ceil(pageToken.length / 40)) {
    const changed = `${pageToken.slice(0, i)}${pageToken[i] === 'A' ? 'B' : 'A'}${pageToken.slice(i + 1)}`
    await isRefused(vera, { ...load, pageToken: changed })
    await isRefused(vera, { ...load, pageToken: pageToken.slice(0, i) })
  }
  for (const body of [
    `${pageToken}A`,
    `${pageToken}=`,
    ` ${pageToken}`,
    'v1.',
    'v1',
    '',
    'x'.repeat(20_001),
    '🦆',
    sent,
  ]) {
    await isRefused(vera, { ...load, pageToken: body })
  }
  await isRefused(vera, { ...load, pageToken, objectSet: { type: 'filter', objectSet: base, where } })
  await isRefused(vera, { ...load, pageToken, select: ['statusCode'] })
  await isRefused(vera, { ...load, pageToken, orderBy: { fields: [{ field: 'statusCode' }] } })
  await isRefused(vera, { ...load, pageToken, excludeRid: true })
  await isRefused(vera, { ...load, pageToken }, 'objectSets/loadObjectsMultipleObjectTypes')
  await isRefused(await wire(analyst, planning), { ...load, pageToken })
  await isRefused(await wire(other, validation, 'brook-haven'), { ...load, pageToken })
  await isRefused(vera, { ...load, pageToken: await firstPage(await wire(other, validation, 'brook-haven')) })
  clock.advanceMs(24 * 3_600_000 + 1)
  await isRefused(await wire(), { ...load, pageToken })
})

test('temporary sets of another person or tenant are not there', async () => {
  const made = await (await wire()).post('objectSets/createTemporary', { objectSet: base })
  const reference = (made.json as { objectSetRid: string }).objectSetRid
  const asked = { ...load, objectSet: { type: 'reference', reference } }
  assert.equal((await (await wire()).post('objectSets/loadObjects', asked)).status, 200)
  const nothing = { ...load, objectSet: { type: 'reference', reference: `${reference.slice(0, -1)}x` } }
  for (const api of [await wire(analyst, planning), await wire(other, validation, 'brook-haven')]) {
    const reply = await api.post('objectSets/loadObjects', asked)
    quiet(reply)
    sameRefusal(reply, await api.post('objectSets/loadObjects', nothing))
  }
})
