/*
 * The controversy, replayed. Outsiders had administrators' sight of identifiable records because single requests were
 * inconvenient; an assessment said otherwise; a contract for a pandemic grew; nobody could list who saw what. The same
 * people try the same here, in the order in which it happened, on a real node with a national tenant. Each step stands on
 * what the steps before it left behind.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { replayReads } from '#audit'
import { approvalsByMovers, approveGrant, contradictions, type Grant, generalColumnsAt, unionAfter } from '#governance'
import { isFdpError, type OdsCode, type SubjectId } from '#kernel'
import { publicBook } from '#node'
import {
  boundsOf,
  claimsOf,
  dayMs,
  director,
  everyType,
  first,
  friend,
  guardian,
  national,
  openStory,
  pandemic,
  personMax,
  planner,
  registrar,
  type Story,
  second,
  stretched,
  supplier,
  third,
  uncleared,
  wideClaims,
} from '../national-story.ts'
import { errorOf } from '../world.ts'

let story: Story
/** The grant of the first engineer who was approved for sight of names. */
let elevated: string
before(async () => {
  story = await openStory()
})
after(() => story[Symbol.asyncDispose]())

/** What the public is told now. */
async function publicPage() {
  story.clock.advanceMs(61_000)
  return (await publicBook(story.tenant, story.clock)).document
}

const has = (reasons: readonly string[], code: string) =>
  assert.ok(reasons.includes(code), `${reasons} without ${code}`)

test('an outsider asks for everything at once: no event says "everything"', async () => {
  for (const object of ['*', 'everything', ''])
    assert.match(await story.approvalRefused(first, { object }), /OBJECT_UNKNOWN/)
  for (const columns of [['*'], ['surname', 'nothing_like_it']])
    assert.match(await story.approvalRefused(first, { columns }), /COLUMN_UNKNOWN|EVENT_INVALID/)
  assert.match(
    await story.approvalRefused(first, { until: story.daysOn(3_650) }),
    /longer than the DPIA allows|length together/,
  )
  has(await story.refused(first), 'no-grant')
})

test('… one event for each data set, under an assessment that names them all: refused beyond the breadth of one person', async () => {
  let approved = 0
  for (const object of ['Patient', 'RttPeriod', ...everyType.filter((each) => !/^(Patient|RttPeriod)$/.test(each))]) {
    try {
      await story.approve(first, { object })
      approved++
    } catch (error) {
      assert.ok(isFdpError(error, 'FDP_GOVERNANCE_GRANT_REFUSED'), String(error))
      assert.match(error.message, /more data sets than the DPIA allows one person/)
    }
  }
  assert.equal(approved, personMax)
  assert.equal(story.seenBy(first).length, personMax)
})

test('… forced into the ledger past every check of the program: the latest beyond the breadth open nothing', async () => {
  const before = story.seenBy(first)
  for (const object of everyType.filter((each) => !before.includes(each)).slice(0, 20))
    await story.forceGrant(first, { object })
  assert.deepEqual(story.seenBy(first), before)
})

test('the controller ends one supplier’s access in one step, and nobody else’s', async () => {
  await story.approve(planner, { object: 'Patient' })
  assert.equal((await story.read(first)).length, 12)
  await story.act('governance.outsiders-ended', { by: guardian, employer: supplier, at: story.now(), reason: 'enough' })
  has(await story.refused(first), 'grant-revoked')
  assert.deepEqual(story.seenBy(first), [])
  assert.equal((await story.read(planner)).length, 12)
})

