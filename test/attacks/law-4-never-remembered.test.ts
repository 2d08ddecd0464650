/*
 * Law 4. Access is evaluated, never remembered.
 *
 * The attack holds a result of many batches open and takes the right away under it: revoked, expired by the clock alone,
 * the person gone, another employer, a DPIA version that takes effect, the clock set back, the node at a standstill, the
 * session closed, the ledger stopped. No batch may follow. Then it grants anew and tries to go on with the old result.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Question, ReadResult, Session } from '#gate'
import { sign } from '#governance'
import { addMs, isFdpError, type JsonObject, limits, manualClock, parseSubjectId, sql } from '#kernel'
import { nodeErrors } from '#node'
import { questionOf } from '#ontology'
import { withDocument } from '../governed-tenant.ts'
import {
  analyst,
  ask,
  day,
  errorOf,
  guardian,
  openWorld,
  planning,
  validation,
  validator,
  type World,
} from '../world.ts'

const clock = manualClock('2026-02-03T09:00:00.000Z')
let world: World
let session: Session
let grant: string
let person: string

before(async () => {
  world = await openWorld({ patients: 20, adapters: { clock } })
})
beforeEach(async () => {
  clock.advanceMs(day)
  person = await world.hire()
  grant = await world.grant(person, 'RttPeriod', { until: addMs(clock.now(), day) })
  session = await world.session(person, planning)
})
after(() => world[Symbol.asyncDispose]())

/** Some twenty batches of rows. */
function long(): Question & { person: string } {
  const question = questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 10 })
  const build: Question['build'] = ({ objects }) =>
    sql`SELECT "statusCode", "_person" FROM ${objects!} AS objects CROSS JOIN range(2000) AS r(i)`
  return { ...question, build }
}

interface Cut {
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly error: Error & Record<string, unknown>
  readonly result: ReadResult
}

/** Reads two batches, lets `take` take the right away, and reads on. */
async function cutBy(take: () => Promise<unknown> | unknown, from: Session = session): Promise<Cut> {
  const result = await from.rows(long())
  const batches = result.batches()[Symbol.asyncIterator]()
  let rowsBefore = 0
  for (let batch = 0; batch < 2; batch++) {
    const next = await batches.next()
    assert.ok(!next.done && next.value.rowCount > 0 && next.value.rowCount <= limits.gateBatchRowsMax)
    rowsBefore += next.value.rowCount
  }
  await take()
  let rowsAfter = 0
  const error = await errorOf(async () => {
    for (;;) {
      const next = await batches.next()
      if (next.done) return
      rowsAfter += next.value.rowCount
    }
  })
  return { rowsBefore, rowsAfter, error, result }
}

async function refusedAt(cut: Cut, reason: string): Promise<void> {
  assert.equal(cut.rowsAfter, 0)
  assert.ok(isFdpError(cut.error, 'FDP_GATE_NOT_AVAILABLE'), String(cut.error))
  const completed = (await world.entries()).find(
    ({ type, governance }) => type === 'read.completed' && governance.of === cut.result.entry,
  )
  const { outcome, reasons, rows } = completed!.governance as JsonObject & { reasons: string[] }
  assert.equal(outcome, 'refused')
  assert.ok(reasons.includes(reason), `${reasons} without ${reason}`)
  assert.equal(rows, cut.rowsBefore)
}

test('a result of many batches is whole while nothing changes', async () => {
  assert.equal((await ask(session, long())).length, 40_000)
})

test('revoked while streaming: no further batch, and a new grant does not wake the old result', async () => {
  const cut = await cutBy(() => world.revoke(grant))
  await refusedAt(cut, 'grant-revoked')
  await world.grant(person, 'RttPeriod')
  await assert.rejects(async () => {
    for await (const _ of cut.result.batches()) assert.fail('an old result went on')
  })
  assert.equal((await ask(session, long())).length, 40_000)
})

test('revoked and granted anew between two batches: the old result ends all the same', async () => {
  const cut = await cutBy(async () => {
    await world.revoke(grant)
    await world.grant(person, 'RttPeriod')
  })
  await refusedAt(cut, 'grant-changed')
})

test('expired by the clock alone while streaming', async () => {
  await refusedAt(await cutBy(() => clock.advanceMs(day)), 'grant-ended')
})

test('one millisecond before its end a grant still holds', async () => {
  const result = await session.rows(long())
  clock.set(addMs(clock.now(), day - 1))
  let rows = 0
  for await (const batch of result.batches()) rows += batch.rowCount
  assert.equal(rows, 40_000)
})

test('the person leaves while streaming', async () => {
  await refusedAt(await cutBy(() => world.leave(person)), 'person-in-post')
})

