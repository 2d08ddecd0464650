/*
 * Derived data: what models make of other data sets. The attacks: built by one person alone, built otherwise than approved,
 * read without a grant of its own, sent in as a file, opened from another controller's rows, a label or a person left behind.
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { auditLeases, drawLineage, lineageGraph, lineageOf, lineageRecord, replayReads } from '#audit'
import { objectType } from '#contracts'
import { submit } from '#flows'
import { checkFlowPublished, columnsAt } from '#governance'
import { type JsonObject, type PurposeId, parseSubjectId } from '#kernel'
import { buildModel, diffModel } from '#models'
import {
  approveErasure,
  approveModel,
  modelOf,
  modelsOf,
  orderErasure,
  proposeModel,
  showModel,
  tendModels,
} from '#node'
import { questionOf } from '#ontology'
import { csvSource } from '#synthetic'
import { runOn } from '../command-line.ts'
import {
  analyst,
  ask,
  errorOf,
  guardian,
  manager,
  openWorld,
  owner,
  planning,
  type Record_,
  validation,
  type World,
} from '../world.ts'
import { dpiaFor } from '../world-opt-outs.ts'

const patients = 12
const intake = 'data-intake' as PurposeId
const builder = { subject: parseSubjectId(manager), purpose: intake }
const author = parseSubjectId(manager)
const officer = parseSubjectId(guardian)
let world: World

before(async () => {
  world = await openWorld({ patients })
  await writeModel(longWait(26))
  await modelsOf(world.node.adapters, world.tenant())
  const models = ['OpenPathway', 'LongWait']
  const send = await dpiaFor(world, intake, models, ['identifiable'])
  const read = await dpiaFor(world, planning as PurposeId, models, ['pseudonymised'])
  for (const object of models) {
    const submits = { action: 'submit', purpose: intake, level: 'identifiable', dpia: send } as const
    await world.grant(manager, object, submits)
    await world.grant(analyst, object, { dpia: read })
  }
})
after(() => world[Symbol.asyncDispose]())

const longWait = (
  weeks: number,
  more = '',
) => `select o.person, o.rttPeriodId, o.patientId, upper(o.commissionerCode) as commissionerCode${more}
from OpenPathway o where o.weekBand >= ${weeks}
`
const longWaitYaml = `format: openfdp/model
version: 1
model:
  object: LongWait
  title: Long waits
  owner: A test
  primaryKey: rttPeriodId
  columns:
    rttPeriodId: { key: RttPeriod }
    patientId: { key: Patient }
    commissionerCode: { type: text, class: quasi }
  links: { period: { object: RttPeriod, by: rttPeriodId } }
  tests:
    - name: as long as that
      given:
        OpenPathway:
          - { person: ann, rttPeriodId: r1, patientId: p1, commissionerCode: qz1, weekBand: 99 }
          - { person: ben, rttPeriodId: r2, patientId: p2, commissionerCode: qz1, weekBand: 1 }
      expected: [{ person: ann, rttPeriodId: r1, commissionerCode: QZ1 }]
`

async function writeModel(sql: string, yaml = longWaitYaml): Promise<void> {
  const folder = join(world.tenant().folder, 'models')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'long-wait.yaml'), yaml)
  await writeFile(join(folder, 'long-wait.sql'), sql)
}

const model = (name: string) => modelOf(world.node.adapters, world.tenant(), name)
const build = async (name: string) => buildModel(await model(name), builder, world.tenant().flows)
const diff = async (name: string) => diffModel(await model(name), builder, world.tenant().flows)

async function review(name: string): Promise<void> {
  await proposeModel(world.node.adapters, world.tenant(), name, author)
  const { proposed } = await showModel(world.node.adapters, world.tenant(), name)
  await approveModel(world.tenant(), name, proposed.sha256.slice(0, 12), officer)
}

async function read(object: string, select: readonly string[], who = analyst): Promise<readonly Record_[]> {
  await using session = await world.session(who, planning)
  return await ask(session, questionOf({ object, select: [...select], limit: 1_000 }))
}

test('refused: a model that nobody proposed, that nobody approved, that its author approved, or that changed since', async () => {
  const size = world.tenant().ledger.size
  assert.equal((await errorOf(() => build('OpenPathway'))).code, 'FDP_MODEL_NOT_APPROVED')
  assert.equal((await errorOf(() => diff('OpenPathway'))).code, 'FDP_MODEL_NOT_PROPOSED')
  assert.equal(world.tenant().ledger.size, size)
  const shipped = await model('OpenPathway')
  await proposeModel(world.node.adapters, world.tenant(), 'OpenPathway', officer)
  const approve = (hash: string, by = officer) => approveModel(world.tenant(), 'OpenPathway', hash, by)
  assert.equal((await errorOf(() => approve('0'.repeat(12)))).code, 'FDP_MODEL_NOT_PROPOSED')
  assert.equal((await errorOf(() => approve(''))).code, 'FDP_MODEL_NOT_PROPOSED')
  const own = await errorOf(() => approve(shipped.model.sha256))
  assert.equal(own.code, 'FDP_GOVERNANCE_NOT_ENTITLED')
  assert.equal(
    (await errorOf(() => approve(shipped.model.sha256, parseSubjectId(analyst)))).code,
    'FDP_GOVERNANCE_NOT_ENTITLED',
  )
  assert.equal((await errorOf(() => build('OpenPathway'))).code, 'FDP_MODEL_NOT_APPROVED')
  await approve(shipped.model.sha256, parseSubjectId(owner))
  await review('LongWait')
  await writeModel(longWait(27))
  assert.equal((await errorOf(() => build('LongWait'))).code, 'FDP_MODEL_NOT_APPROVED')
  await writeModel(longWait(26))
})

test('refused: to build without a grant to submit the type, and to send its rows in as a file', async () => {
  const { flows } = world.tenant()
  const shipped = await model('OpenPathway')
  const stranger = { subject: parseSubjectId(analyst), purpose: planning as PurposeId }
  assert.equal((await errorOf(() => buildModel(shipped, stranger, flows))).code, 'FDP_FLOWS_NOT_ALLOWED')
  const file = { source: csvSource('x.csv', [], { delimiter: ',', encoding: 'utf8' }), asAt: world.today }
  const sent = { ...builder, ...file, object: 'OpenPathway', controller: world.tenant().profile.controller }
  assert.equal((await errorOf(() => submit(sent, flows))).code, 'FDP_FLOWS_MADE_BY_MODEL')
})

test('built: rows of the rule, read through the gate by a grant of its own, tokens that meet those of the source', async () => {
  const [built] = await build('OpenPathway')
  assert.equal(built?.outcome, 'published')
  const rows = await read('OpenPathway', ['rttPeriodId', 'patientId', 'weekBand', 'clockStartDate', 'appointments'])
  assert.equal(rows.length, built.rows)
  const sources = await read('RttPeriod', ['rttPeriodId', 'patientId', 'clockStartDate', 'clockStopDate', 'statusCode'])
  const open = sources.filter(
    (row) => row.clockStopDate === null && row.statusCode !== '33' && row.clockStartDate !== null,
  )
  const pairs = (of: readonly Record_[]) =>
    of.map((row) => `${row.rttPeriodId} ${row.patientId} ${row.clockStartDate}`).sort()
  assert.deepEqual(pairs(rows), pairs(open))
  assert.ok(open.length > 3)
  assert.equal((await errorOf(() => read('OpenPathway', ['weekBand'], owner))).code, 'FDP_GATE_NOT_AVAILABLE')
  for (const level of ['identifiable', 'pseudonymised'] as const)
    assert.deepEqual(
      [...columnsAt('OpenPathway', level)],
      objectType('OpenPathway').properties.map(({ name }) => name),
    )
})

test('the entry says which model, which versions, which column of what; leases stand under its beginning', async () => {
  const entry = (await world.entries()).findLast(({ governance }) => governance.derived !== undefined)!
  const { derived, object } = checkFlowPublished(entry.governance)
  assert.equal(object, 'OpenPathway')
  assert.deepEqual(derived!.columns.weekBand, { from: ['RttPeriod.clockStartDate'], by: derived!.rows })
  assert.deepEqual(
    derived!.inputs.map((each) => each.object),
    ['Appointment', 'RttPeriod'],
  )
  assert.equal((await world.tenant().ledger.entry(derived!.started)).type, 'model.started')
  const { leasesWithoutEntry } = await auditLeases(world.tenant())
  assert.deepEqual(leasesWithoutEntry, [])
})

test('the same again does nothing; a new version of what it reads makes it anew', async () => {
  const size = world.tenant().ledger.size
  assert.equal((await build('OpenPathway'))[0]?.outcome, 'unchanged')
  assert.equal(world.tenant().ledger.size, size)
  const { RttPeriod } = world.rows()
  await world.submit('RttPeriod', RttPeriod.slice(1), undefined, 1)
  assert.equal((await build('OpenPathway'))[0]?.outcome, 'published')
})

test('a model over a model; a change is counted by row and column before it is published, and values are not said', async () => {
  const [first] = await build('LongWait')
  assert.equal(first?.outcome, 'published')
  await writeModel(longWait(0).replace('upper(o.commissionerCode)', "'other'"))
  await proposeModel(world.node.adapters, world.tenant(), 'LongWait', author).then(
    () => assert.fail('its test fails'),
    (error) => assert.equal(error.code, 'FDP_MODEL_TESTS'),
  )
  await writeModel(
    longWait(2).replace('upper(o.commissionerCode)', 'lower(upper(o.commissionerCode))'),
    longWaitYaml.replace('commissionerCode: QZ1', 'commissionerCode: qz1'),
  )
  await proposeModel(world.node.adapters, world.tenant(), 'LongWait', author)
  const size = world.tenant().ledger.size
  const [found] = await diff('LongWait')
  assert.equal(found!.changed, first.rows)
  assert.deepEqual(found!.columns, first.rows === 0 ? {} : { commissionerCode: first.rows })
  assert.equal(found!.gone, 0)
  assert.ok(found!.added > 0)
  assert.deepEqual(
    (await world.entries(size)).map(({ type }) => type),
    ['model.started'],
  )
  const { changes } = await showModel(world.node.adapters, world.tenant(), 'LongWait')
  assert.ok(changes.some((line) => line.startsWith('+ ') && line.includes('lower(upper(')))
  await writeModel(longWait(26))
})

test('the command line: listed, tested, shown, compared and built; the node builds what is declared by itself', async () => {
  await writeModel(longWait(27))
  const as = ['--tenant', 'alder-vale', '--as', manager, '--purpose', intake]
  const listed = await runOn(world, ['model', 'list', ...as])
  assert.deepEqual(
    listed.rows.map((row) => [row.model, row.state]),
    [
      ['OpenPathway', 'approved'],
      ['LongWait', 'not proposed'],
    ],
  )
  assert.deepEqual(
    (await runOn(world, ['model', 'test', 'LongWait', ...as])).rows.map((row) => row.passed),
    ['yes'],
  )
  const shown = await runOn(world, ['model', 'show', 'OpenPathway', ...as])
  assert.ok(shown.rows.some((row) => row.column === 'weekBand' && row['made from'] === 'RttPeriod.clockStartDate'))
  assert.equal((await runOn(world, ['model', 'diff', 'OpenPathway', ...as])).rows[0]?.changed, 0)
  assert.equal((await runOn(world, ['model', 'build', 'OpenPathway', ...as])).rows[0]?.outcome, 'unchanged')
  assert.match((await runOn(world, ['model', 'build', 'LongWait', ...as])).err, /^FDP_MODEL_NOT_APPROVED/)
  assert.match((await runOn(world, ['model', 'test', 'Nothing', ...as])).err, /^FDP_MODEL_UNKNOWN/)
  const said = `by: ${manager}\npurpose: ${intake}\nbuild: [LongWait, OpenPathway]\n`
  await writeFile(join(world.tenant().folder, 'models.yaml'), said)
  await world.submit('RttPeriod', world.rows().RttPeriod, undefined, 2)
  const heard: unknown[] = []
  const hear = (what: object) => void heard.push(what)
  await tendModels(world.node, { info: hear, warn: hear, error: hear } as never).close()
  assert.deepEqual(
    (heard as { object?: string; outcome?: string; code?: string }[]).map((each) => each.outcome ?? each.code),
    ['published', 'FDP_MODEL_NOT_APPROVED'],
  )
})

test('its lineage is told from the ledger alone', async () => {
  const events: JsonObject[] = []
  for await (const event of lineageOf(world.tenant().ledger.entries(), 'alder-vale')) events.push(event)
  const made = events.filter((event) => (event.job as JsonObject).name === 'model.OpenPathway')
  assert.ok(made.length > 1)
  assert.match(
    JSON.stringify(made.at(-1)),
    /"weekBand":\{"inputFields":\[\{"namespace":"openfdp:alder-vale","name":"lake.RttPeriod","field":"clockStartDate"/,
  )
  const record = await lineageRecord(world.tenant().ledger)
  const graph = lineageGraph('alder-vale', record, { metrics: [], pages: [] })
  const between = (from: string, to: string) =>
    graph.edges.filter((edge) => edge.from.endsWith(from) && edge.to.endsWith(to)).map(({ kind }) => kind)
  assert.deepEqual(between('lake.RttPeriod/clockStartDate', '.OpenPathway/weekBand'), ['makes'])
  assert.deepEqual(between('.OpenPathway/weekBand', 'lake.OpenPathway/weekBand'), ['keeps'])
  assert.deepEqual(between('lake.OpenPathway/weekBand', '.LongWait'), ['rows'])
  assert.ok(!graph.boxes.some(({ id }) => id.startsWith('source.') && id.endsWith('.OpenPathway')))
  assert.match((await drawLineage(graph, 'everything', true)).slice(0, 200), /html/i)
})

test('who is erased is gone from derived data by the same entry, and does not come back with the next build', async () => {
  const before = await read('OpenPathway', ['rttPeriodId'])
  const gone = world.rows().RttPeriod.findLast((row) => row.clockStopDate === '' || row.clockStopDate === undefined)!
  const by = (name: string) => ({ by: parseSubjectId(name), purpose: validation as PurposeId })
  const patient = { controller: world.tenant().profile.controller, patientId: gone.patientId! }
  await orderErasure(world.tenant(), {
    ...by(owner),
    id: 'gone',
    patient,
    ground: 'objection',
    later: 'keep-out',
    reason: 'x',
  })
  await approveErasure(world.tenant(), { ...by(guardian), id: 'gone', patient })
  const erased = (await world.entries()).find(({ type }) => type === 'person.rows-erased')!
  const objects = (erased.governance.lakes as { object: string }[]).map(({ object }) => object)
  assert.ok(objects.includes('OpenPathway'))
  assert.equal((await read('OpenPathway', ['rttPeriodId'])).length, before.length - 1)
  assert.equal((await build('OpenPathway'))[0]?.outcome, 'published')
  assert.equal((await read('OpenPathway', ['rttPeriodId'])).length, before.length - 1)
})

test('every read of derived data is decided again the same way', async () => {
  const { ledger, profile, governance } = world.tenant()
  const { findings, relations } = await replayReads(ledger, profile.id, governance.policies)
  assert.deepEqual(findings, [])
  assert.ok(relations > 0)
})
