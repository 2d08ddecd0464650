import assert from 'node:assert/strict'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Input, sign } from '#governance'
import { type Instant, isFdpError, type JsonObject, limits, type PurposeId, sql } from '#kernel'
import { questionOf, summaryOf } from '#ontology'
import { withDocument } from '../../test/governed-tenant.ts'
import {
  analyst,
  ask,
  errorOf,
  openWorld,
  planning,
  rowsOf,
  validation,
  validator,
  type World,
} from '../../test/world.ts'
import type { Question } from './session.ts'

let world: World
let person: string
before(async () => {
  world = await openWorld({ patients: 20 })
  person = await world.hire()
})
after(() => world[Symbol.asyncDispose]())

const page = (limit = 10) => questionOf({ object: 'RttPeriod', select: ['patientId', 'statusCode'], limit })
const reason = 'checking the list before the board meets'

/** A purpose with a way of asking for reasons, and a grant for it under a DPIA of its own. */
async function purposeAsking(justification: 'never' | 'once-a-session' | 'each-read'): Promise<string> {
  const id = `asks-${justification}`
  await world.purpose(id, { justification })
  const { governance, ledger } = world.tenant()
  const claim = { kinds: ['controller-staff'], objects: ['RttPeriod'], levels: ['pseudonymised'], daysMax: 90 }
  const by = 'carys.owen@alder-vale.example'
  const claims = [{ ...claim, purposes: [id] }] as unknown as Input<'governance.dpia-approved'>['claims']
  const dpia = withDocument({ title: id, claims })
  const at = world.now()
  const input = { ...dpia, by, id: `dpia-${id}`, dpiaVersion: 1, effectiveFrom: at }
  await ledger.append(sign(governance.state(), 'governance.dpia-approved', input as never, at))
  const reference = { id: `dpia-${id}`, version: 1, sha256: dpia.sha256 }
  await world.grant(person, 'RttPeriod', { purpose: id as PurposeId, dpia: reference })
  return id
}

test('a purpose that asks once a session refuses to open one without a reason, with a blank or with an endless one', async () => {
  const id = await purposeAsking('once-a-session')
  for (const because of [undefined, '', '  \n ', 'x'.repeat(limits.justificationCharactersMax + 1)]) {
    const error = await errorOf(() => world.session(person, id, because === undefined ? {} : { because }))
    assert.ok(isFdpError(error, 'FDP_GATE_JUSTIFICATION'))
    if (because) assert.ok(!JSON.stringify(error).includes(because))
  }
  const from = world.tenant().ledger.size
  await using session = await world.session(person, id, { because: reason })
  await ask(session, page())
  const { ledger } = world.tenant()
  const [opened] = await world.entries(from)
  assert.ok(!JSON.stringify(opened).includes(reason))
  const detail = await ledger.detail(opened!.index)
  assert.deepEqual(detail.state === 'present' && detail.detail, { justification: reason })
})

test('a purpose that asks at each read refuses each without a reason, and keeps each reason apart', async () => {
  const id = await purposeAsking('each-read')
  await using session = await world.session(person, id)
  const { ledger } = world.tenant()
  const before = ledger.size
  for (const justification of [undefined, ' ', 'x'.repeat(limits.justificationCharactersMax + 1)]) {
    const question = { ...page(), ...(justification === undefined ? {} : { justification }) }
    assert.ok(isFdpError(await errorOf(() => ask(session, question)), 'FDP_GATE_JUSTIFICATION'))
  }
  assert.equal(ledger.size, before)
  const result = await session.rows({ ...page(), justification: reason })
  await rowsOf(result)
  const detail = await ledger.detail(result.entry)
  assert.deepEqual(detail.state === 'present' && detail.detail, { justification: reason })
})

