import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dpiaHash, eventTypes } from '#governance'
import { addMs, manualClock, systemClock } from '#kernel'
import { type Schema, sampleOf } from '../../test/sample-of.ts'
import { type Browser, codeOf, openSite, type Site } from '../../test/sign-in.ts'
import { analyst, day, guardian, manager, openWorld, owner, planning, validator, type World } from '../../test/world.ts'
import { governanceEventEndpoints } from './endpoints/governance-events.ts'

/* Governance over HTTP, with the real identity provider: what is refused first, then a form from asking to holding. */

const base = '/api/v1/tenants/alder-vale'
const dpia = 'elective-recovery-alder-vale'
const clock = manualClock(systemClock.now())
let world: World
let site: Site
let anil: Browser
let dot: Browser
let carys: Browser
let ian: Browser

before(async () => {
  world = await openWorld({ empty: true, adapters: { clock } })
  await world.hire('wide@alder-vale.example')
  site = await openSite(world.node)
  anil = await site.signIn(analyst)
  dot = await site.signIn(manager)
  carys = await site.signIn(guardian)
  ian = await site.signIn(owner)
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

type Line = Readonly<Record<string, unknown>>
const list = async (who: Browser, path: string) => (await (await who.get(`${base}/${path}`)).json()) as Line[]
const send = (who: Browser, path: string, body: unknown) => who.send('POST', `${base}/${path}`, body)
const until = () => addMs(world.now(), 20 * day)

const form = (id: string, change: Record<string, unknown> = {}) => ({
  ...{ id, purpose: planning, until: until(), dpia, reason: 'the plan for the winter' },
  items: [{ family: 'waits', level: 'pseudonymised' }],
  ...change,
})

async function governanceSince(size: number): Promise<string[]> {
  return (await world.entries(size)).map(({ type }) => type).filter((type) => type.startsWith('governance.'))
}

test('every event that is signed as it stands has an address; those that are judged first, or hide whom they name, have ways of their own', () => {
  const paths = governanceEventEndpoints.map(({ path }) => `governance.${path.split('/').at(-1)}`)
  const others = eventTypes.filter((type) => !paths.includes(type))
  assert.deepEqual(others, [
    ...['governance.grant-approved', 'governance.break-glass-opened', 'governance.row-opened'],
    ...['governance.erasure-ordered', 'governance.erasure-approved', 'governance.hold-placed'],
    ...['governance.model-proposed', 'governance.model-approved'],
  ])
})

test('refused: POST /api/v1/tenants/:tenant/governance/events/… for somebody without a duty, whatever the event, and nothing is written', async () => {
  const from = world.tenant().ledger.size
  for (const { path, body } of governanceEventEndpoints) {
    const reply = await dot.send('POST', path.replace(':tenant', 'alder-vale'), sampleOf(body as unknown as Schema))
    const code = await codeOf(reply)
    // Anybody may ask for access; of this form the person asked for is not in the register.
    const wanted = path.endsWith('/access-requested') ? 'FDP_GOVERNANCE_NOT_FOUND' : 'FDP_GOVERNANCE_NOT_ENTITLED'
    assert.equal(code, wanted, path)
  }
  assert.deepEqual(await governanceSince(from), [])
  const refused = (await world.entries(from)).filter(({ type }) => type === 'signing.refused')
  assert.equal(refused.length, governanceEventEndpoints.length - 1)
  assert.ok(refused.every(({ governance }) => governance.subject === manager))
})

test('the signer is the caller: a body that names another is refused', async () => {
  const body = { id: 'waits', title: 'Waits', objects: ['Patient'], by: guardian }
  assert.equal(await codeOf(await send(dot, 'governance/events/family-registered', body)), 'FDP_HTTP_REQUEST')
})

test('an officer signs an event and gets where it stands', async () => {
  const body = { id: 'waits', title: 'Waits', objects: ['Patient', 'PatientPathway', 'RttPeriod'] }
  const reply = await send(carys, 'governance/events/family-registered', body)
  const receipt = (await reply.json()) as { entry: number; time: string }
  assert.deepEqual([reply.status, Object.keys(receipt)], [200, ['entry', 'time']])
  const [entry] = await world.entries(receipt.entry)
  assert.deepEqual([entry?.type, entry?.governance.by], ['governance.family-registered', guardian])
  const families = await list(dot, 'governance/state/families')
  assert.ok(families.some(({ id }) => id === 'waits'))
})

test('refused: POST /api/v1/tenants/:tenant/access/requests for a family, object type or person that is not there', async () => {
  const unknown = { items: [{ family: 'nothing', level: 'pseudonymised' }] }
  assert.equal(await codeOf(await send(anil, 'access/requests', form('r0', unknown))), 'FDP_GOVERNANCE_NOT_FOUND')
  const object = { items: [{ object: 'Nothing', level: 'pseudonymised' }] }
  assert.equal(await codeOf(await send(anil, 'access/requests', form('r0', object))), 'FDP_GOVERNANCE_OBJECT_UNKNOWN')
  const nobody = { subject: 'nobody@alder-vale.example' }
  assert.equal(await codeOf(await send(anil, 'access/requests', form('r0', nobody))), 'FDP_GOVERNANCE_NOT_FOUND')
  assert.equal(
    await codeOf(await send(anil, 'access/requests', form('r0', { dpia: 'none' }))),
    'FDP_GOVERNANCE_NOT_FOUND',
  )
})

test('refused: POST /api/v1/tenants/:tenant/access/requests/:id/approve by the one who asked, POST /api/v1/tenants/:tenant/access/requests/:id/decline by a stranger; a family goes through in one go', async () => {
  const asked = form('by-family', { subject: manager })
  const made = (await (await send(anil, 'access/requests', asked)).json()) as { objects: string[] }
  assert.deepEqual(made.objects, ['Patient', 'PatientPathway', 'RttPeriod'])
  const approve = 'access/requests/by-family/approve'
  assert.equal(await codeOf(await send(anil, approve, {})), 'FDP_GOVERNANCE_NOT_ENTITLED')
  const stranger = await site.signIn(validator)
  const no = await send(stranger, 'access/requests/by-family/decline', { reason: 'no' })
  assert.equal(await codeOf(no), 'FDP_GOVERNANCE_NOT_ENTITLED')
  const [waiting] = (await list(carys, 'access/requests')).filter(({ id }) => id === 'by-family')
  const unions = waiting?.unions as { person: string; now: string[]; after: string[] }[]
  assert.deepEqual([waiting?.forMe, unions[0]?.now, unions[0]?.after], [true, [], made.objects])
  const reply = await send(carys, approve, {})
  const { receipts } = (await reply.json()) as { receipts: { entry: number }[] }
  assert.equal(receipts.length, 3)
  assert.deepEqual(await governanceSince(receipts[0]!.entry), Array(3).fill('governance.grant-approved'))
  assert.equal(await codeOf(await send(carys, approve, {})), 'FDP_GOVERNANCE_REQUEST_SETTLED')
  const mine = (await list(dot, 'access/mine')).filter(({ purpose }) => purpose === planning)
  assert.deepEqual(
    mine.map(({ object, reason, lastUsed }) => [object, reason, lastUsed]),
    made.objects.map((object) => [object, 'the plan for the winter', null]),
  )
})

test('an approver does not approve what they asked for themselves', async () => {
  await send(carys, 'access/requests', form('for-me'))
  assert.equal(await codeOf(await send(carys, 'access/requests/for-me/approve', {})), 'FDP_GOVERNANCE_REQUEST_REFUSED')
  assert.equal((await send(ian, 'access/requests/for-me/decline', { reason: 'not needed', items: [0] })).status, 200)
  const [left] = (await list(ian, 'access/requests')).filter(({ id }) => id === 'for-me')
  assert.equal((left!.waiting as Line[]).length, 2)
  assert.equal((await send(carys, 'access/requests/for-me/decline', { reason: 'withdrawn' })).status, 200)
})

test('a family that adds up to more than the assessment allows is refused whole, and a part of it goes through', async () => {
  const [known] = (await list(ian, 'governance/state/dpias')).filter(({ id }) => id === dpia)
  const claims = [
    {
      ...{ kinds: ['controller-staff'], objects: ['Patient', 'PatientPathway', 'RttPeriod'], daysMax: 30 },
      ...{ levels: ['pseudonymised'], purposes: [planning] },
    },
  ] as never[]
  const version = { title: 'Two at most', claims, bounds: { breadth: { personMax: 2, employerMax: 5 } } }
  const whole = { ...version, document: known?.document as never }
  const effectiveFrom = addMs(world.now(), 1_500)
  const signed = { ...whole, id: 'two-at-most', dpiaVersion: 1, sha256: dpiaHash(whole), effectiveFrom }
  assert.deepEqual(await (await send(ian, 'governance/dpias/dry-run', signed)).json(), [])
  assert.equal((await send(ian, 'governance/events/dpia-approved', signed)).status, 200)
  clock.advanceMs(1_600)
  await send(anil, 'access/requests', form('wide', { subject: 'wide@alder-vale.example', dpia: 'two-at-most' }))
  const reply = await send(carys, 'access/requests/wide/approve', {})
  const { error } = (await reply.json()) as { error: { code: string; message: string; help: string } }
  assert.equal(error.code, 'FDP_GOVERNANCE_REQUEST_REFUSED')
  assert.match(error.message, /RttPeriod \(item 2\)/)
  assert.match(error.help, /by number/)
  assert.equal((await send(carys, 'access/requests/wide/approve', { items: [0, 2] })).status, 200)
})

test('two approvers at the same moment approve a form once', async () => {
  await send(anil, 'access/requests', form('at-once', { items: [{ object: 'Patient', level: 'pseudonymised' }] }))
  const path = 'access/requests/at-once/approve'
  const replies = await Promise.all([send(carys, path, {}), send(ian, path, {})])
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 409])
  const grants = [...world.tenant().governance.state().grants.values()]
  assert.equal(grants.filter(({ request }) => request === 'at-once').length, 1)
})

