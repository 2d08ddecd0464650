import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Browser, openSite, type Site } from '../../../test/sign-in.ts'
import { analyst, openWorld, planning, validation, validator, type World } from '../../../test/world.ts'

/* Actions over HTTP: what is refused first. */

const inOntology = '/tenants/alder-vale/api/v2/ontologies/palantirukhealth-ontology'
const edits = '/api/v1/tenants/alder-vale/edits'
const request = 'request-pathway-change'
let world: World
let site: Site
let vera: Browser
let anil: Browser
let pathway: string

before(async () => {
  world = await openWorld({ patients: 6 })
  site = await openSite(world.node)
  vera = await site.signIn(validator, `?tenant=alder-vale&purpose=${validation}`)
  anil = await site.signIn(analyst, `?tenant=alder-vale&purpose=${planning}`)
  pathway = world.rows().PatientPathway[0]!.pathwayId!
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
type Answer = any
const because = { 'fdp-justification': 'a test' }
async function send(who: Browser, method: string, path: string, body?: unknown) {
  const reply =
    method === 'GET' ? await who.get(path, { headers: because }) : await who.send(method, path, body, because)
  const text = await reply.text()
  return { status: reply.status, text, answer: JSON.parse(text) as Answer }
}
const apply = (who: Browser, action: string, parameters: unknown, options: unknown = {}) =>
  send(who, 'POST', `${inOntology}/actions/${action}/apply`, { parameters, options })
const told = (text: string) => text.replace(/"errorInstanceId":"[^"]*"/, '')

test('refused: POST /tenants/:tenant/api/v2/ontologies/:ontology/actions/:action/apply, POST /tenants/:tenant/api/v2/ontologies/:ontology/actions/:action/applyBatch and POST /tenants/:tenant/api/v2/ontologies/:ontology/actions/:action/applyAsync of an action that is none, and of one that the caller may not take, alike', async () => {
  const entries = world.tenant().ledger.size
  const forbidden = await apply(anil, request, { pathway })
  assert.deepEqual([forbidden.status, forbidden.answer.errorName], [404, 'ActionTypeNotFound'])
  assert.equal(told(forbidden.text), told((await apply(anil, 'no-such-action', { pathway })).text))
  assert.equal(told(forbidden.text), told((await apply(anil, request, { pathway: 7, more: 'x' })).text))
  assert.ok((await world.entries(entries)).some(({ governance }) => governance.action === 'edit'))
  const batch = `${inOntology}/actions/${request}/applyBatch`
  assert.equal(told((await send(anil, 'POST', batch, { requests: [{ parameters: {} }] })).text), told(forbidden.text))
  const later = await send(vera, 'POST', `${inOntology}/actions/${request}/applyAsync`, { parameters: {} })
  assert.equal(later.status, 400)
  const listed = await send(anil, 'GET', `${inOntology}/actionTypes`)
  assert.deepEqual(listed.answer.data, [])
})

test('refused: parameters that are none, of another type or outside their values; a batch half wrong applies nothing', async () => {
  const good = { pathway, propertyToModify: 'pathwayStatus', newValue: 'Closed' }
  const cases: readonly (readonly [unknown, string])[] = [
    [[], 'InvalidArgument'],
    [{ ...good, nhsNumber: '9434765919' }, 'UnknownParameter'],
    [{ ...good, newValue: 7 }, 'InvalidParameterValue'],
    [{ ...good, taskDueDate: '31/12/2026' }, 'InvalidParameterValue'],
  ]
  for (const [parameters, errorName] of cases) {
    const { status, answer, text } = await apply(vera, request, parameters)
    assert.deepEqual([status, answer.errorName], [400, errorName])
    assert.doesNotMatch(text, /9434765919|31\/12/)
  }
  const wrong = await apply(vera, request, { pathway, propertyToModify: 'surname' })
  assert.equal(wrong.answer.validation.result, 'INVALID')
  const results = Object.entries(wrong.answer.validation.parameters).map(([name, each]: Answer) => [name, each.result])
  assert.deepEqual(Object.fromEntries(results), {
    ...{
      pathway: 'VALID',
      propertyToModify: 'INVALID',
      newValue: 'INVALID',
      description: 'VALID',
      taskDueDate: 'VALID',
    },
  })
  const requests = [{ parameters: good }, { parameters: { ...good, pathway: 'PW-NOBODYS' } }]
  const batch = await send(vera, 'POST', `${inOntology}/actions/${request}/applyBatch`, { requests })
  assert.deepEqual([batch.status, batch.answer.errorName], [400, 'ActionValidationFailed'])
  assert.equal((await world.entries()).filter(({ type }) => type === 'action.applied').length, 0)
})

test('refused: GET /api/v1/tenants/:tenant/edits, POST /api/v1/tenants/:tenant/edits/:edit/decision and POST /api/v1/tenants/:tenant/actions/:entry/undo tell nothing of rows that the caller may not see', async () => {
  const parameters = { pathway, propertyToModify: 'pathwayStatus', newValue: 'Canaryvalue' }
  const { answer } = await apply(vera, request, parameters, { returnEdits: 'ALL' })
  assert.equal(answer.edits.addedObjectCount, 1)
  const [line] = (await send(vera, 'GET', edits)).answer
  assert.deepEqual(
    [line.object, line.primaryKey, line.values.newValue.after],
    [...['ChangeLogRequest', answer.edits.edits[0].primaryKey, 'Canaryvalue']],
  )
  assert.deepEqual((await send(anil, 'GET', edits)).answer, [])
  const decision = { decision: 'withdraw', reason: 'a test' }
  const theirs = await send(anil, 'POST', `${edits}/${line.id}/decision`, decision)
  assert.deepEqual([theirs.status, theirs.answer.error.code], [404, 'FDP_GATE_NOT_AVAILABLE'])
  assert.equal(
    theirs.text.replace(/"requestId":"[^"]*"/, ''),
    (await send(anil, 'POST', `${edits}/1.0/decision`, decision)).text.replace(/"requestId":"[^"]*"/, ''),
  )
  const entry = line.id.split('.')[0]
  const undo = (who: Browser) =>
    send(who, 'POST', `/api/v1/tenants/alder-vale/actions/${entry}/undo`, { reason: 'a test' })
  assert.equal((await undo(anil)).status, 404)
  assert.equal((await undo(vera)).status, 200)
  assert.deepEqual((await send(vera, 'GET', edits)).answer, [])
})

test('an action is told with what its edits are until their source has them, validated without an edit, and applied once', async () => {
  const { answer } = await send(vera, 'GET', `${inOntology}/actionTypes`)
  const types = answer.data.map(({ apiName }: Answer) => apiName)
  assert.deepEqual(types, ['request-pathway-change'])
  const [type] = answer.data
  assert.match(type.description, /pending.*72 hours/)
  assert.deepEqual(type.operations, [{ type: 'createObject', objectTypeApiName: 'ChangeLogRequest' }])
  assert.equal(type.parameters.pathway.dataType.objectTypeApiName, 'PatientPathway')
  const parameters = { pathway, propertyToModify: 'pathwayStatus', newValue: 'Closed', taskDueDate: '2026-12-31' }
  const from = world.tenant().ledger.size
  const valid = await apply(vera, request, parameters, { mode: 'VALIDATE_ONLY' })
  assert.deepEqual([valid.answer.validation.result, valid.answer.edits], ['VALID', undefined])
  assert.ok(!(await world.entries(from)).some(({ type: each }) => each === 'action.applied'))
  const once = await apply(vera, request, parameters, { returnEdits: 'ALL_V2_WITH_DELETIONS' })
  const key = once.answer.edits.edits[0].primaryKey
  const made = await send(vera, 'GET', `${inOntology}/objects/ChangeLogRequest/${key}`)
  assert.equal(made.answer.taskDueDate, '2026-12-31')
  // There is something to validate now.
  const more = (await send(vera, 'GET', `${inOntology}/actionTypes`)).answer.data
  assert.deepEqual(
    more.map(({ apiName }: Answer) => apiName),
    ['request-pathway-change', 'validate-change'],
  )
})
