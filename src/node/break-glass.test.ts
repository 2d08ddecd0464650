import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { auditLeases, replayReads, signAudit } from '#audit'
import type { PersonAsked } from '#gate'
import { dpiaHash, type Opening, openingCounts, openingsNow, overdueOpenings, sign } from '#governance'
import { addMs, manualClock, type OdsCode, type PurposeId, type SubjectId } from '#kernel'
import { questionOf } from '#ontology'
import { findCanaries } from '../../test/canary.ts'
import { fc } from '../../test/random.ts'
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
  validation,
  validator,
  visible,
  type World,
} from '../../test/world.ts'
import { auditOf } from './audit-of.ts'
import { type BreakGlass, breakGlass, packed } from './break-glass.ts'
import { doctor } from './doctor.ts'
import { nodeErrors } from './errors.ts'
import { reviewOpening, showOpening } from './opening-review.ts'

/*
 * The glass is broken by Anil, an analyst, who has no grant of the care purpose. Ordinary grants of it belong to Vera.
 */

const patients = 12
const hour = 3_600_000
const reason = 'Broughtinunconscious from the road'
const clock = manualClock('2026-02-03T09:00:00.000Z')
const engineer = 'eli.stone@alder-vale.example'
const purpose = validation as PurposeId
const names = questionOf({ object: 'Patient', select: ['surname'], limit: 100 })
const periods = questionOf({ object: 'RttPeriod', select: ['rttPeriodId'], limit: 100 })
let world: World

before(async () => {
  world = await openWorld({ patients, adapters: { clock } })
})
after(() => world[Symbol.asyncDispose]())

const surname = (n: number) => world.rows().Patient[n]!.surname!

function patient(n: number): PersonAsked {
  const { controller } = world.tenant().profile
  return { controller: controller as OdsCode, patientId: world.rows().Patient[n]!.personId! }
}

/** A new hour: whatever an earlier test opened has ended. */
function later(): void {
  clock.advanceMs(2 * hour)
}

function broken(n: number, change: Partial<BreakGlass> = {}) {
  return breakGlass(world.tenant(), { by: analyst as SubjectId, purpose, patient: patient(n), reason, ...change })
}

async function seen(subject = analyst, question = names): Promise<Record_[]> {
  await using session = await world.session(subject, validation)
  return await ask(session, question)
}

async function codeOf(call: () => Promise<unknown>): Promise<string> {
  return String((await errorOf(call)).code)
}

/** What is tried opens nothing and looks nobody up, and is on record. */
async function refusedUnseen(change: Partial<BreakGlass>, codes: readonly string[]): Promise<Error> {
  const { ledger, governance } = world.tenant()
  const from = ledger.size
  const error = await errorOf(() => broken(3, change))
  const entries = await world.entries(from)
  assert.deepEqual(
    entries.map(({ type }) => type),
    ['opening.refused'],
  )
  assert.deepEqual([...(entries[0]!.governance.reasons as string[])].sort(), codes)
  assert.deepEqual(openingsNow(governance.state(), clock.now()), [])
  return error
}