test('refused: POST /api/v1/tenants/:tenant/access/grants by somebody who approves nothing, and by an approver for themselves', async () => {
  const [version] = (await list(ian, 'governance/state/dpias')).filter(({ id }) => id === dpia)
  const grant = {
    ...{ id: 'direct', subject: 'wide@alder-vale.example', action: 'read', object: 'Patient', columns: 'all-at-level' },
    ...{ level: 'pseudonymised', rows: { controllers: 'all', where: [] }, purpose: planning, until: until() },
    ...{ dpia: { id: dpia, version: 1, sha256: version?.sha256 }, disclosurePolicy: null },
  }
  assert.equal(await codeOf(await send(dot, 'access/grants', grant)), 'FDP_GOVERNANCE_NOT_ENTITLED')
  assert.equal(
    await codeOf(await send(carys, 'access/grants', { ...grant, subject: guardian })),
    'FDP_GOVERNANCE_GRANT_REFUSED',
  )
  assert.equal((await send(carys, 'access/grants', grant)).status, 200)
})

test('refused: GET /api/v1/tenants/:tenant/access/requests, GET /api/v1/tenants/:tenant/access/mine, GET /api/v1/tenants/:tenant/access/list and GET /api/v1/tenants/:tenant/access/notices show nobody what concerns others', async () => {
  await send(anil, 'access/requests', form('still-waiting'))
  assert.deepEqual(await list(dot, 'access/requests'), [])
  assert.ok((await list(anil, 'access/requests')).every(({ by }) => by === analyst))
  const people = (rows: Line[]) => [...new Set(rows.map(({ person }) => person))]
  assert.deepEqual(people(await list(dot, 'access/mine')), [manager])
  assert.deepEqual(people(await list(dot, 'access/list')), [manager])
  assert.ok(people(await list(carys, 'access/list')).length > 3)
  assert.deepEqual(
    (await list(dot, 'access/notices')).filter(({ person, approver }) => person !== manager && approver !== manager),
    [],
  )
  const ends = (await list(carys, 'access/notices')).filter(({ person }) => person === 'wide@alder-vale.example')
  assert.ok(ends.length === 0 || ends.every(({ because }) => (because as Line[]).length > 0))
})

