import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { GovernanceState } from '#governance'
import type { JsonObject, OdsCode, PurposeId, SubjectId } from '#kernel'
import { questionOf } from '#ontology'
import { analyst, ask, openWorld, planning, type Record_, validation, validator, type World } from '../../test/world.ts'
import type { GateDeps } from './deps.ts'
import { type Gate, openGate } from './gate.ts'
import type { OneOnly } from './only.ts'

/*
 * Whose rows a read reaches: of one patient only, never one's own, and colleagues' counted. A gate of its own over the
 * world's tenant, with a governance that has such grants.
 */

const patients = 12
let world: World
before(async () => {
  world = await openWorld({ patients })
})
after(() => world[Symbol.asyncDispose]())

const by = { subject: validator as SubjectId, purpose: validation as PurposeId }
const names = questionOf({ object: 'Patient', select: ['surname'], limit: 100 })
const periods = questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 100 })

function gateWith(more: Partial<GateDeps>): Gate {
  const { flows, folder, standstill } = world.tenant()
  const { ledger, lake, vault, keys, clock, random, governance, openEngine, tenant } = flows
  return openGate({
    ...{ tenant, ledger, lake, vault, keys, clock, random, governance, openEngine, standstill, covers: 'subnational' },
    engine: { memoryLimitMb: 512, threads: 1, tempDirectory: `${folder}/spill` },
    ...more,
  })
}

/** Every grant reaches one entry's patient or record only. */
function onlyEntry(entry: number): Partial<GateDeps> {
  const { governance } = world.tenant()
  const state = (): GovernanceState => {
    const now = governance.state()
    const grants = [...now.grants.values()].map((grant) => {
      const rows: OneOnly = { ...grant.rows, only: { entry } }
      return [grant.id, { ...grant, rows }] as const
    })
    const narrowed = grants.reduce((map, [id, grant]) => map.set(id, grant), now.grants)
    return { ...now, grants: narrowed }
  }
  return { governance: { ...governance, state } }
}

async function rows(gate: Gate, question = names, who = by): Promise<Record_[]> {
  const because = who.purpose === planning ? { justification: 'a test' } : {}
  await using session = await gate.open({ ...who, ...because })
  return await ask(session, question)
}

async function opening(detail?: JsonObject): Promise<number> {
  const { ledger } = world.tenant()
  return (await ledger.append({ type: 'test.opened', governance: { by: validator }, ...(detail ? { detail } : {}) }))
    .index
}

async function keyOf(n: number): Promise<string> {
  await using gate = gateWith({})
  const controller = world.tenant().profile.controller as OdsCode
  return (await gate.findPerson(by, { controller, patientId: world.rows().Patient[n]!.personId! }))!
}

test('a grant for one patient gives nothing where the entry holds nobody, nonsense, another type, or is not there', async () => {
  const details = [undefined, {}, { person: 'x' }, { person: '1; DROP' }, { object: 'Ward', key: '1' }, { person: 7 }]
  for (const detail of details) {
    await using gate = gateWith(onlyEntry(await opening(detail as JsonObject | undefined)))
    assert.deepEqual(await rows(gate), [])
  }
  await using gate = gateWith(onlyEntry(world.tenant().ledger.size + 1_000))
  assert.deepEqual(await rows(gate), [])
})

test('it gives that patient alone, in every data set, and nobody once the detail is erased', async () => {
  const entry = await opening({ person: await keyOf(3) })
  await using gate = gateWith(onlyEntry(entry))
  assert.deepEqual(await rows(gate), [{ surname: world.rows().Patient[3]!.surname }])
  assert.equal((await rows(gate, periods)).length, 1)
  await world.tenant().ledger.eraseDetail(entry, 'a test')
  assert.deepEqual(await rows(gate), [])
})

test('somebody is found by either identifier, nobody by a wrong one, and the entry names nobody', async () => {
  await using gate = gateWith({})
  const from = world.tenant().ledger.size
  const [first, second] = world.rows().Patient
  const controller = world.tenant().profile.controller as OdsCode
  const found = await gate.findPerson(by, { controller, patientId: first!.personId! })
  assert.match(found!, /^[0-9]+$/)
  assert.equal(await gate.findPerson(by, { nhsNumber: first!.nhsNumber! }), found)
  assert.notEqual(await gate.findPerson(by, { nhsNumber: second!.nhsNumber! }), found)
  assert.equal(await gate.findPerson(by, { nhsNumber: '9434765919' }), null)
  assert.equal(await gate.findPerson(by, { controller: 'RZ2' as OdsCode, patientId: first!.personId! }), null)
  const entries = await world.entries(from)
  assert.deepEqual([...new Set(entries.map(({ type }) => type))], ['person.looked-up'])
  const text = JSON.stringify(entries)
  for (const secret of [found!, first!.nhsNumber!, first!.personId!]) assert.ok(!text.includes(secret))
})

test('staff do not see their own record, at any level with rows', async () => {
  const own = await keyOf(0)
  const staffPersons = async () =>
    new Map([
      [validator, [own]],
      [analyst, [own]],
    ] as [SubjectId, string[]][])
  await using gate = gateWith({ staffPersons })
  const seen = await rows(gate)
  assert.equal(seen.length, patients - 1)
  assert.ok(!seen.some(({ surname }) => surname === world.rows().Patient[0]!.surname))
  const asAnalyst = { subject: analyst as SubjectId, purpose: planning as PurposeId }
  assert.equal((await rows(gate, periods, asAnalyst)).length, patients - 1)
})

test('rows of colleagues leave, and the end of the read says how many colleagues that were', async () => {
  const staff: [SubjectId, string[]][] = [
    [validator as SubjectId, [await keyOf(0)]],
    [analyst as SubjectId, [await keyOf(1)]],
  ]
  await using gate = gateWith({ staffPersons: async () => new Map(staff) })
  const from = world.tenant().ledger.size
  await rows(gate)
  await rows(
    gate,
    questionOf({ object: 'Patient', select: ['surname'], limit: 100, where: { type: 'isNull', property: 'surname' } }),
  )
  const ends = (await world.entries(from)).filter(({ type }) => type === 'read.completed')
  assert.deepEqual(
    ends.map(({ governance }) => governance.colleagues ?? null),
    [1, null],
  )
})