test('refused, on record, and nobody looked up: not registered, not in post, a supplier’s engineer, not for care', async () => {
  later()
  const left = await world.hire()
  await world.leave(left)
  const notEntitled = ['FDP_GOVERNANCE_NOT_ENTITLED']
  await refusedUnseen({ by: 'nobody@alder-vale.example' as SubjectId }, notEntitled)
  await refusedUnseen({ by: left as SubjectId }, notEntitled)
  const supplier = await refusedUnseen({ by: engineer as SubjectId }, ['break-glass-for-care', 'contract-cited'])
  assert.match(supplier.message, /the glass is broken for a patient's own care, by staff of the controller/)
  await refusedUnseen({ purpose: planning as PurposeId }, ['break-glass-for-care'])
  await refusedUnseen({ purpose: 'not-there' as PurposeId }, ['break-glass-for-care', 'purpose-registered'])
})

test('refused: longer than an hour, no length, no reason, a reason without end', async () => {
  later()
  const { size } = world.tenant().ledger
  for (const minutes of [0, -1, 1.5, 61, Number.NaN])
    assert.equal(await codeOf(() => broken(3, { minutes })), 'FDP_NODE_OPENING_MINUTES')
  for (const words of ['', '  ', 'x'.repeat(2_001)])
    assert.equal(await codeOf(() => broken(3, { reason: words })), 'FDP_NODE_OPENING_REASON')
  assert.equal(world.tenant().ledger.size, size)
})

test('a patient who is not here, or whose number nobody verified, opens nothing, and no error repeats whom it was', async () => {
  later()
  const wrong = { controller: 'RZ2' as OdsCode, patientId: world.rows().Patient[3]!.personId! }
  for (const asked of [wrong, { nhsNumber: '9434765919' }]) {
    const error = await errorOf(() => broken(3, { patient: asked }))
    assert.equal(error.code, 'FDP_NODE_NO_PATIENT')
    for (const secret of Object.values(asked)) assert.ok(!JSON.stringify(visible(error)).includes(secret))
  }
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
})

test('refused while the node refuses every read, and nothing is open afterwards', async () => {
  later()
  const tenant = world.tenant()
  tenant.setStandstill(nodeErrors('FDP_NODE_RESTORED', { tenant: tenant.profile.id }))
  const { size } = tenant.ledger
  assert.equal(await codeOf(() => broken(3)), 'FDP_NODE_RESTORED')
  assert.equal(tenant.ledger.size, size)
  tenant.setStandstill(null)
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
})

test('refused: one’s own record', async () => {
  later()
  const { gate } = world.tenant()
  const own = await gate.findPerson({ subject: analyst as SubjectId, purpose }, patient(11))
  const link = { by: guardian, subject: analyst as SubjectId } as const
  await signAudit(auditOf(world.tenant()), 'audit.staff-linked', link as never, { persons: [own!] })
  const error = await errorOf(() => broken(11))
  assert.equal(error.code, 'FDP_NODE_OPENING_REFUSED')
  assert.match(error.message, /their own record/)
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
  await broken(10)
})

test('one patient is open at once, every data set of theirs, and a second patient does not exist', async () => {
  later()
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
  const { objects, openings } = await broken(3)
  assert.deepEqual([...objects], ['Patient', 'PatientPathway', 'RttPeriod'])
  assert.equal(openings.length, 1)
  assert.deepEqual(await seen(), [{ surname: surname(3) }])
  assert.deepEqual(await seen(analyst, periods), [{ rttPeriodId: world.rows().RttPeriod[3]!.rttPeriodId }])
  const other = questionOf({
    object: 'Patient',
    select: ['surname'],
    where: { type: 'eq', property: 'surname', value: surname(4) },
    limit: 10,
  })
  assert.deepEqual(await seen(analyst, other), [])
  assert.equal(await codeOf(() => seen(manager)), 'FDP_GATE_NOT_AVAILABLE')
})

test('it is in the list of who can see what while it lasts, and gives nothing after its time', async () => {
  later()
  await broken(3, { minutes: 10 })
  const mine = () =>
    world
      .tenant()
      .accessNow()
      .filter(({ basis }) => basis === 'break-glass')
  assert.deepEqual(
    mine().map(({ person, object, until }) => [person, object, until]),
    ['Patient', 'PatientPathway', 'RttPeriod'].map((object) => [analyst, object, addMs(clock.now(), 600_000)]),
  )
  clock.advanceMs(600_000)
  assert.deepEqual(mine(), [])
  assert.equal(await codeOf(() => seen()), 'FDP_GATE_NOT_AVAILABLE')
})

test('it gives nothing once its detail is erased', async () => {
  later()
  const { openings } = await broken(3)
  await world.tenant().ledger.eraseDetail(openings[0]!.entry, 'a test')
  assert.deepEqual(await seen(), [])
})

test('who opens a second patient reads that one, whatever the names of the openings', async () => {
  later()
  for (const n of [7, 2, 9, 4]) {
    await broken(n)
    assert.deepEqual(await seen(), [{ surname: surname(n) }])
  }
})

test('a care partner’s staff open a record too, without the agreement that a grant of theirs would need', async () => {
  later()
  const partner = 'bea.moss@alder-vale.example'
  await broken(8, { by: partner as SubjectId })
  assert.deepEqual(await seen(partner), [{ surname: surname(8) }])
})

test('it also works for somebody whose own grant is for other rows', async () => {
  later()
  const ward = await world.hire()
  await world.grant(ward, 'RttPeriod', {
    ...{ level: 'identifiable', purpose, rows: { controllers: ['RZ2' as OdsCode], where: [] } },
  })
  assert.deepEqual(await seen(ward, periods), [])
  await broken(5, { by: ward as SubjectId })
  assert.deepEqual(await seen(ward, periods), [{ rttPeriodId: world.rows().RttPeriod[5]!.rttPeriodId }])
})

test('a review by whoever opened it, or by somebody who approves nothing, is refused; a guardian’s ends the wait', async () => {
  later()
  const { openings } = await broken(3, { by: guardian as SubjectId })
  const opening = openings[0]!.id
  await seen(guardian)
  const of = () => world.tenant().governance.state()
  const waits = (some: readonly Opening[]) => some.some(({ id }) => id === opening)
  const review = { opening, outcome: 'justified', reason } as const
  for (const by of [guardian, validator, engineer] as SubjectId[]) {
    assert.equal(await codeOf(() => reviewOpening(world.tenant(), { ...review, by })), 'FDP_GOVERNANCE_NOT_ENTITLED')
    assert.equal(await codeOf(() => showOpening(world.tenant(), { opening, by })), 'FDP_GOVERNANCE_NOT_ENTITLED')
  }
  clock.advanceMs(day - 1)
  assert.ok(!waits(overdueOpenings(of(), clock.now())))
  clock.advanceMs(1)
  assert.ok(waits(overdueOpenings(of(), clock.now())))
  const by = owner as SubjectId
  const shown = await showOpening(world.tenant(), { opening, by })
  assert.equal(shown.reason, reason)
  assert.deepEqual(
    shown.reads.map(({ objects, rows }) => [objects, rows]),
    [[['Patient'], 1]],
  )
  await reviewOpening(world.tenant(), { ...review, by, outcome: 'not-justified' })
  assert.ok(!waits(overdueOpenings(of(), clock.now())))
  assert.equal(openingCounts(of(), clock.now())['break-glass'].notJustified, 1)
})

test('neither the reason nor the patient is in a governance part, in clear anywhere on disk, or in the public counts', async () => {
  later()
  await broken(3)
  const { folder, governance } = world.tenant()
  const secrets = [reason, surname(3), world.rows().Patient[3]!.nhsNumber!, world.rows().Patient[3]!.personId!]
  const text = JSON.stringify([
    (await world.entries()).map((entry) => entry.governance),
    [...governance.state().openings.values()],
  ])
  for (const secret of secrets) assert.ok(!text.includes(secret))
  assert.deepEqual(await findCanaries(folder, secrets), [])
})

test('it works while papers have lapsed and while a DPIA version has just stopped everything else', async () => {
  later()
  const { ledger, governance } = world.tenant()
  const by = guardian as SubjectId
  const id = 'elective-recovery-alder-vale'
  const { claims, bounds, title, document, version } = governance.state().dpias.get(id)!.at(-1)!
  const none = {
    title,
    bounds,
    document: document!,
    claims: claims.filter(({ levels }) => !levels.includes('identifiable')),
  }
  const next = { ...none, by, id, dpiaVersion: version + 1, effectiveFrom: clock.now(), sha256: dpiaHash(none) }
  await ledger.append(sign(governance.state(), 'governance.dpia-approved', next, clock.now()))
  clock.advanceMs(31 * day)
  assert.equal(await codeOf(() => seen(validator)), 'FDP_GATE_NOT_AVAILABLE')
  const off = { by, scope: 'tenant' as const, at: clock.now(), reason: 'a paper has run out' }
  await ledger.append(sign(governance.state(), 'governance.switched-off', off, clock.now()))
  await broken(6)
  assert.deepEqual(await seen(), [{ surname: surname(6) }])
})

test('property: at every time each opening reaches rows of exactly one person, and only while it lasts', async () => {
  later()
  const people = [await world.hire(), await world.hire(), manager] as SubjectId[]
  const step = fc.record({
    who: fc.nat(people.length - 1),
    patient: fc.nat(patients - 2),
    minutes: fc.integer({ min: 1, max: 60 }),
    wait: fc.integer({ min: 0, max: 40 }),
    erase: fc.boolean(),
  })
  let rowsSeen = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      later()
      const reaches = new Map<number, Record_[]>()
      for (const { who, patient: n, minutes, wait, erase } of steps) {
        const { openings } = await broken(n, { by: people[who]!, minutes })
        const { entry } = openings[0]!
        if (erase) await world.tenant().ledger.eraseDetail(entry, 'a test')
        reaches.set(entry, erase ? [] : [{ surname: surname(n) }])
        clock.advanceMs(wait * 60_000)
        const live = openingsNow(world.tenant().governance.state(), clock.now())
        for (const each of people) {
          const own = live.findLast(({ person }) => person === each)
          if (own) assert.deepEqual(await seen(each), reaches.get(own.entry))
          else assert.equal(await codeOf(() => seen(each)), 'FDP_GATE_NOT_AVAILABLE')
          rowsSeen += own ? reaches.get(own.entry)!.length : 0
        }
      }
    }),
    { numRuns: 6 },
  )
  assert.ok(rowsSeen > 0)
})

