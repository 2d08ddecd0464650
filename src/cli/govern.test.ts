import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { runOn } from '../../test/command-line.ts'
import { analyst, guardian, manager, openWorld, owner, planning, validator, type World } from '../../test/world.ts'

/* Governance from the command line, on a trust with data: refusals, then a form from asking to reading. */

const dpia = 'elective-recovery-alder-vale'
const newcomer = 'newcomer@alder-vale.example'
let world: World

before(async () => {
  world = await openWorld({ patients: 20 })
  await world.hire(newcomer)
})
after(() => world[Symbol.asyncDispose]())

const run = (person: string | null, ...argv: string[]) => runAs(false, person, argv)

function runAs(isTerminal: boolean, person: string | null, argv: readonly string[]) {
  const acting = person === null ? [] : ['--tenant', 'alder-vale', '--as', person, '--purpose', planning]
  return runOn(world, [...argv, ...acting], isTerminal)
}

const asking = (id: string, ...more: string[]) => [
  ...['access', 'request', id, '--level', 'pseudonymised', '--for', planning, '--reason', 'the plan for the winter'],
  ...['--dpia', dpia, '--days', '30', ...more],
]

test('an event is refused that nobody may sign so, that is no JSON, or that its signer is not entitled to', async () => {
  const family = { id: 'waits', title: 'Waits', objects: ['Patient', 'PatientPathway', 'RttPeriod'] }
  const refused = async (...argv: string[]) => (await run(manager, 'govern', 'sign', ...argv)).err
  assert.match(await refused('grant-approved', '--json', '{}'), /^FDP_CLI_USAGE: no event of that type/)
  assert.match(await refused('family-registered', '--json', '{"id":'), /^FDP_CLI_USAGE: .*not one JSON object/)
  assert.match(await refused('family-registered'), /^FDP_CLI_USAGE: give either/)
  assert.match(await refused('family-registered', '--file', 'nowhere.json'), /^FDP_CLI_NO_FILE/)
  assert.match(await refused('family-registered', '--json', '{"id":"a"}'), /^FDP_GOVERNANCE_EVENT_INVALID/)
  const asClerk = await refused('family-registered', '--json', JSON.stringify(family))
  assert.match(asClerk, /^FDP_GOVERNANCE_NOT_ENTITLED: .*duties.*\n {2}next: ask an information asset owner/)
  const signed = await run(guardian, 'govern', 'sign', 'family-registered', '--json', JSON.stringify(family))
  assert.match(signed.err, /^signed: register a family of data sets; entry \d+/)
})

test('every type of event says how it is signed, and its fields', async () => {
  const types = (await run(null, 'govern', 'types')).rows
  assert.ok(types.length > 30 && types.every((line) => line.to !== '' && line.with !== ''))
  const fields = (await run(null, 'govern', 'types', 'team-joined')).rows
  const from = fields.find(({ field }) => field === 'from')
  assert.deepEqual(from, { field: 'from', presence: 'required', form: 'moment like 2026-01-31T09:30:00.000Z' })
  assert.ok(fields.every(({ field }) => field !== 'by' && field !== 'version'))
})

test('a family is asked for on one form, approved in one go, and then read; not by the one who asked', async () => {
  const asked = await run(analyst, ...asking('by-family', '--family', 'waits', '--to', newcomer))
  assert.match(asked.err, /^asked for Patient, PatientPathway, RttPeriod; entry \d+/)
  assert.match((await reading()).err, /^FDP_GATE_NOT_AVAILABLE/)
  assert.match((await run(analyst, 'access', 'approve', 'by-family')).err, /^FDP_GOVERNANCE_NOT_ENTITLED/)
  assert.deepEqual((await run(manager, 'access', 'requests')).rows, [])
  const [waiting] = (await run(guardian, 'access', 'requests')).rows.filter(({ request }) => request === 'by-family')
  assert.deepEqual([waiting?.seesNow, waiting?.wouldSee, waiting?.of, waiting?.yours], [0, 3, 3, 'to decide'])
  const approved = await run(guardian, 'access', 'approve', 'by-family')
  assert.equal(approved.rows.length, 3)
  assert.match(approved.err, /newcomer@alder-vale.example now sees rows of 3 of 3 data sets\napproved in one step: 3/)
  assert.equal((await reading()).rows.length, 2)
  const mine = (await run(newcomer, 'access', 'mine')).rows
  assert.deepEqual(
    mine.map(({ why }) => why),
    Array(3).fill('the plan for the winter'),
  )
  assert.ok(mine.some(({ object, lastUsed }) => object === 'RttPeriod' && lastUsed !== ''))
})

const reading = () =>
  run(newcomer, 'object', 'read', 'RttPeriod', '--columns', 'clockStartDate', '--limit', '2', '--because', 'winter')

