import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock, systemClock } from '#kernel'
import { type Browser, codeOf, openSite, type Site } from '../../test/sign-in.ts'
import { guardian, manager, openWorld, validation, validator, type World } from '../../test/world.ts'

/* Emergencies over HTTP, with the real identity provider: what is refused first, then one from opening to review. */

const base = '/api/v1/tenants/alder-vale'
const clock = manualClock(systemClock.now())
let world: World
let site: Site
let vera: Browser
let dot: Browser
let carys: Browser

before(async () => {
  world = await openWorld({ patients: 5, adapters: { clock } })
  site = await openSite(world.node)
  vera = await site.signIn(validator, `?tenant=alder-vale&purpose=${validation}`)
  dot = await site.signIn(manager)
  carys = await site.signIn(guardian)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const send = (who: Browser, path: string, body: unknown) => who.send('POST', `${base}/${path}`, body)
const patient = () => ({ controller: world.tenant().profile.controller, patientId: world.rows().Patient[0]!.personId })
const secret = 'found on the floor of bay four'

test('refused: POST /api/v1/tenants/:tenant/break-glass for a patient who is not there, without a reason, for longer than an hour', async () => {
  const from = world.tenant().ledger.size
  const nobody = { patient: { ...patient(), patientId: 'nobody' }, reason: secret }
  assert.equal(await codeOf(await send(vera, 'break-glass', nobody)), 'FDP_NODE_NO_PATIENT')
  for (const wrong of [{ reason: '' }, { minutes: 61 }])
    assert.equal((await send(vera, 'break-glass', { patient: patient(), reason: secret, ...wrong })).status, 400)
  const opened = (await world.entries(from)).filter(({ type }) => type === 'governance.break-glass-opened')
  assert.deepEqual(opened, [])
})

test('refused: GET /api/v1/tenants/:tenant/openings, GET /api/v1/tenants/:tenant/openings/:id and POST /api/v1/tenants/:tenant/openings/:id/review for others, and for whoever broke the glass', async () => {
  const reply = await send(vera, 'break-glass', { patient: patient(), reason: secret })
  assert.equal(reply.status, 200)
  const made = (await reply.json()) as { openings: { id: string }[]; objects: string[] }
  const { id } = made.openings[0]!
  assert.ok(made.objects.includes('Patient'))
  const listed = async (who: Browser) => (await (await who.get(`${base}/openings`)).json()) as { id: string }[]
  assert.deepEqual(await listed(dot), [])
  assert.deepEqual(
    (await listed(carys)).map((each) => each.id),
    [id],
  )
  const review = { outcome: 'justified', reason: 'an emergency' }
  for (const who of [vera, dot]) {
    assert.equal(await codeOf(await who.get(`${base}/openings/${id}`)), 'FDP_GOVERNANCE_NOT_ENTITLED')
    assert.equal(await codeOf(await send(who, `openings/${id}/review`, review)), 'FDP_GOVERNANCE_NOT_ENTITLED')
  }
  const shown = (await (await carys.get(`${base}/openings/${id}`)).json()) as { reason: string }
  assert.equal(shown.reason, secret)
  assert.equal((await send(carys, `openings/${id}/review`, review)).status, 200)
  const text = JSON.stringify(await world.entries())
  for (const word of [secret, world.rows().Patient[0]!.personId!]) assert.ok(!text.includes(word))
})

test('refused: GET /api/v1/tenants/:tenant/audit/… for whoever does not oversee the tenant', async () => {
  for (const what of ['alerts', 'incidents', 'rights']) {
    assert.equal(await codeOf(await dot.get(`${base}/audit/${what}`)), 'FDP_GOVERNANCE_NOT_ENTITLED')
    const seen = await carys.get(`${base}/audit/${what}`)
    assert.equal(seen.status, 200, what)
    assert.ok(Array.isArray(await seen.json()))
  }
})

const refusedTo = async (who: Browser, path: string, body: unknown) =>
  await codeOf(await send(who, `audit/${path}`, body))

test('refused: POST /api/v1/tenants/:tenant/audit/… of incidents, for somebody without the duty; then one from opening to closing', async () => {
  const from = world.tenant().ledger.size
  const opening = { id: 'wrong-list', since: world.now(), persons: [validator] }
  assert.equal(await refusedTo(dot, 'incidents', opening), 'FDP_AUDIT_NOT_ENTITLED')
  assert.equal(await refusedTo(carys, 'incidents/nothing/contain', {}), 'FDP_AUDIT_NO_CASE')
  assert.equal((await send(carys, 'audit/incidents', opening)).status, 200)
  for (const [path, body] of [
    ['incidents/wrong-list/contain', {}],
    ['incidents/wrong-list/description', { field: 'nature', words: 'x' }],
    ['incidents/wrong-list/close', { outcome: 'x' }],
    [`alerts/${'a'.repeat(64)}/acknowledgement`, { note: 'x' }],
  ] as const)
    assert.match(await refusedTo(dot, path, body), /^FDP_(AUDIT|GOVERNANCE)_/, path)
  const contained = (await (await send(carys, 'audit/incidents/wrong-list/contain', {})).json()) as { grants: string[] }
  assert.ok(contained.grants.includes('validate-patient'))
  assert.equal(
    (await send(carys, 'audit/incidents/wrong-list/description', { field: 'nature', words: secret })).status,
    200,
  )
  const report = (await (await carys.get(`${base}/audit/incidents/wrong-list/report`)).json()) as Record<
    string,
    unknown
  >
  assert.ok(JSON.stringify(report).includes('wrong-list') || Object.keys(report).length > 0)
  assert.equal(await codeOf(await dot.get(`${base}/audit/incidents/wrong-list/report`)), 'FDP_GOVERNANCE_NOT_ENTITLED')
  assert.equal(
    (await send(carys, 'audit/incidents/wrong-list/reported', { to: 'Information Commissioner' })).status,
    200,
  )
  assert.equal((await send(carys, 'audit/incidents/wrong-list/close', { outcome: 'grants ended' })).status, 200)
  const types = (await world.entries(from)).map(({ type }) => type)
  for (const type of ['incident.opened', 'incident.contained', 'incident.reported', 'incident.closed'])
    assert.ok(types.includes(type as (typeof types)[number]), type)
  assert.ok(!JSON.stringify(await world.entries(from)).includes(secret))
})

test('a patient’s request has its day, is extended once and answered; a report for somebody who proved too little is refused', async () => {
  const asked = { id: 'case-1', right: 'access', about: secret }
  assert.equal((await send(carys, 'audit/rights', asked)).status, 200)
  assert.equal((await send(carys, 'audit/rights/case-1/extension', { reason: 'complex' })).status, 200)
  assert.equal(await refusedTo(carys, 'rights/case-1/extension', { reason: 'complex' }), 'FDP_AUDIT_EXTENSION')
  assert.equal((await send(carys, 'audit/rights/case-1/answer', { outcome: 'granted', words: secret })).status, 200)
  const weak = { patient: patient(), assurance: 'P5' }
  assert.match(await refusedTo(carys, 'person-report', weak), /^FDP_(AUDIT|HTTP)_/)
  assert.ok(!JSON.stringify(await world.entries()).includes(secret))
})

test('reasons are drawn by the ledger, of a day that is over, and reviewed by somebody else', async () => {
  const day = world.now().slice(0, 10)
  assert.equal(await refusedTo(carys, 'samples', { day }), 'FDP_AUDIT_DAY_NOT_OVER')
  assert.match(await refusedTo(carys, 'samples/none/reason', { entry: 0 }), /^FDP_AUDIT_/)
  const review = { entry: 0, outcome: 'acceptable', reason: 'x' }
  assert.match(await refusedTo(carys, 'samples/none/reviews', review), /^FDP_AUDIT_/)
})

test('refused: POST /api/v1/tenants/:tenant/row-openings to oneself, and GET /api/v1/tenants/:tenant/profiles/:object of what was never profiled', async () => {
  const record = { controller: patient().controller, id: patient().patientId }
  const asked = { object: 'Patient', record, dpia: 'elective-recovery-alder-vale', reason: secret }
  const own = { ...asked, engineer: validator, purpose: validation }
  assert.match(
    await codeOf(await send(vera, 'row-openings', own)),
    /^FDP_(NODE_OPENING_REFUSED|GOVERNANCE_NOT_ENTITLED)$/,
  )
  assert.equal(await codeOf(await dot.get(`${base}/profiles/Patient`)), 'FDP_NODE_NO_PROFILE')
  assert.ok(!JSON.stringify(await world.entries()).includes(secret))
})