test('… as a role in a team: a processor’s sight of names is never a role’s', async () => {
  await story.act('governance.team-registered', {
    by: registrar,
    id: 'support',
    name: 'Support',
    organisation: national,
  })
  const role = { team: 'support', role: 'engineer' }
  const { subject: _, ...grant } = story.grantInput(first)
  await story.tenant.ledger.append(approveGrant(story.state, { ...grant, team: role }, story.now(), story.policies))
  const input = { by: registrar, team: 'support', person: first, role: 'engineer', from: story.now(), until: null }
  await story.act('governance.team-joined', input)
  has(await story.refused(first), 'elevated-named')
  // With an engineer in the role already, the approval itself is refused.
  const again = await errorOf(async () =>
    approveGrant(story.state, { ...grant, id: 'again', team: role }, story.now(), story.policies),
  )
  assert.match(again.message, /never to a role in a team/)
  const own = await errorOf(() => story.act('governance.team-joined', { ...input, by: first, role: 'lead' }))
  assert.ok(isFdpError(own, 'FDP_GOVERNANCE_NOT_ENTITLED'))
})

test('… as somebody of another kind: the assessment names no such people', async () => {
  await story.act('governance.person-registered', story.engineerInput(third, { by: registrar, kind: 'other' }))
  assert.match(await story.approvalRefused(third), /no claim of the DPIA in force contains this kind of person/)
  await story.forceGrant(third)
  has(await story.refused(third), 'dpia-contains-grant')
  await story.act('governance.person-registered', story.engineerInput(third, { kind: 'care-partner' }))
  assert.match(await story.approvalRefused(third), /must cite the data sharing agreement/)
})

test('… as the controller’s own staff, registered by a friend who is no officer: nothing changes', async () => {
  const input = story.personInput(third, { by: friend })
  const refused = await errorOf(() => story.act('governance.person-registered', input))
  assert.ok(isFdpError(refused, 'FDP_GOVERNANCE_NOT_ENTITLED'))
  const before = story.state.persons.get(third)
  const entry = await story.force('governance.person-registered', input)
  assert.equal(story.state.persons.get(third), before)
  assert.equal(story.state.rejected.at(-1)?.entry, entry)
  const own = await errorOf(() => story.act('governance.person-registered', { ...input, by: third }))
  assert.ok(isFdpError(own, 'FDP_GOVERNANCE_NOT_ENTITLED'))
})

test('… as "the controller’s own staff" who are paid by the supplier: the label does not fit, and opens nothing', async () => {
  await story.force(
    'governance.person-registered',
    story.engineerInput(third, { by: registrar, kind: 'controller-staff' }),
  )
  await story.forceGrant(third)
  has(await story.refused(third), 'kind-fits-employer')
})

test('… as an administrator of the platform: who runs it reads nothing', async () => {
  await story.act('governance.person-registered', story.engineerInput(third, { duties: ['platform-administrator'] }))
  assert.match(await story.approvalRefused(third), /administers the platform reads and edits no data/)
  await story.forceGrant(third)
  has(await story.refused(third), 'platform-role')
  await story.act('governance.person-registered', story.engineerInput(third))
})

test('… without clearance, or approved by somebody who is no director, no officer, or themselves: refused', async () => {
  assert.match(await story.approvalRefused(uncleared), /only with current clearance/)
  const low = 'iva.low@national.example' as SubjectId
  await story.person(low, { duties: ['information-asset-owner'] })
  assert.match(await story.approvalRefused(first, { by: low }), /not approved by a director/)
  for (const by of [first, friend, registrar]) assert.match(await story.approvalRefused(first, { by }), /NOT_ENTITLED/)
  assert.match(await story.approvalRefused(director), /nobody approves a grant for themselves/)
  await story.forceGrant(second, { by: friend })
  has(await story.refused(second), 'approver-entitled')
  // What was forced in above takes up places although it opens nothing: a forged grant can only make the cap tighter.
  assert.match(await story.approvalRefused(first), /more people of processors/)
  await story.act('governance.outsiders-ended', {
    by: guardian,
    employer: null,
    at: story.now(),
    reason: 'start afresh',
  })
})

