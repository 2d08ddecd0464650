import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { auditLeases, replayReads } from '#audit'
import { hl7Language } from '#hl7v2'
import { runOutbound } from '#outbound'
import { findCanaries } from '../../test/canary.ts'
import { runOn } from '../../test/command-line.ts'
import {
  apply,
  askForChange,
  changeMap,
  declare,
  goodPeer,
  idOf,
  type Manner,
  queueOf,
  rawPeer,
  routeText,
  saidIn,
} from '../../test/outbound-peer.ts'
import { selfSigned } from '../../test/self-signed.ts'
import { analyst, openWorld, planning, validation, validator, type World } from '../../test/world.ts'
import { routeOf, sendWaiting, tendOutbound } from './outbound.ts'
import { outboundHealth } from './outbound-health.ts'

let world: World
before(async () => {
  world = await openWorld({ patients: 8 })
})
after(() => world[Symbol.asyncDispose]())

const send = () => sendWaiting(world.node, world.tenant(), routeOf(world.tenant(), 'pas'))
const typesFrom = async (from: number) => (await world.entries(from)).map(({ type }) => type)
const outboundFrom = async (from: number) =>
  (await world.entries(from)).filter(({ type }) => type.startsWith('outbound.'))
const size = () => world.tenant().ledger.size
/** What waits, and why. */
const waiting = async () => [...(await queueOf(world)).waiting.values()].map(({ id, aside }) => [id, aside ?? ''])
const as = ['--tenant', 'alder-vale', '--as', validator, '--purpose', validation]
const run = (...argv: string[]) => runOn(world, ['outbound', ...argv])

/** Nobody listens there. */
async function closedPort(): Promise<number> {
  const peer = await goodPeer()
  await peer[Symbol.asyncDispose]()
  return peer.port
}

async function undo(entry: number): Promise<void> {
  await using session = await world.session(validator, validation)
  await session.undo(entry, 'a test')
}

