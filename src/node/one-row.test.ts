import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { auditLeases, replayReads } from '#audit'
import { dpiaHash, openingsNow, overdueOpenings, sign } from '#governance'
import { addMs, manualClock, type OdsCode, type PurposeId, type SubjectId } from '#kernel'
import { questionOf } from '#ontology'
import { findCanaries } from '../../test/canary.ts'
import {
  analyst,
  ask,
  day,
  errorOf,
  guardian,
  manager,
  openWorld,
  owner,
  planning,
  type Record_,
  rowsOf,
  validation,
  validator,
  visible,
  type World,
} from '../../test/world.ts'
import { type OneRow, openRow } from './one-row.ts'
import { reviewOpening } from './opening-review.ts'
import { readQuarantine } from './quarantine-read.ts'

/*
 * Eli, the supplier's engineer, holds no grant. Vera, the validator, is the witness: she may read what she opens.
 */

const patients = 12
const hour = 3_600_000
const reason = 'Clockstartisadayoff in ticket 4711'
const clock = manualClock('2026-02-03T09:00:00.000Z')
const engineer = 'eli.stone@alder-vale.example' as SubjectId
const intake = 'data-intake' as PurposeId
const dpia = 'elective-recovery-alder-vale'
const periods = questionOf({ object: 'RttPeriod', select: ['rttPeriodId', 'statusCode'], limit: 100 })
let world: World
/** Two rows of it stay out, for their status. */
let submission: string

before(async () => {
  world = await openWorld({ patients, adapters: { clock } })
  const rows = world.rows().RttPeriod.map((row, i) => (i === 1 || i === 4 ? { ...row, statusCode: `XQ${i}` } : row))
  submission = (await world.submit('RttPeriod', rows, 'alder-vale', 1)).submission
  await foresee()
})
after(() => world[Symbol.asyncDispose]())

/** The engineer's clearance, and a DPIA version that lets somebody show a processor's staff a row. */
async function foresee(): Promise<void> {
  const { ledger, governance } = world.tenant()
  const by = guardian as SubjectId
  const cleared = { by, person: engineer, until: addMs(clock.now(), 90 * day), reference: 'a test' }
  await ledger.append(sign(governance.state(), 'governance.clearance-recorded', cleared, clock.now()))
  const { claims, bounds, title, document, version } = governance.state().dpias.get(dpia)!.at(-1)!
  const more = {
    ...{ kinds: ['processor-staff' as const], objects: ['RttPeriod'], levels: ['identifiable' as const] },
    ...{ purposes: [intake], daysMax: 1 },
  }
  const next = {
    title,
    bounds,
    document: document!,
    claims: [...claims.filter(({ kinds }) => !kinds.includes('processor-staff')), more],
  }
  const event = { ...next, by, id: dpia, dpiaVersion: version + 1, effectiveFrom: clock.now(), sha256: dpiaHash(next) }
  await ledger.append(sign(governance.state(), 'governance.dpia-approved', event, clock.now()))
}

const idOf = (n: number) => world.rows().RttPeriod[n]!.rttPeriodId!
const later = () => clock.advanceMs(2 * hour)

async function opened(change: Partial<OneRow> = {}, witness = validator, purpose: string = validation) {
  await using session = await world.session(witness, purpose)
  return await openRow(world.tenant(), session, {
    ...{ engineer, purpose: intake, object: 'RttPeriod', dpia, reason },
    record: { controller: world.tenant().profile.controller as OdsCode, id: idOf(3) },
    contract: { id: 'platform-contract', instruction: 'mend-intake' },
    ...change,
  })
}

async function seen(question = periods): Promise<Record_[]> {
  await using session = await world.session(engineer, intake)
  return await ask(session, question)
}

async function quarantined(): Promise<Record_[]> {
  await using session = await world.session(engineer, intake)
  const outcome = { submission, object: 'RttPeriod', controller: world.tenant().profile.controller } as never
  return await rowsOf(await readQuarantine(world.tenant(), session, outcome, 100))
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  return String((await errorOf(call)).code)
}