test('asks by family on one form: one list, one go, each data set its own grant, within the breadth', async () => {
  const objects = ['Patient', 'RttPeriod', 'PatientPathway', 'Referral'].sort()
  await story.act('governance.family-registered', { by: registrar, id: 'elective', title: 'Elective care', objects })
  await story.ask('elective-form', first, objects, 'pseudonymised')
  assert.deepEqual(story.seenBy(first), [])
  const [union] = unionAfter(story.state, 'elective-form', story.now())
  assert.deepEqual([union?.person, union?.now, union?.after, union?.of], [first, [], objects, 2])
  for (const by of [first, friend, registrar]) {
    const refused = await errorOf(async () => story.answer('elective-form', by))
    assert.ok(isFdpError(refused, 'FDP_GOVERNANCE_NOT_ENTITLED'), String(refused))
  }
  assert.equal(await story.answer('elective-form', director), objects.length)
  assert.deepEqual(story.seenBy(first), objects)
  assert.equal((await story.read(first, 'RttPeriod', ['statusCode'])).length, 12)
})

test('… a family that adds up to everything: refused as a whole, with each data set that is too many', async () => {
  await story.act('governance.outsiders-ended', { by: guardian, employer: supplier, at: story.now(), reason: 'next' })
  await story.ask(
    'everything',
    first,
    everyType.filter((each) => generalColumnsAt(each, 'pseudonymised').length > 0),
    'pseudonymised',
  )
  const size = story.tenant.ledger.size
  const refused = await errorOf(async () => story.answer('everything', director))
  assert.ok(isFdpError(refused, 'FDP_GOVERNANCE_REQUEST_REFUSED'), String(refused))
  assert.match(refused.message, /more data sets than the DPIA allows one person/)
  assert.equal(story.tenant.ledger.size, size)
  assert.deepEqual(story.seenBy(first), [])
  // Twenty forms of one data set each come to the same.
  let given = 0
  const asked = everyType.filter((each) => generalColumnsAt(each, 'pseudonymised').length > 0).slice(0, 20)
  for (const [i, object] of asked.entries()) {
    await story.ask(`one-${i}`, first, [object], 'pseudonymised')
    given += await story.answer(`one-${i}`, director).catch((error) => {
      assert.ok(isFdpError(error, 'FDP_GOVERNANCE_REQUEST_REFUSED'), String(error))
      return 0
    })
  }
  assert.equal(given, personMax)
  assert.equal(story.seenBy(first).length, personMax)
})

test('one elevated role over the cap: refused at approval, and suspended where it was forced into the ledger', async () => {
  await story.act('governance.outsiders-ended', { by: guardian, employer: null, at: story.now(), reason: 'next' })
  elevated = await story.approve(first)
  story.clock.advanceMs(3_600_000)
  await story.approve(second)
  assert.match(await story.approvalRefused(third), /more people of processors hold such a grant than the DPIA allows/)
  await story.forceGrant(third)
  has(await story.refused(third), 'elevated-cap')
  for (const each of [first, second]) assert.equal((await story.read(each)).length, 12)
})

test('the cap is lowered: the latest is suspended, the earlier goes on', async () => {
  await story.dpia('pandemic', wideClaims, boundsOf(story.start, { peopleMax: 1 }))
  has(await story.refused(second), 'elevated-cap')
  assert.equal((await story.read(first)).length, 12)
})

test('a review goes overdue: access stops at that millisecond, and goes on once somebody has looked', async () => {
  const grant = story.state.grants.get(elevated)!
  story.clock.set(grant.from)
  story.clock.advanceMs(14 * dayMs - 1)
  assert.equal((await story.read(first)).length, 12)
  has(await story.refused(second), 'elevated-cap')
  story.clock.advanceMs(1)
  has(await story.refused(first), 'elevated-review')
  // A place is free again, so whoever comes next in the order of approval may act: never more than the cap.
  assert.equal((await story.read(second)).length, 12)
  const own = { by: first, grant: grant.id, outcome: 'keep', reason: 'I need it' } as const
  assert.ok(isFdpError(await errorOf(() => story.act('governance.grant-reviewed', own)), 'FDP_GOVERNANCE_NOT_ENTITLED'))
  has(await story.refused(first), 'elevated-review')
  await story.act('governance.grant-reviewed', { ...own, by: guardian, reason: 'still mending' })
  assert.equal((await story.read(first)).length, 12)
  has(await story.refused(second), 'elevated-cap')
})