describe('a queue', () => {
  test('sends nothing for what was done before it was in force, and each later action once, read through the gate', async () => {
    await using peer = await goodPeer()
    await declare(world, { port: peer.port })
    await askForChange(world, 0, 'Before')
    assert.deepEqual(await send(), { sent: 0, aside: 0, waiting: 0, code: null })
    const entry = await askForChange(world, 1, 'Closed')
    const from = size()
    assert.deepEqual(await send(), { sent: 1, aside: 0, waiting: 0, code: null })
    assert.deepEqual(await send(), { sent: 0, aside: 0, waiting: 0, code: null })
    const [message = ''] = peer.came
    assert.equal(peer.came.length, 1)
    assert.equal(idOf(message), `${entry}.0`)
    const person = world.rows().Patient[1]!
    assert.equal(saidIn(message, 'PID', 3), person.mrn)
    assert.equal(saidIn(message, 'PID', 3, 1, 2), person.nhsNumber)
    assert.equal(saidIn(message, 'PID', 7), person.dateOfBirth!.replaceAll('-', ''))
    assert.equal(saidIn(message, 'OBX', 5), 'Closed')
    assert.match(message, /^MSH\|\^~\\&\|OPENFDP\|RZ1\|PAS\|RZ1\|\d{14}\+0[01]00\|\|ADT\^A08\^ADT_A01\|/)
    const types = (await typesFrom(from)).filter((type) => !type.startsWith('session.'))
    assert.deepEqual(types, ['read.opened', 'read.completed', 'outbound.sending', 'outbound.sent'])
    const sent = (await outboundFrom(from)).at(-1)!.governance
    assert.deepEqual([sent.message, sent.answer, sent.event], [`${entry}.0`, 'AA', 'ADT^A08'])
    assert.doesNotMatch(JSON.stringify(await outboundFrom(0)), /Canaryhurst|HOSPITAL/)
  })

  test('reads nothing for a system that is not there, and says so once', async () => {
    await declare(world, { port: await closedPort() })
    await askForChange(world, 2, 'Closed')
    const from = size()
    for (let i = 0; i < 3; i++) assert.equal((await send()).code, 'FDP_MLLP_UNREACHABLE')
    assert.deepEqual(await typesFrom(from), ['outbound.routed', 'outbound.failing'])
  })

  test('sends again what was not answered, answered for another, or cut off after it came, with the same number and bytes', async () => {
    const manners: readonly Manner[] = ['silence', 'other', 'hang-up', 'AA']
    await using peer = await rawPeer((_, nth) => manners[nth - 1]!)
    await declare(world, { port: peer.port })
    const from = size()
    for (let i = 0; i < 3; i++) assert.equal((await send()).code, 'FDP_MLLP_UNANSWERED')
    assert.equal((await send()).sent, 1)
    assert.equal(peer.came.length, 4)
    assert.equal(new Set(peer.came).size, 1)
    const types = (await outboundFrom(from)).map(({ type }) => type)
    assert.deepEqual(types, ['outbound.routed', 'outbound.sending', 'outbound.failing', 'outbound.sent'])
  })

  test('puts aside what is refused; later ones of that record wait behind it, others do not', async () => {
    const refused = new Set<string>()
    const codes: readonly Manner[] = ['AE', 'AR']
    await using peer = await rawPeer((message) => (refused.has(idOf(message)) ? codes[refused.size - 1]! : 'AA'))
    await declare(world, { port: peer.port })
    await send()
    const pathway = world.rows().PatientPathway[3]!.pathwayId!
    const parameters = { pathway, propertyToModify: 'pathwayStatus', newValue: 'Closed' }
    const { entry, edits } = await apply(world, 'request-pathway-change', parameters)
    refused.add(`${entry}.0`)
    const request = edits[0]!.primaryKey
    const decided = (await apply(world, 'validate-change', { request, outcome: 'Validated', reason: 'a test' })).entry
    const other = await askForChange(world, 4, 'Closed')
    assert.deepEqual(await send(), { sent: 1, aside: 1, waiting: 2, code: null })
    assert.deepEqual(peer.came.map(idOf), [`${entry}.0`, `${other}.0`])
    const [health] = await outboundHealth(world.tenant())
    assert.deepEqual([health?.object, health?.grade], ['ChangeLogRequest', 'act'])
    assert.deepEqual(await waiting(), [
      [`${entry}.0`, 'FDP_OUTBOUND_REFUSED'],
      [`${decided}.0`, ''],
    ])
    // It does not try again by itself, and tries again as often as somebody says.
    assert.deepEqual(await send(), { sent: 0, aside: 0, waiting: 2, code: null })
    assert.deepEqual((await run('retry', 'pas', ...as)).rows, [{ 'put back': `${entry}.0` }])
    refused.add('for AR')
    assert.equal((await send()).aside, 1)
    assert.equal((await outboundFrom(0)).at(-1)!.governance.answer, 'AR')
    refused.clear()
    await run('retry', 'pas', `${entry}.0`, ...as)
    assert.deepEqual(await send(), { sent: 2, aside: 0, waiting: 0, code: null })
    assert.deepEqual(peer.came.map(idOf).slice(-2), [`${entry}.0`, `${decided}.0`])
    assert.equal((await outboundHealth(world.tenant()))[0]?.grade, 'good')
  })

  test('sends nothing without the grant, and says why; nobody decides about it who could not read it', async () => {
    await using peer = await goodPeer()
    const clerk = await world.hire()
    const grants: string[] = []
    for (const object of ['ChangeLogRequest', 'Patient']) {
      grants.push(await world.grant(clerk, object, { level: 'identifiable', purpose: validation as never }))
    }
    await declare(world, { port: peer.port, by: clerk })
    await send()
    const entry = await askForChange(world, 5, 'Closed')
    await world.revoke(grants[1]!)
    const from = size()
    for (let i = 0; i < 2; i++) assert.equal((await send()).code, 'FDP_GATE_NOT_AVAILABLE')
    assert.deepEqual(peer.came, [])
    assert.deepEqual(
      (await outboundFrom(from)).map(({ type }) => type),
      ['outbound.failing'],
    )
    const [listed] = (await run('queue', 'pas', ...as)).rows
    assert.deepEqual([listed?.message, listed?.state, listed?.why], [`${entry}.0`, 'waits', 'FDP_GATE_NOT_AVAILABLE'])
    const others = ['--tenant', 'alder-vale', '--as', analyst, '--purpose', planning, '--because', 'a test']
    for (const argv of [
      ['send', 'pas'],
      ['retry', 'pas'],
      ['drop', 'pas', `${entry}.0`, '--reason', 'x'],
    ]) {
      assert.match((await run(...argv, ...others)).err, /FDP_OUTBOUND_NOT_YOURS/, argv[0])
    }
    const notSeeing = ['--tenant', 'alder-vale', '--as', analyst, '--purpose', validation]
    assert.match((await run('drop', 'pas', `${entry}.0`, '--reason', 'x', ...notSeeing)).err, /FDP_OUTBOUND_NOT_YOURS/)
    assert.match((await run('drop', 'pas', '1.0', '--reason', 'x', ...as)).err, /FDP_OUTBOUND_NO_MESSAGE/)
    assert.match((await run('drop', 'pas', `${entry}.0`, '--reason', ' ', ...as)).err, /FDP_OUTBOUND_REASON/)
    assert.equal((await run('drop', 'pas', `${entry}.0`, '--reason', 'Canaryhurst said so', ...as)).status, 0)
    assert.deepEqual(await waiting(), [])
    assert.equal((await queueOf(world)).failing, null)
    assert.deepEqual(await findCanaries(world.tenant().folder, ['Canaryhurst said']), [])
  })

  test('tells nobody of what was taken back before it left, and tells back what has left or may have', async () => {
    const manners = new Map<string, Manner>()
    await using peer = await rawPeer((message) => manners.get(idOf(message)) ?? 'AA')
    await declare(world, { port: peer.port })
    await send()
    const never = await askForChange(world, 0, 'Never')
    await undo(never)
    assert.deepEqual(await waiting(), [])
    const late = await askForChange(world, 0, 'Late')
    const { ledger, edits, gate } = world.tenant()
    // While it was being read.
    const open: typeof gate.open = async (input) => {
      await undo(late)
      return await gate.open(input)
    }
    const neverSent = { reach: async () => {}, send: async () => assert.fail('it left'), close: async () => {} }
    const done = await runOutbound(routeOf(world.tenant(), 'pas'), neverSent, { ledger, edits, gate: { open } })
    assert.deepEqual(done, { sent: 0, aside: 0, waiting: 0, code: null })
    const gone = await askForChange(world, 1, 'Gone')
    assert.equal((await send()).sent, 1)
    await undo(gone)
    const maybe = await askForChange(world, 2, 'Maybe')
    manners.set(`${maybe}.0`, 'hang-up')
    assert.equal((await send()).sent, 1)
    await undo(maybe)
    manners.clear()
    assert.equal((await send()).sent, 2)
    const events = peer.came.map((message) => [saidIn(message, 'MSH', 9, 2), saidIn(message, 'OBX', 5)])
    assert.deepEqual(events, [
      ...[
        ['A08', 'Gone'],
        ['A11', 'Gone'],
      ],
      ...[
        ['A08', 'Maybe'],
        ['A08', 'Maybe'],
        ['A11', 'Maybe'],
      ],
    ])
    assert.equal(new Set(peer.came.map(idOf)).size, 4)
  })

  test('puts aside what cannot be said whole, what no map is for any more, and whose record is not there', async () => {
    await using peer = await goodPeer()
    const needs = changeMap.replace('{ from: description }', '{ from: description, required: true }')
    await declare(world, { port: peer.port }, needs)
    await send()
    await askForChange(world, 3, 'Closed')
    const whole = await askForChange(world, 4, 'Closed', { description: 'Clock start' })
    assert.deepEqual(await send(), { sent: 1, aside: 1, waiting: 1, code: null })
    assert.equal((await waiting())[0]![1], 'FDP_OUTBOUND_INCOMPLETE')
    assert.equal(idOf(peer.came[0]!), `${whole}.0`)
    const segments = 'segments: [{ segment: EVN, fields: { "1": { always: A08 } } }]'
    const other = `format: openfdp/outbound-map\nversion: 1\nobject: Referral\nstructure: ADT_A01\n${segments}\n`
    await declare(world, { port: peer.port }, other)
    assert.throws(() => routeOf(world.tenant(), 'pas'), { code: 'FDP_OUTBOUND_DECLARATION' })
    await declare(
      world,
      { port: peer.port },
      changeMap.replace('structure', 'where: { newValue: [Wanted] }\nstructure'),
    )
    await run('retry', 'pas', ...as)
    // The map does not want it: nothing more is asked about it.
    assert.deepEqual(await send(), { sent: 0, aside: 0, waiting: 0, code: null })
    assert.equal((await outboundFrom(0)).at(-1)!.type, 'outbound.not-wanted')
    await declare(world, { port: peer.port })
    await send()
    const erased = await askForChange(world, 5, 'Closed')
    await world.tenant().ledger.eraseDetail(erased, 'a test')
    assert.deepEqual(await waiting(), [])
  })
})