/** Refused by policy, on record with these codes, and no read of the witness was needed. */
async function refusedUnseen(change: Partial<OneRow>, codes: readonly string[], witness = validator): Promise<void> {
  const from = world.tenant().ledger.size
  await errorOf(() => opened(change, witness))
  const entries = (await world.entries(from)).filter(({ type }) => !type.startsWith('session.'))
  assert.deepEqual(
    entries.map(({ type, governance }) => [type, [...(governance.reasons as string[])].sort()]),
    [['opening.refused', codes]],
  )
}

test('refused, on record, and nothing read: one’s own witness, a witness from elsewhere, no contract, no DPIA', async () => {
  const notEntitled = ['FDP_GOVERNANCE_NOT_ENTITLED']
  await refusedUnseen({ engineer: validator as SubjectId }, notEntitled)
  await refusedUnseen({ engineer: 'nobody@alder-vale.example' as SubjectId }, ['FDP_GOVERNANCE_NOT_FOUND'])
  await refusedUnseen({}, ['one-row-witness'], 'bea.moss@alder-vale.example')
  await refusedUnseen({ contract: undefined }, ['contract-cited'])
  await refusedUnseen({ contract: { id: 'platform-contract', instruction: 'sell-it' } }, ['contract-instructs'])
  await refusedUnseen({ dpia: 'not-there' }, ['contract-within-dpia', 'dpia-contains-grant', 'dpia-in-force'])
  await refusedUnseen({ object: 'Patient' }, ['dpia-contains-grant'])
  await refusedUnseen({ purpose: planning as PurposeId }, ['contract-instructs', 'dpia-contains-grant'])
  await refusedUnseen({ columns: ['rttPeriodId', 'notThere'] }, ['FDP_NODE_OPENING_REFUSED'])
  await refusedUnseen({ object: 'NotThere' }, ['FDP_NODE_OPENING_REFUSED'])
})

test('refused: longer than an hour, without a reason', async () => {
  for (const minutes of [0, 61]) assert.equal(await codeOf(() => opened({ minutes })), 'FDP_NODE_OPENING_MINUTES')
  assert.equal(await codeOf(() => opened({ reason: ' ' })), 'FDP_NODE_OPENING_REASON')
})

test('refused: a record that is not there, or that the witness may not read; no error repeats its id', async () => {
  const controller = world.tenant().profile.controller as OdsCode
  for (const record of [
    { controller, id: 'RP-NOT-THERE' },
    { controller: 'RZ2' as OdsCode, id: idOf(3) },
    { submission, row: 999 },
    { submission: 'ffffffffffff', row: 2 },
  ]) {
    const error = await errorOf(() => opened({ record }))
    assert.match(String(error.code), /^FDP_NODE_NO_(RECORD|SUBMISSION)$/)
    assert.ok(!JSON.stringify(visible(error)).includes(idOf(3)))
  }
  for (const [witness, purpose, record] of [
    [analyst, planning, { controller, id: idOf(3) }],
    [manager, intake, { submission, row: 5 }],
  ] as const)
    assert.equal(await codeOf(() => opened({ record }, witness, purpose)), 'FDP_NODE_OPENING_REFUSED')
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
  assert.deepEqual(openingsNow(world.tenant().governance.state(), clock.now()), [])
})

test('one record is open to the engineer, no other of the same patient’s or anybody’s, for an hour', async () => {
  later()
  const { until } = await opened()
  assert.equal(until, addMs(clock.now(), hour))
  assert.deepEqual(
    (await seen()).map(({ rttPeriodId }) => rttPeriodId),
    [idOf(3)],
  )
  assert.equal(
    await codeOf(() => seen(questionOf({ object: 'Patient', select: ['surname'], limit: 9 }))),
    'FDP_GATE_NOT_AVAILABLE',
  )
  const rows = world
    .tenant()
    .accessNow()
    .filter(({ basis }) => basis === 'one-row')
  assert.deepEqual(
    rows.map(({ person, object, approvedBy }) => [person, object, approvedBy]),
    [[engineer, 'RttPeriod', validator]],
  )
  assert.deepEqual(await quarantined(), [])
  clock.advanceMs(hour)
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
})