test('every read under an opening is decided the same again, and every lease has its entry', async () => {
  const { ledger, profile, governance } = world.tenant()
  const report = await replayReads(ledger, profile.id, governance.policies)
  assert.deepEqual(report.findings, [])
  assert.ok(report.reads > 10)
  const leases = await auditLeases(world.tenant())
  assert.deepEqual([leases.leasesWithoutEntry, leases.readsWithoutLease], [[], []])
})

test('data sets that do not fit one entry go into several, none left out', () => {
  const opened = Array.from({ length: 70 }, (_, i) => ({
    object: `Object${i}`,
    columns: Array.from({ length: 1 + ((i * 37) % 290) }, (_, c) => `column${c}WithALongName`),
  }))
  const parts = packed(opened)
  assert.deepEqual(parts.flat(), opened)
  for (const part of parts) assert.ok(part.length <= 30 && JSON.stringify(part).length < 64_000)
  assert.ok(parts.length > 3)
})

test('the doctor warns of what is open and of what nobody has reviewed', async () => {
  later()
  const { node, home } = world
  const says = async () => {
    const checks = await doctor(home, async () => node, { node: 'v24.0.0', version: '0.0.0' })
    return checks.find(({ what }) => what === 'alder-vale: openings')
  }
  await broken(3)
  const found = await says()
  assert.equal(found?.outcome, 'warning')
  assert.match(found!.says, /: 1 open now, \d+ to be reviewed, \d+ of them late; run `\.\/fdp break-glass list`$/)
})