test('a node that serves sends by itself over TLS, and ends a queue whose file is gone; one that is wrong keeps no other waiting', async (t) => {
  const { folder } = world.tenant()
  const pair = selfSigned('pas')
  const { listenForMessages } = world.node.adapters
  const ca = join(world.home, 'pas.crt')
  await writeFile(ca, pair.cert)
  const came: string[] = []
  await using listener = await listenForMessages({
    ...{ host: '127.0.0.1', port: 0, tls: pair, messageBytesMax: 10_000, connectionsMax: 2, idleMsMax: 60_000 },
    ...{ messageMsMax: 10_000, storeMsMax: 10_000, language: hl7Language(world.node.adapters) },
    store: async (bytes) => void came.push(Buffer.from(bytes).toString()),
  })
  await declare(world, { port: listener.port, more: `tlsCa: ${ca}` })
  await writeFile(join(folder, 'outbound', 'wrong.yaml'), 'secret')
  const unknown = routeText({ port: 1 }).replace('validate-change', 'no-such')
  await writeFile(join(folder, 'outbound', 'unknown.yaml'), unknown)
  const said: unknown[] = []
  const log = (line: unknown) => void said.push(line)
  await send()
  await askForChange(world, 6, 'Closed')
  const tending = tendOutbound(world.node, { info: log, warn: log, error: log } as never)
  t.after(() => tending.close())
  while ((await queueOf(world)).waiting.size > 0) await wait(20)
  assert.equal(saidIn(came[0]!, 'PID', 3), world.rows().Patient[6]!.mrn)
  await tending.close()
  const rows = (await run('list', ...as)).rows.map(({ queue, waiting: left }) => [queue, left])
  assert.deepEqual(rows, [
    ...[
      ['pas', 0],
      ['unknown', ''],
      ['wrong', ''],
    ],
  ])
  assert.match(JSON.stringify(said), /FDP_OUTBOUND_DECLARATION.*messages\.1\.action/)
  assert.doesNotMatch(JSON.stringify(said), /secret|Canaryhurst/)

  await askForChange(world, 7, 'Closed')
  await rm(join(folder, 'outbound'), { recursive: true })
  const next = tendOutbound(world.node, { info: log, warn: log, error: log } as never)
  while ((await queueOf(world)).routed) await wait(20)
  await next.close()
  assert.deepEqual([await waiting(), came.length], [[], 1])
  const { ledger, profile, governance } = world.tenant()
  const report = await replayReads(ledger, profile.id, governance.policies)
  assert.deepEqual([report.findings, report.undecided], [[], []])
  const leases = await auditLeases(world.tenant())
  assert.deepEqual([leases.leasesWithoutEntry, leases.readsWithoutLease], [[], []])
  const { Patient } = world.rows()
  assert.deepEqual(await findCanaries(folder, [Patient[1]!.surname!, Patient[6]!.mrn!]), [])
})