test('fewer columns can be opened, and the others do not exist', async () => {
  later()
  await opened({ columns: ['statusCode'] })
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
  const status = questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 100 })
  assert.deepEqual(await seen(status), [{ statusCode: world.rows().RttPeriod[3]!.statusCode }])
})

test('it gives nothing once its detail is erased', async () => {
  later()
  const { entry } = await opened()
  await world.tenant().ledger.eraseDetail(entry, 'a test')
  assert.deepEqual(await seen(), [])
})

test('one row in quarantine by its position: that row’s values, no other row, nothing of what is published', async () => {
  later()
  await opened({ record: { submission, row: 5 } })
  assert.deepEqual(
    (await quarantined()).map(({ row, value }) => [Number(row), value]),
    [[5, 'XQ4']],
  )
  assert.deepEqual(await seen(), [])
})

test('a grant for some rows gives nothing of quarantine, whose rows nobody can place', async () => {
  later()
  const outcome = { submission, object: 'RttPeriod', controller: world.tenant().profile.controller } as never
  const valuesFor = async (person: string) => {
    await using session = await world.session(person, validation)
    return (await rowsOf(await readQuarantine(world.tenant(), session, outcome, 100))).length
  }
  assert.equal(await valuesFor(validator), 2)
  // For care a new version takes effect after its notice: the first one still holds.
  const { version, sha256 } = world.tenant().governance.state().dpias.get(dpia)![0]!
  const change = {
    level: 'identifiable',
    purpose: validation as PurposeId,
    dpia: { id: dpia, version, sha256 },
  } as const
  const [elsewhere, some, here] = [await world.hire(), await world.hire(), await world.hire()]
  const { controller } = world.tenant().profile
  await world.grant(elsewhere, 'RttPeriod', { ...change, rows: { controllers: ['RZ2' as OdsCode], where: [] } })
  const where = [{ property: 'treatmentFunctionCode', in: ['100'] }]
  await world.grant(some, 'RttPeriod', { ...change, rows: { controllers: 'all', where } })
  await world.grant(here, 'RttPeriod', { ...change, rows: { controllers: [controller], where: [] } })
  assert.deepEqual([await valuesFor(elsewhere), await valuesFor(some), await valuesFor(here)], [0, 0, 2])
})

test('neither witness nor engineer reviews it; an officer does, and a day later it is overdue until then', async () => {
  later()
  const { id } = await opened({}, validator)
  const review = { opening: id, outcome: 'justified', reason } as const
  for (const by of [validator, engineer] as SubjectId[])
    assert.equal(await codeOf(() => reviewOpening(world.tenant(), { ...review, by })), 'FDP_GOVERNANCE_NOT_ENTITLED')
  clock.advanceMs(day)
  const isLate = () => overdueOpenings(world.tenant().governance.state(), clock.now()).some((each) => each.id === id)
  assert.ok(isLate())
  await reviewOpening(world.tenant(), { ...review, by: owner as SubjectId })
  assert.ok(!isLate())
})

test('neither the reason nor the record is in a governance part, or in clear on disk', async () => {
  later()
  await opened()
  const secrets = [reason, idOf(3)]
  const text = JSON.stringify((await world.entries()).map(({ governance }) => governance))
  for (const secret of secrets) assert.ok(!text.includes(secret))
  assert.deepEqual(await findCanaries(world.tenant().folder, secrets), [])
})

test('every read under it is decided the same again, and every lease has its entry', async () => {
  const { ledger, profile, governance } = world.tenant()
  const report = await replayReads(ledger, profile.id, governance.policies)
  assert.deepEqual(report.findings, [])
  assert.ok(report.reads > 10)
  const leases = await auditLeases(world.tenant())
  assert.deepEqual([leases.leasesWithoutEntry, leases.readsWithoutLease], [[], []])
})