test('the assessment says "controller’s staff only" while an engineer holds a grant: the read is refused, the public page is red', async () => {
  await story.dpia('pandemic', [claimsOf(['controller-staff'])], boundsOf(story.start, { peopleMax: 1 }))
  has(await story.refused(first), 'dpia-contains-grant')
  assert.deepEqual(story.seenBy(first), [])
  const untrue = contradictions(story.state, story.now()).filter(({ dpia }) => dpia === 'pandemic')
  const sentence = untrue.find((each) => each.sentence === 'Only the controller’s own staff see Patient.')
  assert.ok(sentence, JSON.stringify(untrue))
  assert.ok(sentence.instead.includes(first) && sentence.instead.includes('as processors’ staff'), sentence.instead)
  const page = await publicPage()
  assert.equal(page.status, 'contradicted')
  const shown = page.contradictions.find((each) => each.sentence === sentence.sentence)
  assert.match(shown?.instead ?? '', /of A supplier|ZS1|Supplier/)
  assert.ok(!JSON.stringify(page).includes(first), 'the public page names a person')
  await story.dpia('pandemic', wideClaims, boundsOf(story.start, { peopleMax: 1 }))
  assert.ok(!(await publicPage()).contradictions.some((each) => each.sentence === sentence.sentence))
  const still = contradictions(story.state, story.now()).map((each) => each.sentence)
  assert.ok(!still.some((each) => each.startsWith('Only')), still.join(' '))
  assert.equal((await story.read(first)).length, 12)
})

test('the contract for a pandemic is stretched to flu, customs and the workforce: those reads are refused, and the old ones too', async () => {
  for (const purpose of stretched) {
    assert.match(await story.approvalRefused(first, { purpose }), /no instruction of the contract/)
    await story.forceGrant(first, { purpose })
    const reasons = await story.refused(first, 'Patient', ['surname'], purpose)
    has(reasons, 'contract-instructs')
    has(reasons, 'dpia-contains-grant')
  }
  const change = { by: director, id: 'pandemic', subProcessors: [], storage: 'England', reason: 'while we are at it' }
  const instructions = [{ id: 'i1', text: 'Run the pandemic store, and the rest.', purposes: [pandemic, ...stretched] }]
  await story.act('governance.contract-changed', { ...change, instructions })
  for (const purpose of [pandemic, ...stretched]) {
    has(await story.refused(first, 'Patient', ['surname'], purpose), 'contract-within-dpia')
    assert.match(await story.approvalRefused(first, { purpose }), /beyond what the DPIA foresees/)
  }
  const sentences = contradictions(story.state, story.now()).map((each) => each.sentence)
  assert.ok(sentences.includes('The contract pandemic is for pandemic-response alone.'), sentences.join(' '))
  const foreseen = [{ id: 'i1', text: 'Run the pandemic store.', purposes: [pandemic] }]
  await story.act('governance.contract-changed', { ...change, instructions: foreseen })
  assert.equal((await story.read(first)).length, 12)
})

test('… given to a sub-processor that nobody assessed: refused, for the supplier’s people as well', async () => {
  const other = 'ZS2' as OdsCode
  await story.act('governance.organisation-registered', {
    by: director,
    id: other,
    name: 'Another',
    sector: 'supplier',
  })
  const change = { by: director, id: 'pandemic', storage: 'England', reason: 'help' }
  const instructions = [{ id: 'i1', text: 'Run the pandemic store.', purposes: [pandemic] }]
  const helper = 'helper@another.example' as SubjectId
  await story.act('governance.person-registered', story.engineerInput(helper, { employer: other }))
  assert.match(
    await story.approvalRefused(helper, { level: 'pseudonymised' }),
    /neither the supplier nor a sub-processor/,
  )
  await story.act('governance.contract-changed', { ...change, instructions, subProcessors: [other] })
  assert.match(await story.approvalRefused(helper, { level: 'pseudonymised' }), /given to a new sub-processor/)
  has(await story.refused(first), 'contract-within-dpia')
  await story.act('governance.contract-changed', { ...change, instructions, subProcessors: [] })
  assert.equal((await story.read(first)).length, 12)
})

