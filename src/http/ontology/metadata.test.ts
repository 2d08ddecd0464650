import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { objectTypes } from '#contracts'
import { ontologyRid } from '#ontology'
import { type Browser, openSite, type Site } from '../../../test/sign-in.ts'
import { analyst, openWorld, planning, validation, validator, type World } from '../../../test/world.ts'

/* The ontology as callers see it over HTTP: what is refused first. */

const base = '/tenants/alder-vale/api/v2/ontologies'
const inOntology = `${base}/palantirukhealth-ontology`
let world: World
let site: Site
let vera: Browser
let anil: Browser

before(async () => {
  world = await openWorld({ patients: 6 })
  site = await openSite(world.node)
  vera = await site.signIn(validator, `?tenant=alder-vale&purpose=${validation}`)
  anil = await site.signIn(analyst, `?tenant=alder-vale&purpose=${planning}`)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

interface Answer {
  readonly errorCode: string
  readonly errorName: string
  readonly errorInstanceId: string
  readonly parameters: Record<string, unknown>
  readonly error: { readonly code: string }
}
const because: Record<string, string> = { 'fdp-justification': encodeURIComponent('a test of the API') }

async function get(who: Browser, path: string, headers: Record<string, string> = because) {
  const reply = await who.get(path, { headers })
  const text = await reply.text()
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/)
  return { status: reply.status, text, answer: JSON.parse(text) as Answer & Record<string, never> }
}

/** All but the instance of an error. */
const told = (text: string) => text.replace(/"errorInstanceId":"[^"]*"/, '')

test('refused: GET /tenants/:tenant/api/v2/ontologies/:ontology, GET /tenants/:tenant/api/v2/ontologies/:ontology/fullMetadata and POST /tenants/:tenant/api/v2/ontologies/:ontology/metadata of another ontology, a branch, a level that is none, or without the reason that the purpose asks for', async () => {
  for (const other of ['other', ontologyRid('brook-haven'), '9434765919']) {
    for (const path of ['', '/fullMetadata', '/objectTypes']) {
      const { status, answer } = await get(vera, `${base}/${other}${path}`)
      assert.deepEqual([status, answer.errorCode, answer.errorName], [404, 'NOT_FOUND', 'OntologyNotFound'])
      assert.match(answer.errorInstanceId, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      if (other.startsWith('9')) assert.ok(!JSON.stringify(answer).includes(other))
    }
    const sent = await vera.send('POST', `${base}/${other}/metadata`, {})
    assert.equal(((await sent.json()) as Answer).errorName, 'OntologyNotFound')
  }
  const branch = await get(vera, `${inOntology}/fullMetadata?branch=mine`)
  assert.deepEqual([branch.status, branch.answer.errorName], [400, 'UnsupportedObjectSet'])
  const level = await get(vera, `${inOntology}/fullMetadata`, { 'fdp-level': 'everything' })
  assert.deepEqual([level.status, level.answer.errorName], [400, 'InvalidArgument'])
  const reasonless = await get(anil, `${inOntology}/fullMetadata`, {})
  assert.deepEqual([reasonless.status, reasonless.answer.errorName], [400, 'JustificationRequired'])
  const wrong = await vera.send('POST', `${inOntology}/metadata`, { objectTypes: 'Patient' })
  assert.deepEqual([wrong.status, ((await wrong.json()) as Answer).errorCode], [400, 'INVALID_ARGUMENT'])
  const text = await vera.send('POST', `${inOntology}/metadata`, undefined, { 'content-type': 'text/csv' })
  assert.deepEqual([text.status, ((await text.json()) as Answer).errorName], [415, 'InvalidContentType'])
  const long = await vera.send('POST', `${inOntology}/metadata`, { objectTypes: ['x'.repeat(1_100_000)] })
  assert.deepEqual([long.status, ((await long.json()) as Answer).errorCode], [413, 'REQUEST_ENTITY_TOO_LARGE'])
  const nowhere = await get(vera, `${inOntology}/nothing`)
  assert.deepEqual([nowhere.status, nowhere.answer.errorCode], [404, 'NOT_FOUND'])
  const nobody = await site.get(`${inOntology}/objectTypes`)
  assert.deepEqual([nobody.status, ((await nobody.json()) as Answer).errorCode], [401, 'UNAUTHORIZED'])
})

test('refused: GET /tenants/:tenant/api/v2/ontologies/:ontology/objectTypes/:objectType, GET /tenants/:tenant/api/v2/ontologies/:ontology/objectTypes/:objectType/fullMetadata, GET /tenants/:tenant/api/v2/ontologies/:ontology/objectTypes/:objectType/outgoingLinkTypes and GET /tenants/:tenant/api/v2/ontologies/:ontology/objectTypes/:objectType/outgoingLinkTypes/:linkType for a type outside every grant, told like one that is none', async () => {
  const hidden = objectTypes().filter(({ name }) => !['Patient', 'PatientPathway', 'RttPeriod'].includes(name))
  for (const what of ['', '/fullMetadata', '/outgoingLinkTypes', '/outgoingLinkTypes/x']) {
    const none = await get(vera, `${inOntology}/objectTypes/Nothing${what}`)
    assert.deepEqual([none.status, none.answer.errorName], [404, 'ObjectTypeNotFound'])
    for (const { apiName } of hidden.slice(0, 3)) {
      const { status, text } = await get(vera, `${inOntology}/objectTypes/${apiName}${what}`)
      assert.equal(status, 404)
      assert.equal(told(text).replaceAll(apiName, 'Nothing'), told(none.text))
    }
  }
  const from = world.tenant().ledger.size
  await get(vera, `${inOntology}/objectTypes/Ward`)
  assert.ok((await world.entries(from)).some(({ type }) => type === 'read.refused'))
  const link = await get(vera, `${inOntology}/objectTypes/Patient/outgoingLinkTypes/nothing`)
  assert.deepEqual([link.status, link.answer.errorName], [404, 'LinkTypeNotFound'])
  assert.deepEqual(link.answer.parameters, { objectType: 'Patient', linkType: 'nothing' })
  const odd = await get(vera, `${inOntology}/objectTypes/${encodeURIComponent('9434765919 or so')}`)
  assert.deepEqual(odd.answer.parameters, { objectType: '(not a name)' })
})

test('refused: GET /tenants/:tenant/api/v2/ontologies/:ontology/interfaceTypes/:interfaceType, GET /tenants/:tenant/api/v2/ontologies/:ontology/valueTypes/:valueType, GET /tenants/:tenant/api/v2/ontologies/:ontology/actionTypes/:actionType and GET /tenants/:tenant/api/v2/ontologies/:ontology/queryTypes/:query of what is not there', async () => {
  for (const [path, errorName] of [
    ['interfaceTypes', 'InterfaceTypeNotFound'],
    ['valueTypes', 'ValueTypeNotFound'],
    ['actionTypes', 'ActionTypeNotFound'],
    ['queryTypes', 'QueryNotFound'],
  ] as const) {
    const { status, answer } = await get(vera, `${inOntology}/${path}/constructor`)
    assert.deepEqual([status, answer.errorName], [404, errorName])
  }
})

test('refused: GET /tenants/:tenant/api/v2/ontologies, GET /tenants/:tenant/api/v2/ontologies/:ontology/objectTypes, GET /tenants/:tenant/api/v2/ontologies/:ontology/interfaceTypes, GET /tenants/:tenant/api/v2/ontologies/:ontology/valueTypes, GET /tenants/:tenant/api/v2/ontologies/:ontology/actionTypes and GET /tenants/:tenant/api/v2/ontologies/:ontology/queryTypes show what a grant reaches, and nothing else', async () => {
  const listed = await get(vera, base)
  const rid = ontologyRid('alder-vale')
  assert.deepEqual(
    (listed.answer as unknown as { data: { rid: string }[] }).data.map((each) => each.rid),
    [rid],
  )
  const types = async (who: Browser, headers = because) =>
    (
      JSON.parse((await get(who, `${base}/${rid}/objectTypes`, headers)).text) as {
        data: { apiName: string; properties: object }[]
      }
    ).data
  const hers = await types(vera)
  await using session = await world.session(validator, validation)
  for (const { name, apiName } of objectTypes()) {
    const visible = session.visible(name)
    const shown = hers.find((each) => each.apiName === apiName)
    assert.deepEqual(shown ? Object.keys(shown.properties).sort() : null, visible ? [...visible.columns].sort() : null)
  }
  assert.ok(hers.length > 0 && hers.length < 10)
  const lower = await types(vera, { ...because, 'fdp-level': 'pseudonymised' })
  assert.ok(lower.length <= hers.length)
  for (const what of ['interfaceTypes', 'valueTypes']) {
    assert.deepEqual((await get(vera, `${inOntology}/${what}`)).text, '{"data":[]}')
  }
  for (const what of ['actionTypes', 'queryTypes']) assert.equal((await get(vera, `${inOntology}/${what}`)).status, 200)
})

test('metadata asked for by name are those of the whole, and what is not there is left out', async () => {
  const whole = JSON.parse((await get(vera, `${inOntology}/fullMetadata`)).text) as { objectTypes: object }
  const names = Object.keys(whole.objectTypes)
  const sent = await vera.send('POST', `${inOntology}/metadata?preview=true`, {
    ...{ objectTypes: [names[0], 'Nothing', 'Ward'], linkTypes: [], actionTypes: [], queryTypes: [] },
    interfaceTypes: [],
  })
  const { objectTypes: some } = (await sent.json()) as { objectTypes: Record<string, object> }
  assert.deepEqual(Object.keys(some), [names[0]])
})

test('a tenant’s ontology answers under the RIDs of the settings too, and says its own', async () => {
  const knownAs = 'ri.ontology.main.ontology.00000000-0000-0000-0000-000000000000'
  assert.equal((await get(vera, `${base}/${knownAs}`)).answer.errorName, 'OntologyNotFound')
  const config = { ...world.node.config, ontology: { origins: [], knownAs: [knownAs] } }
  await using other = await openSite({ ...world.node, config })
  const there = await other.signIn(validator, `?tenant=alder-vale&purpose=${validation}`)
  assert.equal((await get(there, `${base}/${knownAs}`)).answer.rid, ontologyRid('alder-vale'))
  assert.equal((await get(there, `${base}/${ontologyRid('brook-haven')}`)).answer.errorName, 'OntologyNotFound')
})

test('asking what there is reads nothing: no entry but of sessions, and none with the reason in it', async () => {
  const from = world.tenant().ledger.size
  await get(anil, `${inOntology}/objectTypes`)
  const entries = await world.entries(from)
  assert.ok(entries.every(({ type }) => type.startsWith('session.')))
  assert.ok(!JSON.stringify(entries).includes('a test of the API'))
})