test('the person changes employer while streaming', async () => {
  const cut = await cutBy(() => world.hire(person, { kind: 'processor-staff', employer: 'ZS1' as never }))
  await refusedAt(cut, 'person-moved')
})

test('the clock set back while streaming: the next batch is refused, and so is every new read', async () => {
  clock.advanceMs(60_000)
  await world.grant(person, 'PatientPathway')
  const cut = await cutBy(() => clock.advanceMs(-30_000))
  assert.equal(cut.rowsAfter, 0)
  await assert.rejects(ask(session, long()), (error) => isFdpError(error))
  clock.advanceMs(30_000)
  assert.equal((await ask(session, long())).length, 40_000)
})

test('the clock set back by less than the ledger forgives is refused all the same', async () => {
  clock.advanceMs(60_000)
  await ask(session, long())
  await refusedAt(await cutBy(() => clock.advanceMs(-1_000)), 'clock')
  clock.advanceMs(1_000)
})

test('a standstill while streaming ends it, and every session says why from then on', async () => {
  const cut = await cutBy(() => world.tenant().setStandstill(nodeErrors('FDP_NODE_RESTORED', { tenant: 'alder-vale' })))
  assert.equal(cut.rowsAfter, 0)
  assert.equal(cut.error.code, 'FDP_NODE_RESTORED')
  for (const attempt of [
    () => ask(session, long()),
    () => session.describe('RttPeriod'),
    () => world.session(person, planning),
  ]) {
    assert.equal((await errorOf(attempt)).code, 'FDP_NODE_RESTORED')
  }
  world.tenant().setStandstill(null)
  assert.equal((await ask(session, long())).length, 40_000)
})

test('a closed session gives no further batch and no further read', async () => {
  const cut = await cutBy(() => session.close())
  assert.equal(cut.rowsAfter, 0)
  assert.equal(cut.error.code, 'FDP_GATE_CLOSED')
  assert.equal((await errorOf(() => ask(session, long()))).code, 'FDP_GATE_CLOSED')
  assert.equal((await errorOf(() => session.describe('RttPeriod'))).code, 'FDP_GATE_CLOSED')
})

test('a session closed in the middle of asking leaves nothing open', async () => {
  const { gate } = world.tenant()
  for (let waited = 0; waited < 40; waited++) {
    const identifiable = await world.session(validator, validation)
    const asking = identifiable
      .rows(questionOf({ object: 'Patient', select: ['surname'], limit: 10 }))
      .then(async (result) => {
        let rows = 0
        for await (const batch of result.batches()) rows += batch.rowCount
        return rows
      })
    asking.catch(() => {})
    if (waited > 0) await new Promise((done) => setTimeout(done, waited * 3))
    await identifiable.close()
    await asking.then(
      (rows) => assert.equal(rows, 10),
      (error) =>
        assert.ok(isFdpError(error, 'FDP_GATE_CLOSED') || isFdpError(error, 'FDP_ENGINE_INTERRUPTED'), String(error)),
    )
    assert.equal(gate.identityOpen, false)
  }
})

test('two sessions: what ends one leaves the other', async () => {
  await using other = await world.session(analyst, planning)
  const cut = await cutBy(() => world.revoke(grant))
  await refusedAt(cut, 'grant-revoked')
  assert.equal((await ask(other, long())).length, 40_000)
})

test('revoked between the decision and the first row: nothing leaves', async () => {
  const { ledger } = world.tenant()
  const opening = session.rows(long())
  opening.catch(() => {})
  await world.revoke(grant)
  const rows = await opening.then(
    async (result) => {
      let count = 0
      const error = await errorOf(async () => {
        for await (const batch of result.batches()) count += batch.rowCount
      })
      assert.ok(isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'))
      return count
    },
    (error) => {
      assert.ok(isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'))
      return 0
    },
  )
  assert.equal(rows, 0)
  assert.ok(ledger.size > 0)
})

test('a DPIA version takes effect while streaming', async () => {
  const { governance, ledger } = world.tenant()
  const [dpia] = governance.state().dpias.get('elective-recovery-alder-vale')!
  const claims = dpia!.claims.filter(({ levels }) => levels.includes('identifiable'))
  const effectiveFrom = addMs(clock.now(), 3_600_000)
  const next = { by: parseSubjectId(guardian), id: dpia!.id, dpiaVersion: 2, effectiveFrom }
  const input = { ...withDocument({ title: dpia!.title, claims }), ...next }
  await ledger.append(sign(governance.state(), 'governance.dpia-approved', input, clock.now()))
  assert.equal((await ask(session, long())).length, 40_000)
  await refusedAt(await cutBy(() => clock.advanceMs(3_600_000)), 'dpia-contains-grant')
})
