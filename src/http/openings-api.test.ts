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