test('the list of a past moment is what it was, and a moment that lies ahead is refused', async () => {
  const then = world.now()
  const before = await list(carys, 'access/list')
  clock.advanceMs(1_000)
  await world.revoke('direct')
  const after = await list(carys, 'access/list')
  assert.equal(after.length, before.length - 1)
  assert.deepEqual(await list(carys, `access/list?at=${then}`), before)
  const ahead = await carys.get(`${base}/access/list?at=${addMs(world.now(), day)}`)
  assert.equal(await codeOf(ahead), 'FDP_HTTP_MOMENT')
  assert.equal(await codeOf(await carys.get(`${base}/access/list?at=yesterday`)), 'FDP_HTTP_MOMENT')
})

test('refused: GET /api/v1/tenants/:tenant/access/open-sessions and GET /api/v1/tenants/:tenant/access/work show nobody the work of others', async () => {
  await using session = await world.session(analyst, planning)
  assert.ok(session)
  assert.deepEqual(await list(dot, 'access/open-sessions'), [])
  assert.deepEqual(
    (await list(anil, 'access/open-sessions')).map(({ subject }) => subject),
    [analyst],
  )
  assert.equal((await list(ian, 'access/open-sessions')).length, 1)
  const others = await dot.get(`${base}/access/work?person=${analyst}`)
  assert.equal(await codeOf(others), 'FDP_GOVERNANCE_NOT_ENTITLED')
  const work = await list(ian, `access/work?person=${analyst}`)
  assert.ok(work.some(({ did }) => did === 'session') && work.every(({ person }) => person === analyst))
})

