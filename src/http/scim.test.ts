import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isFdpError, manualClock, systemClock } from '#kernel'
import { questionOf } from '#ontology'
import { openSite, type Site } from '../../test/sign-in.ts'
import { ask, errorOf, openWorld, validation, validator, type World } from '../../test/world.ts'
import { endpoints } from './endpoints.ts'

/* An identity provider's provisioning service over real HTTP; what it says acts on the next read. */

const clock = manualClock(systemClock.now())
const feed = 'nightly.feed@alder-vale.example'
const clerk = 'nia.patel@alder-vale.example'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const grade = 'urn:openfdp:scim:schemas:staff:1.0:User'
const root = '/scim/v2/alder-vale'
let world: World
let site: Site
let token = ''

before(async () => {
  world = await openWorld({ patients: 8, adapters: { clock } })
  site = await openSite(world.node, { tokenSeconds: 3_600 })
  token = await site.token('purpose:staff-register')
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

type Answer = Record<string, unknown> & { readonly status: string; readonly detail: string; readonly scimType: string }

async function send(method: string, path: string, body?: object, bearer = token) {
  clock.advanceMs(1_000)
  const type = body === undefined ? {} : { 'content-type': 'application/scim+json' }
  const reply = await site.get(`${root}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, accept: 'application/scim+json', ...type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  const answer = (text === '' ? {} : JSON.parse(text)) as Answer
  if (text !== '') assert.match(reply.headers.get('content-type') ?? '', /^application\/scim\+json/)
  return { status: reply.status, answer, location: reply.headers.get('location') }
}

const patch = (...operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
})
const state = () => world.tenant().governance.state()
const size = () => world.tenant().ledger.size

async function readsPatients(person: string, purpose: string): Promise<string> {
  try {
    await using session = await world.session(person, purpose)
    const rows = await ask(session, questionOf({ object: 'Patient', select: ['surname'], limit: 1 }))
    return rows.length > 0 ? 'reads' : 'nothing'
  } catch (error) {
    if (isFdpError(error) && error.code.startsWith('FDP_GATE_')) return 'refused'
    throw error
  }
}

test('refused: GET /scim/v2/…, POST /scim/v2/…, PUT /scim/v2/…, PATCH /scim/v2/… and DELETE /scim/v2/… for a service that does not keep the register, or acts for something else', async () => {
  const all = endpoints.filter(({ path }) => path.startsWith('/scim/'))
  assert.equal(all.length, 13)
  const tried = async (bearer: string) => {
    for (const { method, path } of all) {
      const at = path.replace('/scim/v2/:tenant', '').replace(':id', validator)
      const before = size()
      const { status, answer } = await send(
        method,
        at,
        method === 'GET' || method === 'DELETE' ? undefined : {},
        bearer,
      )
      assert.deepEqual([status, answer.status], [403, '403'], `${method} ${path}`)
      assert.match(answer.detail, /kept by its registrar/)
      assert.ok(!JSON.stringify(answer).includes('Vera'))
      const [entry] = await world.entries(before)
      assert.ok(entry === undefined || entry.type === 'sign-in.made')
    }
  }
  await tried(token)
  await world.hire(feed, { duties: ['registrar'], role: 'Service: a program, not a person' })
  await tried(await site.token('purpose:data-intake'))
  assert.equal((await send('GET', '/Users')).status, 200)
})

test('a joiner is registered and may see nothing; a known id, a missing name and nonsense are refused in SCIM’s words', async () => {
  const user = { schemas: [], userName: 'new.one@alder-vale.example', name: { givenName: 'New', familyName: 'One' } }
  const { status, answer, location } = await send('POST', '/Users', { ...user, title: 'Clerk', active: true })
  assert.deepEqual(
    [status, answer.displayName, answer.active, answer.userType],
    [201, 'New One', true, 'controller-staff'],
  )
  assert.ok(location?.endsWith('/Users/new.one%40alder-vale.example'))
  assert.equal((await send('GET', '/Users/new.one%40alder-vale.example')).answer.title, 'Clerk')
  assert.equal(await readsPatients('new.one@alder-vale.example', validation), 'refused')
  const again = await send('POST', '/Users', user)
  assert.deepEqual([again.status, again.answer.scimType], [409, 'uniqueness'])
  const nameless = await send('POST', '/Users', { userName: 'x.y@alder-vale.example' })
  assert.deepEqual([nameless.status, nameless.answer.scimType], [400, 'invalidValue'])
  assert.deepEqual(nameless.answer.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error'])
  assert.equal((await send('GET', '/Users/nobody@alder-vale.example')).status, 404)
  assert.equal((await send('GET', '/Users?filter=title%20eq%20%22Clerk%22')).answer.scimType, 'invalidFilter')
  const broken = await site.get(`${root}/Users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
    body: '{"canary',
  })
  assert.deepEqual([broken.status, ((await broken.json()) as Answer).scimType], [400, 'invalidSyntax'])
})

test('PUT of what is there already changes nothing', async () => {
  const { answer } = await send('GET', `/Users/${validator}`)
  const before = size()
  const { status, answer: same } = await send('PUT', `/Users/${validator}`, answer)
  assert.deepEqual([status, same, size()], [200, answer, before])
  const { answer: group } = await send('GET', '/Groups/ward-7')
  assert.deepEqual((await send('PUT', '/Groups/ward-7', group)).answer, group)
  assert.equal(size(), before)
})