test('a purpose that asks for none keeps none', async () => {
  const id = await purposeAsking('never')
  const from = world.tenant().ledger.size
  await using session = await world.session(person, id, { because: 'about Ada Ashdown' })
  const result = await session.rows({ ...page(), justification: 'about Ada Ashdown' })
  await rowsOf(result)
  const { ledger } = world.tenant()
  assert.equal((await ledger.detail(from)).state, 'none')
  assert.equal((await ledger.detail(result.entry)).state, 'none')
})

test('an object published without a row answers with an empty page, a count of nothing and its columns', async () => {
  await using own = await openWorld({ patients: 4 })
  const bad = own.rows().RttPeriod.map((row) => ({ ...row, clockStartDate: 'yesterday' }))
  const report = await own.submit('RttPeriod', bad, 'alder-vale', 1)
  assert.deepEqual([report.outcome, report.rows.published], ['published', 0])
  await using session = await own.session(analyst, planning)
  assert.deepEqual(await ask(session, page()), [])
  const counted = summaryOf({ object: 'RttPeriod', groupBy: [], aggregations: [{ name: 'n', type: 'count' }] })
  assert.deepEqual(await ask(session, counted), [{ n: 0 }])
  assert.ok((await session.describe('RttPeriod')).columns.length > 5)
  await using identifiable = await own.session(validator, validation)
  const names = questionOf({ object: 'RttPeriod', select: ['rttPeriodId', 'statusCode'], limit: 5 })
  assert.deepEqual(await ask(identifiable, names), [])
})

test('what was believed at a moment is read as it was then, and written as such; nothing was known before the ledger began', async () => {
  await using own = await openWorld({ patients: 4 })
  await using session = await own.session(analyst, planning)
  const before = own.now()
  const then = async (moment: Instant) => {
    const asOf = await session.entryAt(moment)
    return (await ask(session, { ...page(), asOf })).length
  }
  await wait(5)
  await own.submit('RttPeriod', own.rows().RttPeriod.slice(0, 1), 'alder-vale', 1)
  assert.deepEqual([await then(before), await then(own.now())], [4, 1])
  const [opened] = (await own.entries(0)).filter(({ type }) => type === 'read.opened')
  assert.equal(opened!.governance.asOf, await session.entryAt(before))
  const first = await own.tenant().ledger.entry(0)
  assert.equal(await session.entryAt(first.time), 0)
  await assert.rejects(session.entryAt('2020-01-01T00:00:00.000Z' as Instant), { code: 'FDP_GATE_BEFORE_LEDGER' })
})

test('the end of a read says what left: rows, bytes, a hash, and whose rows', async () => {
  await using session = await world.session(analyst, planning)
  const { ledger } = world.tenant()
  const result = await session.rows(page(7))
  const rows = await rowsOf(result)
  const completed = (await world.entries(result.entry)).find(({ governance }) => governance.of === result.entry)!
  const { outcome, rows: count, persons } = completed.governance as JsonObject
  assert.deepEqual([outcome, count, persons], ['complete', rows.length, { how: 'listed', count: 7 }])
  const detail = await ledger.detail(completed.index)
  assert.match(String(detail.state === 'present' && detail.detail.resultSha256), /^[0-9a-f]{64}$/)
  assert.equal(detail.state === 'present' && detail.persons?.count, 7)
  // The caller never sees the local keys of persons that the proof is made of.
  assert.ok(result.columns.every(({ name }) => name !== '_person'))
})

test('a summary cannot pass a result off as persons', async () => {
  await using session = await world.session(analyst, planning)
  const forged: Question & { person: null } = {
    ...summaryOf({ object: 'RttPeriod', groupBy: [], aggregations: [{ name: 'n', type: 'count' }] }),
    build: ({ objects }) => sql`SELECT count(*) AS "_person" FROM ${objects!} AS objects`,
  }
  await assert.rejects(ask(session, forged), /stays inside/)
  const hidden: Question & { person: 'objects' } = {
    ...page(),
    build: ({ objects }) => sql`SELECT "statusCode" FROM ${objects!} AS objects`,
  }
  await assert.rejects(ask(session, hidden), /without its person column/)
})

