/*
 * The controller ends: the national body is absorbed into a department, boards merge. Nothing passes silently.
 *
 * The attack takes the tenant over early, for the wrong successor, by the wrong people, and reads on afterwards under
 * what the predecessor had approved. On a real node.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { evidenceItems, type Input, whoCanSee } from '#governance'
import { addMs, isFdpError, type OdsCode, type SubjectId } from '#kernel'
import {
  boundsOf,
  claimsOf,
  director,
  first,
  friend,
  guardian,
  national,
  openStory,
  planner,
  registrar,
  type Story,
} from '../national-story.ts'
import { errorOf } from '../world.ts'

const department = 'DEP1' as OdsCode
const stranger = 'OTH1' as OdsCode
const officer = 'olga.tate@department.example' as SubjectId
const clerk = 'cleo.webb@department.example' as SubjectId
const impostor = 'ivan.roe@other.example' as SubjectId
const has = (reasons: readonly string[], code: string) =>
  assert.ok(reasons.includes(code), `${reasons} without ${code}`)
const notEntitled = (error: Error) => assert.ok(isFdpError(error, 'FDP_GOVERNANCE_NOT_ENTITLED'), String(error))

let story: Story
before(async () => {
  story = await openStory(5)
  for (const id of [department, stranger])
    await story.act('governance.organisation-registered', { by: director, id, name: id, sector: 'government' })
  const staff = { by: director, kind: 'controller-staff', role: 'Officer' } as const
  await story.person(officer, {
    ...staff,
    employer: department,
    duties: ['information-asset-owner', 'clinical-safety-officer'],
    grade: 'director',
  })
  await story.person(clerk, { ...staff, employer: department })
  await story.person(impostor, { ...staff, employer: stranger, duties: ['information-asset-owner'] })
  await story.approve(planner)
  await story.approve(first)
})
after(() => story[Symbol.asyncDispose]())

const succeed = (by: SubjectId, successor = department) =>
  ({ by, successor }) as Input<'governance.controller-succeeded'>

test('nobody takes the tenant over while its controller exists', async () => {
  for (const by of [officer, impostor, director])
    notEntitled(await errorOf(() => story.act('governance.controller-succeeded', succeed(by))))
  const entry = await story.force('governance.controller-succeeded', succeed(officer))
  assert.equal(story.state.rejected.at(-1)?.entry, entry)
  assert.equal(story.state.controller, national)
})

test('a successor named by somebody without the duty is none', async () => {
  const end = { id: national, at: story.daysOn(10), successor: stranger }
  notEntitled(await errorOf(() => story.act('governance.organisation-closed', { ...end, by: friend })))
  await story.force('governance.organisation-closed', { ...end, at: story.daysOn(20), by: friend })
  assert.equal(story.state.organisations.get(national)?.successor, null)
  await story.act('governance.organisation-closed', { ...end, by: registrar, successor: department })
  assert.equal(story.state.organisations.get(national)?.successor, department)
})

test('at that millisecond every read ends, and everybody’s sight with it', async () => {
  const end = story.state.organisations.get(national)!.until!
  story.clock.set(addMs(end, -1))
  assert.equal((await story.read(planner)).length, 5)
  assert.equal((await story.read(first)).length, 5)
  story.clock.set(end)
  has(await story.refused(planner), 'controller-exists')
  has(await story.refused(planner), 'employer-open')
  has(await story.refused(first), 'controller-exists')
  assert.deepEqual(whoCanSee(story.state, story.now(), story.policies), [])
})

test('only an officer of the successor takes over, and with the tenant comes nothing that was approved', async () => {
  for (const [by, successor] of [
    [impostor, stranger],
    [impostor, department],
    [clerk, department],
    [director, department],
    [officer, stranger],
  ] as const) {
    notEntitled(await errorOf(() => story.act('governance.controller-succeeded', succeed(by, successor))))
    const entry = await story.force('governance.controller-succeeded', succeed(by, successor))
    assert.equal(story.state.rejected.at(-1)?.entry, entry)
  }
  await story.act('governance.controller-succeeded', succeed(officer))
  assert.equal(story.state.controller, department)
  assert.deepEqual(whoCanSee(story.state, story.now(), story.policies), [])
  // Moved over to the successor, the same people still see nothing: no grant, paper or approval came along.
  await story.person(planner, { by: officer, employer: department })
  const reasons = await story.refused(planner)
  for (const code of ['person-moved', 'tenant-on', 'dpia-of-controller', 'approver-entitled']) has(reasons, code)
  const engineers = await story.refused(first)
  for (const code of ['tenant-on', 'dpia-of-controller', 'contract-in-force', 'approver-entitled']) has(engineers, code)
  for (const by of [director, guardian]) assert.match(await story.approvalRefused(planner, { by }), /NOT_ENTITLED/)
})

test('each paper is signed anew, and only what was signed anew works', async () => {
  assert.match(await story.approvalRefused(planner, { by: officer }), /no longer the controller|not switched on/)
  const evidence = evidenceItems.map((item) => ({ item, reference: `${item} 2`, until: story.daysOn(300) }))
  await story.act('governance.switched-on', { by: officer, scope: 'tenant', evidence, clinicalSafetyOfficer: officer })
  assert.match(
    await story.approvalRefused(planner, { by: officer }),
    /approved for an organisation that is no longer the controller/,
  )
  await story.dpia(
    'pandemic',
    [claimsOf(['controller-staff']), claimsOf(['processor-staff'])],
    boundsOf(story.start),
    officer,
  )
  has(await story.refused(planner), 'approver-entitled')
  await story.approve(planner, { by: officer })
  assert.equal((await story.read(planner)).length, 5)
  // The contract was with the predecessor: the supplier's people stay out whatever is approved.
  assert.match(
    await story.approvalRefused(first, { by: officer }),
    /contract that the grant cites is not in force with this controller/,
  )
  const rows = whoCanSee(story.state, story.now(), story.policies, { action: 'read' })
  assert.deepEqual(
    rows.map(({ person }) => person),
    [planner],
  )
})

test('a care partner that merges: neither its people nor its agreement pass to the organisation it became', async () => {
  const council = 'LA1' as OdsCode
  const merged = 'LA2' as OdsCode
  const worker = 'wyn.shaw@council.example' as SubjectId
  const by = officer
  for (const id of [council, merged])
    await story.act('governance.organisation-registered', { by, id, name: id, sector: 'local-authority' })
  await story.person(worker, { by, kind: 'care-partner', employer: council })
  await story.dpia('pandemic', [claimsOf(['controller-staff', 'care-partner'])], boundsOf(story.start), officer)
  const signed = async (id: string, party: OdsCode) => {
    await story.act('governance.agreement-proposed', {
      ...{ by, id, agreementVersion: 1, title: id, parties: [department, party], objects: ['Patient'] },
      ...{ level: 'identifiable', rows: { controllers: 'all', where: [] }, reach: 'local', gpData: false },
      ...{ from: story.now(), until: story.daysOn(60) },
    })
    // By each party's own people; nobody signs for the other side.
    notEntitled(await errorOf(() => story.act('governance.agreement-signed', { by, id, agreementVersion: 1, party })))
    await story.act('governance.agreement-signed', { by, id, agreementVersion: 1, party: department })
    await story.act('governance.agreement-signed', { by: worker, id, agreementVersion: 1, party })
  }
  await signed('with-the-council', council)
  const grant = { by, agreement: { id: 'with-the-council', version: 1 } }
  await story.approve(worker, grant)
  assert.equal((await story.read(worker)).length, 5)
  await story.act('governance.organisation-closed', { by, id: council, at: story.now(), successor: merged })
  has(await story.refused(worker), 'employer-open')
  await story.person(worker, { by, kind: 'care-partner', employer: merged })
  has(await story.refused(worker), 'person-moved')
  assert.match(await story.approvalRefused(worker, grant), /does not contain this organisation/)
  await signed('with-the-merged-council', merged)
  await story.approve(worker, { by, agreement: { id: 'with-the-merged-council', version: 1 } })
  assert.equal((await story.read(worker)).length, 5)
})