test('refused: GET /api/v1/tenants/:tenant/governance/state/… shows people to overseers alone, and members of teams to themselves', async () => {
  const reply = await dot.get(`${base}/governance/state/people`)
  assert.equal(await codeOf(reply), 'FDP_GOVERNANCE_NOT_ENTITLED')
  assert.ok((await list(carys, 'governance/state/people')).some(({ id }) => id === analyst))
  const members = (await list(dot, 'governance/state/teams')).flatMap((team) => team.members as Line[])
  assert.deepEqual(
    members.filter(({ person }) => person !== manager),
    [],
  )
  for (const register of ['organisations', 'purposes', 'instruments', 'contracts', 'agreements', 'switched-on']) {
    assert.equal((await dot.get(`${base}/governance/state/${register}`)).status, 200, register)
  }
})

test('refused: GET /api/v1/tenants/:tenant/governance/dpias/:id/difference of a version that is not there, POST /api/v1/tenants/:tenant/governance/dpias/dry-run for whoever may not approve it', async () => {
  const nowhere = await dot.get(`${base}/governance/dpias/${dpia}/difference?from=1&to=9`)
  assert.equal(await codeOf(nowhere), 'FDP_GOVERNANCE_NOT_FOUND')
  const [v1] = (await list(dot, 'governance/state/dpias')).filter(({ id }) => id === dpia)
  const whole = { title: 'Narrower', claims: [], bounds: {}, document: v1?.document as never }
  const effectiveFrom = addMs(world.now(), 60_000)
  const body = { ...whole, id: dpia, dpiaVersion: 2, sha256: dpiaHash(whole), effectiveFrom }
  const from = world.tenant().ledger.size
  assert.equal(await codeOf(await send(dot, 'governance/dpias/dry-run', body)), 'FDP_GOVERNANCE_NOT_ENTITLED')
  const losses = (await (await send(carys, 'governance/dpias/dry-run', body)).json()) as Line[]
  assert.ok(losses.some(({ person, object }) => person === analyst && object === 'RttPeriod'))
  assert.deepEqual(await governanceSince(from), [])
  assert.equal((await send(carys, 'governance/events/dpia-approved', body)).status, 200)
  const said = (await (await dot.get(`${base}/governance/dpias/${dpia}/difference?from=1&to=2`)).json()) as Line
  assert.ok((said.removedClaims as Line[]).length > 0)
  assert.deepEqual([said.addedClaims, said.changedDocument], [[], []])
  assert.ok((said.changedBounds as Line[]).some(({ part, after }) => part === 'breadth' && after === null))
})

test('refused: GET /api/v1/tenants/:tenant/governance/contradictions and GET /api/v1/tenants/:tenant/governance/movers name no grants and no approvers to others', async () => {
  const said = await list(dot, 'governance/contradictions')
  assert.ok(said.every(({ grants }) => (grants as unknown[]).length === 0))
  assert.deepEqual(await list(dot, 'governance/movers'), [])
  assert.deepEqual(await list(ian, 'governance/movers'), [])
})