test('a result is read once, and one that is not read says so', async () => {
  await using session = await world.session(analyst, planning)
  const result = await session.rows(page())
  assert.equal((await rowsOf(result)).length, 10)
  await assert.rejects(async () => {
    for await (const _ of result.batches()) assert.fail('a batch twice')
  })
  const unread = await session.rows(page())
  await unread[Symbol.asyncDispose]()
  await unread[Symbol.asyncDispose]()
  const ends = (await world.entries(unread.entry)).filter(({ governance }) => governance.of === unread.entry)
  assert.deepEqual(
    ends.map(({ governance }) => [governance.outcome, governance.rows]),
    [['not-read-to-the-end', 0]],
  )
})

test('a statement that the engine refuses ends the read on record, with no row', async () => {
  await using session = await world.session(analyst, planning)
  const from = world.tenant().ledger.size
  const build: Question['build'] = ({ objects }) => sql`SELECT nonsense(1), "_person" FROM ${objects!} AS objects`
  assert.equal((await errorOf(() => ask(session, { ...page(), build }))).code, 'FDP_ENGINE_FAILED')
  assert.deepEqual(
    (await world.entries(from)).map(({ type, governance }) => [type, governance.outcome ?? null]),
    [
      ['read.opened', null],
      ['read.completed', 'failed'],
    ],
  )
})

test('figures take a policy from the grant; a column that is no declared measure is a bug that releases nothing', async () => {
  await using session = await world.session(analyst, planning)
  const from = world.tenant().ledger.size
  const release = session.release({
    ...{ about: { kind: 'test' }, keys: [], measures: { n: { kind: 'person-count' } }, geography: 'national' },
    relations: { r: { object: 'RttPeriod', columns: ['statusCode'] } },
    build: ({ r }) => sql`SELECT count(*) AS n, min("statusCode") AS other FROM ${r} AS r`,
  })
  await assert.rejects(release, /neither a key nor a declared measure/)
  assert.deepEqual(
    (await world.entries(from)).map(({ type, governance }) => [type, governance.outcome ?? null]),
    [
      ['read.opened', null],
      ['read.completed', 'failed'],
    ],
  )
})

test('a session ends its open reads on record', async () => {
  const session = await world.session(validator, validation)
  const result = await session.rows(questionOf({ object: 'Patient', select: ['surname'], limit: 10 }))
  await session.close()
  assert.equal(world.tenant().gate.identityOpen, false)
  const end = (await world.entries(result.entry)).find(({ governance }) => governance.of === result.entry)
  assert.equal(end!.governance.outcome, 'session-closed')
  await result[Symbol.asyncDispose]()
})

test('a session outlives its node by nothing', async () => {
  const own = await openWorld({ patients: 4 })
  const session = await own.session(validator, validation)
  const result = await session.rows(questionOf({ object: 'Patient', select: ['surname'], limit: 10 }))
  await own.node.close()
  assert.equal(own.tenant().gate.identityOpen, false)
  await assert.rejects(rowsOf(result))
  await assert.rejects(ask(session, page()), (error) => isFdpError(error, 'FDP_GATE_CLOSED'))
  await assert.rejects(own.session(validator, validation), (error) => isFdpError(error, 'FDP_LEDGER_UNAVAILABLE'))
  await own[Symbol.asyncDispose]()
})

test('what an earlier process spilled and left is gone when the tenant opens', async () => {
  await using own = await openWorld({ empty: true })
  const spill = join(own.tenant().folder, 'spill')
  await own.node.close()
  await mkdir(spill, { recursive: true })
  await writeFile(join(spill, 'duckdb_temp_storage-0.tmp'), 'left over')
  await using again = await openWorld({ home: own.home })
  assert.ok(again.tenant().ledger.size > 0)
  await assert.rejects(access(join(spill, 'duckdb_temp_storage-0.tmp')))
})
