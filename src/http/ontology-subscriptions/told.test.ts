import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { PlannedEdit } from '#gate'
import { addMs, type EntryIndex, FdpError, type PurposeId } from '#kernel'
import { type BearerSite, openBearerSite } from '../../../test/bearer-site.ts'
import { base, type StreamMessage, subscriber, watching } from '../../../test/subscriber.ts'
import { openWorld, planning, validation, validator, type World } from '../../../test/world.ts'

/* What subscribers are told, and what they are not, over real websockets while people edit, publish and revoke. */

const level = 'identifiable' as const
let world: World
let site: BearerSite
before(async () => {
  world = await openWorld({ patients: 20 })
  site = await openBearerSite(world.node)
  const columns = ['pathwayId', 'pathwayStatus', 'treatmentFunctionCode']
  await world.grant(validator, 'PatientPathway', { action: 'edit', level, purpose: validation as PurposeId, columns })
})
after(async () => {
  await site[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

/** Somebody new who may read so much of the pathways, with their grant and a way to connect. */
async function watcher(change: Parameters<World['grant']>[2] = {}) {
  const name = await world.hire()
  const purpose = (change.level === level ? validation : planning) as PurposeId
  const grant = await world.grant(name, 'PatientPathway', { purpose, ...change })
  const token = await site.bearer(name, purpose)
  const headers = { 'fdp-justification': 'a%20test' }
  return { name, grant, connect: () => subscriber(site.url, token, { headers }) }
}

const pathway = (n: number) => world.rows().PatientPathway[n]!

function edit(rows: readonly number[], set: Readonly<Record<string, string>>): Promise<number> {
  return act(rows, 'modify', (key) => ({ kind: 'modify', read: 'it', key, set }), Object.keys(set))
}

/** As the validator would, in the patient administration system's stead. */
async function act(
  rows: readonly number[],
  kind: 'modify' | 'delete',
  plan: (key: string) => PlannedEdit<'it'>,
  properties: readonly string[] = [],
): Promise<number> {
  await using session = await world.session(validator, validation)
  const keys = rows.map((n) => pathway(n).pathwayId!)
  const result = await session.edit({
    about: { action: 'put-right', version: 1 },
    reads: { it: { object: 'PatientPathway', level, keys, columns: properties } },
    writes: [{ object: 'PatientPathway', kind, level, properties, writeOnly: [] }],
    plan: () => ({ edits: keys.map(plan) }),
    terms: { owner: 'patient administration system', pendingMs: 3_600_000, counted: true, undo: true },
    reason: null,
  })
  assert.equal(result.outcome, 'applied')
  return (result as { entry: number }).entry
}

interface Update {
  readonly type: string
  readonly state: string
  readonly object: Readonly<Record<string, unknown>>
}
const updatesOf = ({ type, updates }: StreamMessage) => {
  assert.equal(type, 'objectSetChanged')
  return updates as readonly Update[]
}
const pathways = base('PatientPathway')
const where = (field: string, value: string) => ({
  ...{ type: 'filter', objectSet: pathways, where: { type: 'eq', field, value } },
})
/** What somebody has read from an entry on. */
async function readsOf(name: string, from: number): Promise<unknown[]> {
  const entries = await world.entries(from)
  return entries.filter(({ type, governance }) => type === 'read.opened' && governance.subject === name)
}

/** Longer than changes are gathered. */
const quiet = () => wait(700)

test('what may not be seen is answered like what does not exist, and only the ledger knows the difference', async () => {
  const { connect } = await watcher({ columns: ['pathwayStatus'] })
  await using one = await connect()
  const from = world.tenant().ledger.size
  const answers = await one.ask(
    ...['Patient', 'Nowhere'].map((each) => watching(base(each))),
    ...['treatmentFunctionCode', 'nothing'].map((each) => watching(pathways, [each])),
    ...['treatmentFunctionCode', 'nothing'].map((each) => watching(where(each, 'x'))),
    ...['patient', 'nothing'].map((link) => watching({ type: 'searchAround', objectSet: pathways, link })),
    watching(pathways, ['pathwayStatus']),
  )
  const said = answers.map((each) => JSON.stringify({ ...each, id: null }))
  const plain = (text: string, ...names: string[]) => names.reduce((rest, name) => rest.replaceAll(name, '?'), text)
  assert.equal(plain(said[0]!, 'Patient'), plain(said[1]!, 'Nowhere'))
  assert.equal(plain(said[2]!, 'treatmentFunctionCode'), plain(said[3]!, 'nothing'))
  assert.equal(plain(said[4]!, 'treatmentFunctionCode'), plain(said[5]!, 'nothing'))
  assert.equal(plain(said[6]!, '"patient"'), plain(said[7]!, '"nothing"'))
  assert.deepEqual(
    answers.map(({ type }) => type),
    [...Array(8).fill('error'), 'success'],
  )
  const refused = (await world.entries(from)).filter(({ type }) => type === 'read.refused')
  assert.ok(refused.length >= 3)
})

test('a publication is told to whoever watches the type, alone or behind a link, without a row being read', async () => {
  const { name, connect } = await watcher({})
  await world.grant(name, 'RttPeriod')
  await using one = await connect()
  const linked = { type: 'searchAround', objectSet: base('RttPeriod'), link: 'pathway' }
  const answers = await one.ask(watching(base('RttPeriod')), watching(pathways), watching(linked))
  assert.deepEqual(
    answers.map(({ type }) => type),
    ['success', 'success', 'success'],
    JSON.stringify(answers),
  )
  const from = world.tenant().ledger.size
  await world.submit('RttPeriod', world.rows().RttPeriod.slice(1), 'alder-vale', 1)
  const told = [await one.next(), await one.next()]
  const expected = [
    { type: 'refreshObjectSet', id: answers[0]!.id, objectType: 'RttPeriod' },
    { type: 'refreshObjectSet', id: answers[2]!.id, objectType: 'PatientPathway' },
  ]
  assert.deepEqual(told, expected)
  await quiet()
  assert.deepEqual(one.unread, [])
  assert.ok((await world.entries(from)).every(({ type }) => type !== 'read.opened'))
})

test('an edit is told as a load would show the object, decided, logged, and with no identity left in memory', async () => {
  const { name, connect } = await watcher({ level, columns: ['pathwayId', 'pathwayStatus'] })
  await using one = await connect()
  const [answer] = await one.ask(watching(pathways, ['pathwayId', 'pathwayStatus']))
  const from = await edit([3], { pathwayStatus: 'Edited' })
  const message = await one.next()
  assert.equal(message.id, answer!.id)
  const [update, ...more] = updatesOf(message)
  assert.deepEqual([more.length, update!.type, update!.state], [0, 'object', 'ADDED_OR_UPDATED'])
  const { pathwayId } = pathway(3)
  const { __rid, ...shown } = update!.object
  assert.deepEqual(shown, {
    ...{ __apiName: 'PatientPathway', __primaryKey: pathwayId, pathwayId, pathwayStatus: 'Edited' },
  })
  assert.match(String(__rid), /^ri\.openfdp-objects\.main\.object\.PatientPathway\./)
  await quiet()
  const entries = (await world.entries(from)).filter(({ governance }) => governance.subject === name)
  assert.deepEqual(
    entries.map(({ type }) => type),
    ['session.opened', 'read.opened', 'read.opened', 'session.closed'],
  )
  assert.equal(world.tenant().gate.identityOpen, false)
})

test('at pseudonymised level the same edit is told by this purpose’s token, and by no id', async () => {
  const { connect } = await watcher({ columns: ['pathwayId', 'pathwayStatus'] })
  await using one = await connect()
  await one.ask(watching(pathways, ['pathwayId', 'pathwayStatus']))
  await edit([4], { pathwayStatus: 'Edited too' })
  const message = await one.next()
  const [{ object }] = updatesOf(message) as [Update]
  assert.match(String(object.__primaryKey), /^[0-9a-f-]{36}$/)
  assert.equal(object.pathwayStatus, 'Edited too')
  assert.ok(!JSON.stringify(message).includes(pathway(4).pathwayId!))
})

test('an object that leaves the set is told of by its key; one that comes, whole; the rest not at all', async () => {
  const { connect } = await watcher({ columns: ['pathwayId', 'pathwayStatus', 'treatmentFunctionCode'] })
  await using one = await connect()
  await edit([5], { pathwayStatus: 'Here' })
  await one.ask(watching(where('pathwayStatus', 'Here'), ['treatmentFunctionCode']))
  await edit([6], { pathwayStatus: 'Here' })
  const [came] = updatesOf(await one.next())
  assert.deepEqual(
    [came!.state, came!.object.treatmentFunctionCode],
    ['ADDED_OR_UPDATED', pathway(6).treatmentFunctionCode],
  )
  await edit([5, 7], { pathwayStatus: 'There' })
  const left = updatesOf(await one.next())
  assert.deepEqual(
    left.map(({ state }) => state),
    ['REMOVED'],
  )
  assert.deepEqual(Object.keys(left[0]!.object).sort(), ['__apiName', '__primaryKey', '__rid'])
  await quiet()
  assert.deepEqual(one.unread, [])
})

test('what is taken back is told, and so is an object that is struck out', async () => {
  const { connect } = await watcher({ level, columns: ['pathwayId', 'pathwayStatus'] })
  await using one = await connect()
  await one.ask(watching(pathways, ['pathwayStatus']))
  const entry = await edit([16], { pathwayStatus: 'For a while' })
  assert.equal(updatesOf(await one.next())[0]?.object.pathwayStatus, 'For a while')
  await using session = await world.session(validator, validation)
  await session.undo(entry, 'it was wrong')
  const [back] = updatesOf(await one.next())
  assert.deepEqual([back!.state, back!.object.pathwayStatus], ['ADDED_OR_UPDATED', pathway(16).pathwayStatus])
  await act([17], 'delete', () => ({ kind: 'delete', read: 'it', key: pathway(17).pathwayId! }))
  const [gone] = updatesOf(await one.next())
  assert.deepEqual([gone!.state, gone!.object.__primaryKey], ['REMOVED', pathway(17).pathwayId])
})

test('an edit of what somebody may not see, or does not watch, is none to them', async () => {
  const narrow = await watcher({ columns: ['pathwayStatus'] })
  const few = await watcher({
    columns: ['pathwayStatus'],
    rows: { controllers: 'all', where: [{ property: 'treatmentFunctionCode', in: ['no-such'] }] },
  })
  await using one = await narrow.connect()
  await using other = await few.connect()
  assert.equal((await one.ask(watching(pathways)))[0]?.type, 'success')
  assert.equal((await other.ask(watching(pathways)))[0]?.type, 'success')
  const from = world.tenant().ledger.size
  await edit([8], { treatmentFunctionCode: '999' })
  await quiet()
  assert.deepEqual([one.unread, other.unread], [[], []])
  // Whoever does not watch the column causes no read.
  assert.deepEqual(await readsOf(narrow.name, from), [])
  await edit([8], { pathwayStatus: 'Edited' })
  assert.equal(updatesOf(await one.next()).length, 1)
  // Nothing that anybody could see of it.
  await edit([8], { pathwayStatus: 'Edited' })
  await quiet()
  assert.deepEqual([one.unread, other.unread], [[], []])
})

test('an edit that takes an object out of the reach of a grant is told by its key, and one beyond it not at all', async () => {
  const [property, code] = ['treatmentFunctionCode', pathway(18).treatmentFunctionCode!]
  const rows = { controllers: 'all' as const, where: [{ property, in: [code] }] }
  const { connect } = await watcher({ level, columns: ['pathwayId', 'pathwayStatus'], rows })
  await using one = await connect()
  await one.ask(watching(pathways, ['pathwayStatus']))
  await edit([18], { treatmentFunctionCode: '998' })
  const [gone, ...more] = updatesOf(await one.next())
  assert.deepEqual([gone!.state, gone!.object.__primaryKey, more], ['REMOVED', pathway(18).pathwayId, []])
  await edit([18], { treatmentFunctionCode: '997', pathwayStatus: 'Beyond' })
  await quiet()
  assert.deepEqual(one.unread, [])
  await edit([18], { treatmentFunctionCode: code })
  const [back] = updatesOf(await one.next())
  assert.deepEqual([back!.state, back!.object.pathwayStatus], ['ADDED_OR_UPDATED', 'Beyond'])
})

test('law 4: after a revocation nothing more is told, whatever was on its way', async () => {
  const { name, grant, connect } = await watcher({ columns: ['pathwayStatus'] })
  await using one = await connect()
  const [answer, unknown] = await one.ask(watching(pathways, ['pathwayStatus']), watching(base('Nowhere')))
  // While one is read to be told, or waits to be.
  await Promise.all([edit([9], { pathwayStatus: 'Just before' }), wait(200).then(() => world.revoke(grant))])
  const from = world.tenant().ledger.size
  const { error, args } = unknown!.errors![0]!
  const cause = { type: 'error', error, args: [{ ...args[0], value: 'PatientPathway' }] }
  const closed = { type: 'subscriptionClosed', id: answer!.id, cause }
  const told = [await one.next()]
  if (told[0]!.type === 'objectSetChanged') told.push(await one.next())
  assert.deepEqual(told.at(-1), closed)
  await edit([9], { pathwayStatus: 'Just after' })
  await quiet()
  assert.deepEqual(one.unread, [])
  assert.deepEqual(await readsOf(name, from), [])
  const [again] = await one.ask(watching(pathways, ['pathwayStatus']))
  assert.equal(again?.type, 'error')
})

test('law 4: a grant that ends by itself ends what is told, with the next message that would have been', async () => {
  const until = addMs(world.now(), 1_500)
  const { connect } = await watcher({ columns: ['pathwayStatus'], until })
  await using one = await connect()
  const [answer] = await one.ask(watching(pathways, ['pathwayStatus']))
  assert.equal(answer?.type, 'success')
  while (world.now() <= until) await wait(100)
  assert.deepEqual(one.unread, [])
  await edit([13], { pathwayStatus: 'After it ended' })
  assert.equal((await one.next()).type, 'subscriptionClosed')
  await quiet()
  assert.deepEqual(one.unread, [])
})

test('more edits than are told one by one have no list', async () => {
  await edit([14, 15], { pathwayStatus: 'Two at once' })
  await using session = await world.session(validator, validation)
  const between = { after: 0 as EntryIndex, upTo: session.now() }
  assert.equal(session.edited('PatientPathway', { ...between, max: 1 }), null)
  assert.ok(session.edited('PatientPathway', { ...between, max: 100 })!.length >= 2)
  assert.deepEqual(session.edited('RttPeriod', { ...between, max: 1 }), [])
})

test('law 4: whoever leaves their post is disconnected, and not let in again', async () => {
  const { name, connect } = await watcher()
  await using one = await connect()
  await one.ask(watching(pathways))
  await world.leave(name)
  await edit([10], { pathwayStatus: 'After they left' })
  assert.deepEqual(await one.end(), [1008, 'FDP_HTTP_NOT_IN_POST'])
  assert.deepEqual(one.unread, [])
})

test('each message replaces the one before: what is left out is silent, what is asked for again goes on', async () => {
  const { connect } = await watcher({ columns: ['pathwayStatus'] })
  await using one = await connect()
  const [first] = await one.ask(watching(pathways, ['pathwayStatus']))
  const [again] = await one.ask(watching(pathways, ['pathwayStatus']))
  assert.equal(again!.id, first!.id)
  await one.ask()
  await edit([11], { pathwayStatus: 'Unheard' })
  await quiet()
  assert.deepEqual(one.unread, [])
})

test('a message that cannot be read ends its connection, and one that is too long', async () => {
  const { connect } = await watcher()
  for (const text of ['canary', '{}', '[]', '{"id":"1"}']) {
    await using one = await connect()
    one.socket.send(text)
    assert.deepEqual(await one.end(), [1008, 'FDP_ONTOLOGY_REQUEST'], text)
  }
  await using binary = await connect()
  binary.socket.send(Buffer.from('{"id":"1","requests":[]}'))
  assert.equal((await binary.end())[0], 1003)
  await using long = await connect()
  long.socket.send('x'.repeat(1_100_000))
  assert.equal((await long.end())[0], 1009)
})

test('a client that does not read is told to load again in place of all that it missed', async () => {
  const { connect } = await watcher({ columns: ['pathwayStatus'] })
  await using one = await connect()
  const set = watching(pathways, ['pathwayStatus'])
  const id = (await one.ask(set))[0]?.id
  one.socket.pause()
  const many = JSON.stringify({ id: 'many', requests: [set, ...Array(900).fill({})] })
  for (let i = 0; i < 80; i++) one.socket.send(many)
  await wait(1_500)
  await edit([12], { pathwayStatus: 'One' })
  await quiet()
  one.socket.resume()
  assert.deepEqual(await one.next(), { type: 'refreshObjectSet', id, objectType: 'PatientPathway' })
  await edit([12], { pathwayStatus: 'Two' })
  assert.equal(updatesOf(await one.next()).length, 1)
})

test('law 1: a node that may not be read tells nobody anything', async () => {
  const { connect } = await watcher({ columns: ['pathwayStatus'] })
  await using one = await connect()
  await one.ask(watching(pathways, ['pathwayStatus']))
  await edit([19], { pathwayStatus: 'Too late' })
  world.tenant().setStandstill(new FdpError('FDP_TEST', { status: 503, message: 'it stands still', help: 'wait' }))
  try {
    assert.deepEqual(await one.end(), [1013, 'FDP_TEST'])
    assert.deepEqual(one.unread, [])
  } finally {
    world.tenant().setStandstill(null)
  }
})