test('refused escalation: duties, grade, one’s own registration, an officer’s; the reason is told, nothing is written', async () => {
  const before = size()
  const tries = [
    send('PATCH', `/Users/${validator}`, patch({ op: 'add', path: 'roles', value: [{ value: 'caldicott-guardian' }] })),
    send('PATCH', `/Users/${validator}`, patch({ op: 'replace', path: `${grade}:grade`, value: 'director' })),
    send('PATCH', `/Users/${feed}`, patch({ op: 'replace', value: { title: 'Director' } })),
    send('PATCH', '/Users/ian.mercer@alder-vale.example', patch({ op: 'replace', path: 'displayName', value: 'Mine' })),
    send(
      'PATCH',
      '/Groups/ward-7',
      patch({ op: 'add', path: 'members', value: [{ value: feed, type: 'ward-clerk' }] }),
    ),
  ]
  for (const { status, answer } of await Promise.all(tries)) {
    assert.equal(status, 403)
    assert.match(answer.detail, /may not .*: (they hold none of the duties|nobody )/)
  }
  assert.equal(size(), before)
  const wrong = await send(
    'PATCH',
    `/Users/${validator}`,
    patch({ op: 'add', path: 'roles', value: [{ value: 'king' }] }),
  )
  assert.deepEqual([wrong.status, wrong.answer.scimType], [400, 'invalidValue'])
})

test('a change of team acts on the next read: added, taken out, another role; members by PATCH and by PUT', async () => {
  assert.equal(await readsPatients(clerk, 'ward-care'), 'reads')
  await send('PATCH', '/Groups/ward-7', patch({ op: 'Remove', path: `members[value eq "${clerk}"]` }))
  assert.equal(await readsPatients(clerk, 'ward-care'), 'refused')
  const add = patch({ op: 'add', path: 'members', value: [{ value: clerk, type: 'ward-clerk' }] })
  assert.equal((await send('PATCH', '/Groups/ward-7', add)).status, 200)
  assert.equal(await readsPatients(clerk, 'ward-care'), 'reads')
  const before = size()
  await send('PATCH', '/Groups/ward-7', add)
  assert.equal(size(), before)
  // A type that is no role gives the default one, which no grant names.
  const plain = await send('PUT', '/Groups/ward-7', {
    displayName: 'Ward 7',
    members: [{ value: clerk, type: 'User' }],
  })
  assert.deepEqual(
    (plain.answer.members as { value: string; type: string }[]).map(({ value, type }) => [value, type]),
    [[clerk, 'member']],
  )
  assert.equal(await readsPatients(clerk, 'ward-care'), 'refused')
})

test('a group is made, found by its name, and emptied; nobody unknown joins', async () => {
  const made = await send('POST', '/Groups', { displayName: 'Winter plan', members: [{ value: clerk }] })
  assert.deepEqual([made.status, made.answer.id], [201, 'winter-plan'])
  assert.equal((await send('POST', '/Groups', { displayName: 'Winter plan' })).answer.scimType, 'uniqueness')
  const { answer } = await send('GET', '/Groups?filter=displayName%20eq%20%22Winter%20plan%22&count=1')
  assert.deepEqual([answer.totalResults, answer.itemsPerPage], [1, 1])
  const nobody = patch({ op: 'add', path: 'members', value: [{ value: 'nobody@alder-vale.example' }] })
  assert.equal((await send('PATCH', '/Groups/winter-plan', nobody)).status, 404)
  assert.equal((await send('DELETE', '/Groups/winter-plan')).status, 204)
  assert.deepEqual((await send('GET', '/Groups/winter-plan')).answer.members, [])
})

test('a mover loses what the old post held by the next batch; a leaver everything; who returns gets none of it back', async () => {
  assert.equal(await readsPatients(validator, validation), 'reads')
  const moves = patch({ op: 'Replace', path: `${enterprise}:organization`, value: 'ZS1' })
  const { status, answer } = await send('PATCH', `/Users/${validator}`, moves)
  assert.deepEqual([status, answer.userType], [200, 'other'])
  assert.equal(await readsPatients(validator, validation), 'refused')
  await send('PATCH', `/Users/${validator}`, patch({ op: 'replace', value: { [`${enterprise}:organization`]: 'RZ1' } }))
  assert.equal(state().persons.get(validator)?.posts.length, 3)
  assert.equal(await readsPatients(validator, validation), 'refused')

  const analyst = 'anil.rao@alder-vale.example'
  await using session = await world.session(analyst, 'elective-planning')
  const question = questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 1 })
  assert.equal((await ask(session, question)).length, 1)
  const inactive = await send('PATCH', `/Users/${analyst}`, patch({ op: 'Replace', path: 'active', value: 'False' }))
  assert.deepEqual([inactive.status, inactive.answer.active], [200, false])
  assert.ok(await errorOf(() => ask(session, question)))
  assert.equal((await send('DELETE', `/Users/${analyst}`)).status, 204)
  const back = await send('PATCH', `/Users/${analyst}`, patch({ op: 'replace', value: { active: true } }))
  assert.deepEqual([back.status, back.answer.active], [200, true])
  assert.ok(await errorOf(() => ask(session, question)))
})

test('an officer who changes employer is stopped at once, though only an officer registers them anew', async () => {
  const officer = 'carys.owen@alder-vale.example'
  const moves = patch({ op: 'replace', path: `${enterprise}:organization`, value: 'ZS1' })
  const { status, answer } = await send('PATCH', `/Users/${officer}`, moves)
  assert.equal(status, 403)
  assert.match(answer.detail, /they hold none of the duties/)
  assert.notEqual(state().persons.get(officer)?.until, null)
})
