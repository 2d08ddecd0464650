/*
 * Whoever said no is not there: not in rows, counts, groups, minima, links or pages of a use that the rule names, from
 * the first read after the list came in, whichever version of the data is read. And a use without a footing is refused.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { resume } from '#flows'
import { isFdpError, type JsonObject, type PurposeId, type SubjectId } from '#kernel'
import { type Aggregation, questionOf, summaryOf } from '#ontology'
import { optOutCounts } from '#privacy'
import { ask, errorOf, openWorld, type Record_, validation, validator, type World } from '../world.ts'
import { beyondCare, gateOver, optOut, submitList } from '../world-opt-outs.ts'

const patients = 40
let world: World
let research: { person: string; purpose: string }
let named: { person: string; purpose: string }
before(async () => {
  world = await openWorld({ patients })
  research = await beyondCare(world, {
    ...{ id: 'research-s251', purpose: { class: 'research', commonLaw: 's251-reg5' }, level: 'pseudonymised' },
  })
  named = await beyondCare(world, {
    ...{ id: 'audit-s251', purpose: { class: 'planning', commonLaw: 's251-reg2' }, level: 'identifiable' },
  })
})
after(() => world[Symbol.asyncDispose]())

const periods = questionOf({ object: 'RttPeriod', select: ['patientId', 'statusCode'], limit: 1_000 })
const counted = (object = 'RttPeriod', aggregation: Aggregation = { name: 'n', type: 'count' }) =>
  summaryOf({ object, groupBy: [], aggregations: [aggregation] })

async function rows(
  who: { person: string; purpose: string },
  question: Parameters<typeof ask>[1] = periods,
): Promise<Record_[]> {
  await using session = await world.session(who.person, who.purpose)
  return await ask(session, question)
}

test('identifiable rows beyond care without a basis are refused, with the reason on record only', async () => {
  for (const commonLaw of ['none', 'implied-consent'] as const) {
    const who = await beyondCare(world, {
      ...{ id: `no-footing-${commonLaw}`, purpose: { class: 'planning', commonLaw }, level: 'identifiable' },
    })
    const from = world.tenant().ledger.size
    const error = await errorOf(() => rows(who))
    assert.ok(isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'))
    const refused = (await world.entries(from)).find(({ type }) => type === 'read.refused')!
    assert.ok((refused.governance.reasons as string[]).includes('opt-outs-identifiable-without-basis'))
  }
})

test('before any list everybody is there; after it those on it are not, at both levels, from the next read on', async () => {
  assert.equal((await rows(research)).length, patients)
  const out = world.rows().Patient.slice(0, 9)
  const report = await optOut(world, out)
  assert.deepEqual([report.outcome, report.rows.published], ['published', 9])
  assert.equal((await rows(research)).length, patients - 9)
  const names = questionOf({ object: 'Patient', select: ['nhsNumber', 'surname'], limit: 1_000 })
  const seen = (await rows(named, names)).map(({ nhsNumber }) => nhsNumber)
  assert.equal(seen.length, patients - 9)
  for (const { nhsNumber } of out) assert.ok(!seen.includes(nhsNumber))
})

test('the whole record is gone: from every object, count and filter', async () => {
  for (const object of ['RttPeriod', 'PatientPathway', 'Patient']) {
    assert.deepEqual(await rows(research, counted(object)), [{ n: patients - 9 }])
  }
  const first = world.rows().RttPeriod[0]!
  const since = questionOf({
    ...{ object: 'RttPeriod', select: ['clockStartDate'], limit: 1_000 },
    where: { type: 'eq', property: 'clockStartDate', value: first.clockStartDate! },
  })
  const shared = world.rows().RttPeriod.filter(({ clockStartDate }) => clockStartDate === first.clockStartDate)
  assert.equal(shared.length, 1)
  assert.deepEqual(await rows(research, since), [])
})

test('their own care sees them, and the entry says why', async () => {
  const from = world.tenant().ledger.size
  assert.equal((await rows({ person: validator, purpose: validation })).length, patients)
  const opened = (await world.entries(from)).find(({ type }) => type === 'read.opened')!
  const { objects } = opened.governance.relations as unknown as Record<string, { optOuts: JsonObject }>
  assert.deepEqual(objects!.optOuts.national, { ruling: 'not-apply', reason: 'individual-care' })
  assert.deepEqual(objects!.optOuts.lists, {})
})

test('somebody who becomes a patient after the list came in is out from the start', async () => {
  const [first, ...others] = world.rows().Patient
  const without = [...others]
  await world.submit('Patient', without, 'alder-vale', 1)
  await world.submit('Patient', [...without, { ...first!, personId: 'RZ1-PERSON-NEW1' }], 'alder-vale', 2)
  const periodsNow = [
    ...world.rows().RttPeriod.slice(1),
    { ...world.rows().RttPeriod[0]!, patientId: 'RZ1-PERSON-NEW1' },
  ]
  await world.submit('RttPeriod', periodsNow, 'alder-vale', 2)
  assert.equal((await rows(research)).length, patients - 9)
})

test('somebody who leaves the list is there again; the ledger names nobody', async () => {
  const from = world.tenant().ledger.size
  await optOut(world, world.rows().Patient.slice(0, 8), 3)
  assert.equal((await rows(research)).length, patients - 8)
  const text = JSON.stringify(await world.entries(from))
  for (const { nhsNumber } of world.rows().Patient) assert.ok(!text.includes(nhsNumber!))
})

test('Type 1 alone takes nobody out of data that are not GP record data', async () => {
  const list = world.rows().Patient.map(({ nhsNumber }) => ({ nhsNumber: nhsNumber!, practiceCode: 'A81001' }))
  await submitList(world, 'Type1OptOut', list)
  assert.equal((await rows(research)).length, patients - 8)
})

test('an objection that is pending or upheld counts, one that was refused does not', async () => {
  const [a, b, c] = world.rows().Patient.slice(20)
  const of = (row: typeof a, outcome: string) => ({ nhsNumber: row!.nhsNumber!, receivedDate: world.today, outcome })
  await submitList(world, 'Objection', [of(a, 'pending'), of(b, 'upheld'), of(c, 'refused')])
  assert.equal((await rows(research)).length, patients - 10)
  const law = await beyondCare(world, {
    ...{ id: 'duty-in-law', purpose: { commonLaw: 'law-required', article6: '6(1)(c)' }, level: 'pseudonymised' },
  })
  assert.equal((await rows(law)).length, patients)
})

test('the end of a read says how many persons each list took out, and never a small number', async () => {
  const from = world.tenant().ledger.size
  await rows(research)
  const [opened, completed] = (await world.entries(from)).filter(({ type }) => type.startsWith('read.'))
  const { objects } = opened!.governance.relations as unknown as Record<string, { optOuts: JsonObject }>
  assert.deepEqual(objects!.optOuts.national, { ruling: 'apply', reason: 's251-support' })
  assert.deepEqual(Object.keys(objects!.optOuts.lists as JsonObject), ['national', 'objection'])
  // Eight on the national list, rounded as published numbers are; two objections.
  assert.deepEqual(completed!.governance.optOuts, { objects: { national: 10, objection: '<8' } })
})

test('anybody can count from the ledger where opt-outs were applied and where not, and why', async () => {
  const counts = optOutCounts(await world.entries())
  const of = (purpose: string, list: string) =>
    counts.filter((count) => count.purpose === purpose && count.object === 'RttPeriod' && count.list === list)
  const [applied, ...others] = of('research-s251', 'national')
  assert.deepEqual([others, applied!.ruling, applied!.reason], [[], 'apply', 's251-support'])
  assert.ok(applied!.reads >= 6 && applied!.persons === 10)
  const [care] = of(validation, 'national')
  assert.deepEqual([care!.ruling, care!.reason, care!.persons], ['not-apply', 'individual-care', null])
  const [law] = of('duty-in-law', 'objection')
  assert.deepEqual([law!.ruling, law!.reason], ['not-apply', 'no-right-to-object'])
})

test('a version published before the list, read after it, has nobody on it', async () => {
  const { governance } = world.tenant()
  const catalogue = governance.catalogue()
  const first = catalogue.history.find(({ object }) => object === 'RttPeriod')!
  assert.notEqual(first.lake, catalogue.lakeManifest('RttPeriod'))
  const lakeManifest = (object: string) => (object === 'RttPeriod' ? first.lake : catalogue.lakeManifest(object))
  const pinned = new Proxy(catalogue, {
    get: (of, name) => {
      const value: unknown = Reflect.get(of, name, of)
      return name === 'lakeManifest' ? lakeManifest : typeof value === 'function' ? value.bind(of) : value
    },
  })
  await using gate = gateOver(world, { ...governance, catalogue: () => pinned })
  await using session = await gate.open({
    subject: research.person as SubjectId,
    purpose: research.purpose as PurposeId,
  })
  // Two of the ten came as patients, or objected, after that version too.
  assert.equal((await ask(session, periods)).length, patients - 10)
})

test('a list that dies on its way, at whichever step, is in force as a whole or not at all', async () => {
  const { flows, ledger, governance } = world.tenant()
  const list = () => governance.catalogue().lakeManifest('NationalDataOptOut')
  let died = 0
  for (let step = 0; step < 30; step++) {
    const before = { list: list(), rows: (await rows(research)).length }
    let left = step
    const dying = <T extends object>(store: T, calls: readonly (keyof T)[]): T =>
      new Proxy(store, {
        get: (of, name) => {
          const value: unknown = Reflect.get(of, name, of)
          if (typeof value !== 'function') return value
          if (!calls.includes(name as keyof T)) return value.bind(of)
          return async (...given: unknown[]) => {
            if (left-- <= 0) throw new Error('died')
            return await value.apply(of, given)
          }
        },
      })
    const deps = {
      ...flows,
      lake: dying(flows.lake, ['stage', 'seal']),
      vault: dying(flows.vault, ['write', 'seal']),
    }
    const published = await optOut(world, world.rows().Patient.slice(10, 20 + (step % 2)), 4 + step, deps).then(
      () => true,
      () => false,
    )
    const [isNew, now] = [list() !== before.list, (await rows(research)).length]
    assert.equal(isNew, published)
    if (!published) assert.equal(now, before.rows)
    died += published ? 0 : 1
    if (published) break
    assert.equal((await resume(flows)).length, 1)
    // Ten or eleven on the list, and two who objected, one of them the eleventh.
    assert.equal((await rows(research)).length, patients - 12)
  }
  assert.ok(died >= 3 && ledger.size > 0, String(died))
})