test('an approver reads a form in sentences, and what somebody wrote as a reason can neither fake a line nor move the cursor', async () => {
  const reason = 'needed\n  yours to decide: `./fdp logout`\u001b[2J'
  await run(
    analyst,
    ...asking('sly', '--object', 'Patient').map((each) => (each.startsWith('the plan') ? reason : each)),
  )
  const { out } = await runAs(true, guardian, ['access', 'requests'])
  assert.match(out, /^sly: anil\.rao@alder-vale\.example asks for anil\.rao/m)
  assert.match(out, /^ {2}why: needed yours to decide: `\.\/fdp logout`\ufffd\[2J$/m)
  assert.match(out, /^ {2}anil\.rao@.* sees rows of 2 of 3 data sets now, and then of 3 \(100 %\)$/m)
  await run(analyst, 'access', 'decline', 'sly', '--reason', 'withdrawn')
})

test('a form is refused for oneself, and declined item by item with a reason', async () => {
  await run(guardian, ...asking('for-me', '--object', 'Patient,RttPeriod'))
  const own = await run(guardian, 'access', 'approve', 'for-me')
  assert.equal(own.status, 1)
  assert.match(own.err, /^FDP_GOVERNANCE_REQUEST_REFUSED/)
  assert.match((await run(validator, 'access', 'decline', 'for-me', '--reason', 'no')).err, /NOT_ENTITLED/)
  const declined = await run(owner, 'access', 'decline', 'for-me', '--items', '1', '--reason', 'figures will do')
  assert.match(declined.err, /^declined: 1 items/)
  const [left] = (await run(owner, 'access', 'requests')).rows.filter(({ request }) => request === 'for-me')
  assert.equal(left?.items, '0 Patient, pseudonymised')
  await run(guardian, 'access', 'decline', 'for-me', '--reason', 'withdrawn')
  assert.match((await run(owner, 'access', 'approve', 'for-me')).err, /^FDP_GOVERNANCE_REQUEST_SETTLED/)
})

test('a DPIA version is tried out, approved and compared; a family beyond its breadth is refused by item', async () => {
  const draft = JSON.parse((await runAs(true, guardian, ['dpia', 'draft', dpia])).out)
  const file = { ...draft, bounds: { breadth: { personMax: 2, employerMax: 5 } } }
  await writeFile(join(world.home, 'dpia-2.json'), JSON.stringify(file))
  assert.match((await run(manager, 'dpia', 'dry-run', '--file', 'dpia-2.json')).err, /^FDP_GOVERNANCE_NOT_ENTITLED/)
  const dry = await run(owner, 'dpia', 'dry-run', '--file', 'dpia-2.json')
  assert.ok(dry.rows.some(({ person, object }) => person === newcomer && object === 'RttPeriod'))
  assert.match(dry.err, /nothing was written/)
  const approved = await run(owner, 'dpia', 'approve', '--file', 'dpia-2.json')
  assert.match(approved.err, /^approved; \d+ will stop by it; entry \d+/)
  const [changes] = (await run(manager, 'dpia', 'diff', dpia, '1', '2')).rows as {
    changedBounds: { part: string }[]
  }[]
  assert.ok(changes?.changedBounds.some(({ part }) => part === 'breadth'))
  await world.hire('wide@alder-vale.example')
  await run(analyst, ...asking('wide', '--family', 'waits', '--to', 'wide@alder-vale.example'))
  const wide = await run(guardian, 'access', 'approve', 'wide')
  assert.match(wide.err, /^FDP_GOVERNANCE_REQUEST_REFUSED: .*RttPeriod \(item 2\)/)
  assert.match(wide.err, /next: approve some items of it by number/)
  assert.equal((await run(guardian, 'access', 'approve', 'wide', '--items', '0,1')).status, 0)
})

test('what is missing is said with the policy that asks for it', async () => {
  const { rows: lines } = await run(newcomer, 'access', 'explain', 'RttPeriod', '--level', 'pseudonymised')
  const [says] = lines as { says: string[] }[]
  assert.ok(
    says?.says.some((line) => /; .+ \(policy `[a-z-]+`\)$/.test(line)),
    JSON.stringify(says),
  )
})

test('people are shown to overseers alone; notices, reviews and the end of outsiders', async () => {
  assert.match((await run(manager, 'govern', 'show', 'people')).err, /^FDP_GOVERNANCE_NOT_ENTITLED/)
  assert.ok((await run(guardian, 'govern', 'show', 'people')).rows.some(({ id }) => id === analyst))
  assert.ok((await run(manager, 'govern', 'show', 'purposes')).rows.some(({ id }) => id === planning))
  const notices = (await run(newcomer, 'access', 'notices')).rows
  assert.ok(notices.every(({ person }) => person === newcomer))
  assert.match(
    (await run(newcomer, 'access', 'review', 'wide.0', '--outcome', 'end', '--reason', 'x')).err,
    /NOT_ENTITLED/,
  )
  assert.match(
    (await run(owner, 'access', 'review', 'wide.0', '--outcome', 'end', '--reason', 'x')).err,
    /^reviewed: end/,
  )
  assert.match((await run(manager, 'access', 'end-outsiders', '--reason', 'x')).err, /^FDP_GOVERNANCE_NOT_ENTITLED/)
  assert.match((await run(guardian, 'access', 'end-outsiders', '--reason', 'x')).err, /^ended: \d+ lines/)
  const outsiders = world
    .tenant()
    .accessNow()
    .filter(({ kind }) => kind !== 'controller-staff')
  assert.deepEqual(outsiders, [])
})
