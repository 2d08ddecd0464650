/*
 * Law 8. Data from GP record systems never reach the national tenant, whatever grant, agreement, setting or name they
 * come with; another tenant takes them only under an agreement; the label stays with what is made from them.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type FlowDeps, type Submission, submit } from '#flows'
import { isFdpError, type JsonObject, type OdsCode, type PurposeId, parseSubjectId } from '#kernel'
import { questionOf } from '#ontology'
import { gpRecordLabel, isGpRecordData, originNames } from '#privacy'
import { csvSource } from '#synthetic'
import { fc } from '../random.ts'
import { ask, errorOf, holderOf, manager, openWorld, type World } from '../world.ts'
import { beyondCare, submitList } from '../world-opt-outs.ts'
import type { Row } from '../world-rows.ts'

const patients = 30
let world: World
before(async () => {
  world = await openWorld({ patients, tenants: ['alder-vale', 'national'] })
})
after(() => world[Symbol.asyncDispose]())

const nationalId = 'national'
const agreed = { gpAgreement: () => true }

function submissionTo(id: string, object: string, rows: readonly Row[], more: Partial<Submission>): Submission {
  const { profile } = world.tenant(id)
  return {
    ...{ object, controller: profile.controller, asAt: world.today, purpose: 'data-intake' as PurposeId },
    ...{
      subject: parseSubjectId(manager),
      source: csvSource(`${object}.csv`, rows, { delimiter: ',', encoding: 'utf8' }),
    },
    ...more,
  }
}

async function refusalOf(id: string, submission: Submission, deps: Partial<FlowDeps> = {}) {
  const { ledger, flows } = world.tenant(id)
  const from = ledger.size
  const error = await errorOf(() => submit(submission, { ...flows, ...deps }))
  const added: JsonObject[] = []
  for await (const { type, governance } of ledger.entries(from)) added.push({ type, ...governance })
  return { error, added }
}

const organisations = [{ code: 'QZ1', name: 'A board' }]

test('the national tenant refuses GP record data under a grant to submit and an agreement, before a byte is landed', async () => {
  const grant = [...world.tenant(nationalId).governance.state().grants.values()].find(
    ({ action }) => action === 'submit',
  )!
  const more = { subject: holderOf(grant), purpose: grant.purpose, origin: 'gp-record-system' as const }
  const submission = submissionTo(nationalId, grant.object, organisations, more)
  const { error, added } = await refusalOf(nationalId, submission, agreed)
  assert.ok(isFdpError(error, 'FDP_FLOWS_GP_DATA'))
  assert.deepEqual(
    added.map(({ type, reasons }) => [type, reasons]),
    [['flow.not-allowed', ['gp-record-data-national']]],
  )
})

test('no setting, label or origin of the sender switches that off', async () => {
  const national = world.tenant(nationalId)
  const grant = [...national.governance.state().grants.values()].find(({ action }) => action === 'submit')!
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        controllers: fc.constantFrom('all' as const, [national.profile.controller]),
        numberWithoutStatus: fc.constantFrom('verified' as const, 'unverified' as const),
        testNumbersAllowed: fc.boolean(),
      }),
      fc.boolean(),
      fc.constantFrom(...originNames, undefined),
      fc.boolean(),
      async (controllerPolicy, isAgreed, origin, isPractice) => {
        const declared = origin === undefined ? {} : { origin }
        const more = { subject: holderOf(grant), purpose: grant.purpose, labels: [gpRecordLabel], ...declared }
        const submission = submissionTo(nationalId, grant.object, organisations, more)
        const deps = { controllerPolicy, gpAgreement: () => isAgreed, isPractice: () => isPractice }
        const { error, added } = await refusalOf(nationalId, submission, deps)
        assert.ok(isFdpError(error, 'FDP_FLOWS_GP_DATA'))
        assert.ok(added.every(({ type }) => type === 'flow.not-allowed'))
      },
    ),
    { numRuns: 25 },
  )
})

test('whatever a practice sends is GP record data unless it is one of the exceptions, each by object type', () => {
  const of = (origin: (typeof originNames)[number] | null, object: string, fromPractice = true) =>
    isGpRecordData({ origin, object, fromPractice })
  for (const origin of [null, 'hospital', 'community', 'reference', 'gp-record-system'] as const)
    assert.equal(of(origin, 'Encounter'), true)
  assert.equal(of('registration', 'Patient'), false)
  assert.equal(of('registration', 'Encounter'), true)
  assert.equal(of('practice-aggregate', 'RttReturn'), false)
  assert.equal(of('practice-aggregate', 'Patient'), true)
  assert.equal(of('vaccination-event', 'Procedure'), true)
  assert.equal(of('opt-out-list', 'Type1OptOut'), false)
  assert.equal(of('hospital', 'Encounter', false), false)
  assert.equal(of('gp-record-system', 'Encounter', false), true)
})

test('a local tenant refuses them without an agreement, and asks for one with that very practice', async () => {
  const rows = world.rows().RttPeriod
  const submission = submissionTo('alder-vale', 'RttPeriod', rows, { origin: 'gp-record-system' })
  const { error, added } = await refusalOf('alder-vale', submission)
  assert.ok(isFdpError(error, 'FDP_FLOWS_GP_DATA'))
  assert.deepEqual(
    added.map(({ reasons }) => reasons),
    [['gp-record-data-no-agreement']],
  )
  const asked: OdsCode[] = []
  const gpAgreement: FlowDeps['gpAgreement'] = ({ practice }) => asked.push(practice) < 0
  await refusalOf('alder-vale', submission, { gpAgreement })
  assert.deepEqual(asked, [world.tenant().profile.controller])
})

test('under one the label stays: with the data, with what was sent later, with what was made from them', async () => {
  const use = {
    ...{ id: 'duty-in-law', level: 'pseudonymised' as const },
    purpose: { commonLaw: 'law-required' as const },
  }
  const { person, purpose } = await beyondCare(world, use)
  const read = async (object: string) => {
    await using session = await world.session(person, purpose)
    const [column] = object === 'RttPeriod' ? ['statusCode'] : ['pathwayStatus']
    return (await ask(session, questionOf({ object, select: [column!], limit: 1_000 }))).length
  }
  const list = world.rows().Patient.slice(0, 10)
  await submitList(
    world,
    'Type1OptOut',
    list.map(({ nhsNumber }) => ({ nhsNumber: nhsNumber!, practiceCode: 'A81001' })),
  )
  assert.equal(await read('RttPeriod'), patients)
  const deps = { ...world.tenant().flows, ...agreed }
  const gp = submissionTo('alder-vale', 'RttPeriod', world.rows().RttPeriod, { origin: 'gp-record-system' })
  assert.deepEqual((await submit(gp, deps)).labels, [gpRecordLabel])
  assert.equal(await read('RttPeriod'), patients - 10)
  assert.equal(await read('PatientPathway'), patients)
  const derived = submissionTo('alder-vale', 'PatientPathway', world.rows().PatientPathway, {
    derivedFrom: ['RttPeriod'],
  })
  const { error } = await refusalOf('alder-vale', derived)
  assert.ok(isFdpError(error, 'FDP_FLOWS_GP_DATA'))
  assert.deepEqual((await submit(derived, deps)).labels, [gpRecordLabel])
  assert.equal(await read('PatientPathway'), patients - 10)
  await submit(submissionTo('alder-vale', 'RttPeriod', world.rows().RttPeriod.slice(1), { origin: 'hospital' }), deps)
  assert.equal(await read('RttPeriod'), patients - 10)
})