test('… renewed without a fresh assessment: refused; with one: it goes on', async () => {
  const until = story.daysOn(545)
  await story.act('governance.contract-extended', {
    by: director,
    id: 'pandemic',
    until,
    valuePounds: 9,
    reason: 'again',
  })
  has(await story.refused(first), 'contract-within-dpia')
  await story.dpia('pandemic', wideClaims, boundsOf(story.start, { peopleMax: 1, contractDays: 600 }))
  assert.equal((await story.read(first)).length, 12)
})

test('the approver joins the supplier: approves nothing from then on', async () => {
  await story.act(
    'governance.person-registered',
    story.engineerInput(director, { by: guardian, kind: 'processor-staff' }),
  )
  assert.match(await story.approvalRefused(first, { by: director }), /NOT_ENTITLED/)
  await story.forceGrant(first, { by: director, object: 'RttPeriod' })
  has(await story.refused(first, 'RttPeriod', ['patientId']), 'approver-entitled')
  const listed = approvalsByMovers(story.state, story.now())
  const toSupplier = ({ contract, holder }: Grant) =>
    contract !== null || ('person' in holder && holder.person.endsWith('@supplier.example'))
  const grants = [...story.state.grants.values()].filter(
    (each) => each.approvedBy === director && each.approvedAt < story.now() && toSupplier(each),
  )
  assert.ok(grants.length > 10)
  assert.deepEqual(listed.map(({ grant }) => grant).sort(), grants.map(({ id }) => id).sort())
  assert.ok(
    listed.every(({ approver, joined, review }) => approver === director && joined === supplier && review === null),
  )
  const counted = async () => {
    const { movers } = await publicPage()
    return [movers.listed, movers.reviewed]
  }
  assert.deepEqual(await counted(), [listed.length, 0])
  const [{ grant } = { grant: '' }] = listed
  const review = { grant, outcome: 'not-sound', reason: 'she was in talks with them' } as const
  await story.act('governance.approval-reviewed', { ...review, by: guardian })
  assert.equal(approvalsByMovers(story.state, story.now()).find((each) => each.grant === grant)?.review, 'not-sound')
  assert.deepEqual(await counted(), [listed.length, 1])
})

test('an auditor replays the whole story: every read was right, every refusal too', async () => {
  const { ledger, profile } = story.tenant
  const report = await replayReads(ledger, profile.id, story.policies)
  assert.deepEqual(report.findings, [])
  const entries = await story.entries()
  const of = (wanted: string) => entries.filter(({ type }) => type === wanted).length
  assert.deepEqual([report.reads, report.refusals], [of('read.opened'), of('read.refused')])
  assert.ok(report.reads > 10 && report.refusals > 20, `${report.reads} reads, ${report.refusals} refusals`)
  assert.deepEqual(report.undecided, [])
})

test('known gap: one officer alone can raise the cap by a new assessment and fill it', async () => {
  // The assessment has to hold the Guardian's, the risk owner's and the data protection officer's words, and all of it is
  // public at once; but one signature puts it in force, and the same person may approve the grant. A second signature
  // closes it; then this test must be turned round.
  assert.match(await story.approvalRefused(third, { by: guardian }), /more people of processors hold such a grant/)
  await story.dpia('pandemic', wideClaims, boundsOf(story.start, { peopleMax: 2, contractDays: 600 }))
  await story.act('governance.outsiders-ended', { by: guardian, employer: supplier, at: story.now(), reason: 'room' })
  await story.approve(third, { by: guardian })
  assert.equal((await story.read(third)).length, 12)
})
