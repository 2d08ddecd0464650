/*
 * Law 3. What you may not read does not exist.
 *
 * The attack asks for a column above the level, a column outside the grant, a column that was never there, an object
 * without a grant, an object that was never there, an object with a grant and no data; for another purpose; under a
 * grant that is expired, revoked, not yet valid or emptied by a later DPIA; as somebody who left: through every clause
 * of every surface. Whatever it asks, the caller must see the same bytes, and the ledger one refusal with the reason.
 * Timing is not attacked: that two refusals take equally long is not promised.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Question, ReleaseRequest, Session } from '#gate'
import { sign } from '#governance'
import {
  addMs,
  canonicalJson,
  type JsonObject,
  manualClock,
  type PurposeId,
  parseSubjectId,
  rawSql,
  sql,
} from '#kernel'
import type { LedgerEntry } from '#ledger'
import { runMetric } from '#metrics'
import { type ObjectQuery, type ObjectSummary, questionOf, summaryOf, type Where } from '#ontology'
import { loadProduct, readProductFolder } from '#products'
import { withDocument } from '../governed-tenant.ts'
import {
  analyst,
  ask,
  day,
  errorOf,
  guardian,
  manager,
  openWorld,
  planning,
  validation,
  visible,
  type World,
} from '../world.ts'

const clock = manualClock('2026-02-03T09:00:00.000Z')
let world: World
/** May read three columns of RttPeriod, pseudonymised, and PatientPathway whole. */
let narrow: string

before(async () => {
  world = await openWorld({ patients: 40, adapters: { clock } })
  narrow = await world.hire()
  await world.grant(narrow, 'RttPeriod', { columns: ['patientId', 'statusCode', 'clockStartDate'] })
})
after(() => world[Symbol.asyncDispose]())

/** Columns of RttPeriod that the narrow grant does not hold, of each kind, and names that try to be more than names. */
const forbiddenOrUnknown = {
  'outside the grant': 'commissionerCode',
  'a key outside the grant': 'rttPeriodId',
  'of another object': 'surname',
  'never there': 'noSuchColumn',
  'of the lake itself: person': '_person',
  'of the lake itself: key': '_key',
  'of the lake itself: controller': '_controller',
  'of the engine': 'rowid',
  'of the file': 'filename',
  'with a quote': 'statusCode" OR "1"="1',
  'with an apostrophe': "statusCode' OR '1'='1",
  'a field of a column': 'lake.commissionerCode',
  'a field of a column, quoted': 'objects"."commissionerCode',
  'a call': 'max(commissionerCode)',
  'a statement': 'statusCode FROM objects; DROP TABLE objects; --',
  'a star': '*',
  'the right name in the wrong case': 'StatusCode',
  'a null character': 'status\u0000Code',
  'a name longer than a ledger entry': 'x'.repeat(200_000),
  'no name': '',
} as const

/** Every clause of every surface that can name a column. */
const surfaces: Readonly<Record<string, (column: string) => Question & { person: string | null }>> = {
  select: (column) => page({ select: ['statusCode', column] }),
  'select alone': (column) => page({ select: [column] }),
  where: (column) => page({ where: eq(column) }),
  'where not': (column) => page({ where: { type: 'not', of: eq(column) } }),
  'where and': (column) => page({ where: { type: 'and', of: [eq('statusCode'), eq(column)] } }),
  'where or': (column) => page({ where: { type: 'or', of: [eq('statusCode'), { type: 'not', of: eq(column) }] } }),
  'where in': (column) => page({ where: { type: 'in', property: column, values: ['QZ1'] } }),
  'where in nothing': (column) => page({ where: { type: 'in', property: column, values: [] } }),
  'where is null': (column) => page({ where: { type: 'isNull', property: column } }),
  ...Object.fromEntries(
    (['ne', 'lt', 'lte', 'gt', 'gte'] as const).map((type) => [
      `where ${type}`,
      (column: string) => page({ where: { type, property: column, value: 'QZ1' } }),
    ]),
  ),
  'order by': (column) => page({ orderBy: [{ property: column }] }),
  'order by, down': (column) => page({ orderBy: [{ property: 'statusCode' }, { property: column, descending: true }] }),
  'group by': (column) => summary({ groupBy: [column] }),
  'count where': (column) => summary({ where: eq(column) }),
  ...Object.fromEntries(
    (['min', 'max', 'sum', 'avg', 'countDistinct'] as const).map((type) => [
      type,
      (column: string) => summary({ aggregations: [{ name: 'n', type, property: column }] }),
    ]),
  ),
}

const eq = (property: string): Where => ({ type: 'eq', property, value: '20' })
const page = (change: Partial<ObjectQuery>) =>
  questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 10, ...change })
const summary = (change: Partial<ObjectSummary>) =>
  summaryOf({ object: 'RttPeriod', groupBy: [], aggregations: [{ name: 'n', type: 'count' }], ...change })

/** What a caller sees of any refusal: fixed here, so that a change of the words is a change of this test. */
const refusal = await (async (): Promise<JsonObject> => {
  const { gateErrors } = await import('#gate')
  return visible(gateErrors('FDP_GATE_NOT_AVAILABLE'))
})()

interface Refused {
  readonly entries: readonly LedgerEntry[]
  readonly reasons: readonly string[]
}

/** Refused with the same bytes as everything else, leaving one refusal entry whose governance part holds no asked text. */
async function refusedAlike(attempt: () => Promise<unknown>, asked: readonly string[] = []): Promise<Refused> {
  clock.advanceMs(61_000)
  const { ledger } = world.tenant()
  const from = ledger.size
  const error = await errorOf(attempt)
  assert.equal(canonicalJson(visible(error)), canonicalJson(refusal))
  const entries = await world.entries(from)
  assert.deepEqual(
    entries.map(({ type }) => type),
    ['read.refused'],
  )
  const governance = JSON.stringify(entries[0]!.governance)
  for (const text of asked) if (text.length > 2) assert.ok(!governance.includes(text), `the entry quotes ${text}`)
  assert.deepEqual(Object.keys(entries[0]!.governance as JsonObject).sort(), [
    'levels',
    'purpose',
    'reasons',
    'subject',
    'upTo',
  ])
  return { entries, reasons: (entries[0]!.governance as { reasons: string[] }).reasons }
}

test('a column is refused alike in every clause, whether it is above, outside or nowhere', async () => {
  await using session = await world.session(narrow, planning)
  for (const [why, column] of Object.entries(forbiddenOrUnknown)) {
    const isReal = why.startsWith('outside') || why.startsWith('a key')
    for (const surface of Object.values(surfaces)) {
      const { reasons } = await refusedAlike(() => ask(session, surface(column)), [column])
      assert.deepEqual(reasons, isReal ? ['grant-columns'].concat(reasons.slice(1)) : ['no-such-column'])
    }
  }
})

test('the same clauses answer where the column is permitted, so the refusals are no accident', async () => {
  await using session = await world.session(narrow, planning)
  for (const [name, surface] of Object.entries(surfaces)) {
    if (name === 'sum' || name === 'avg') continue
    await ask(session, surface('statusCode'))
  }
})

test('a column above the level is no more there than one that never was', async () => {
  await using session = await world.session(analyst, planning)
  const { columns } = await session.describe('PatientPathway')
  for (const column of ['patientName', 'nhsNumber', 'mrn', 'intendedProcedureDescription', 'noSuchColumn']) {
    assert.ok(!columns.some(({ name }) => name === column))
    const query = { object: 'PatientPathway', select: ['pathwayStatus'], limit: 5 }
    for (const change of [
      { select: [column] },
      { where: { type: 'not', of: { type: 'isNull', property: column } } as Where },
      { orderBy: [{ property: column }] },
    ]) {
      await refusedAlike(() => ask(session, questionOf({ ...query, ...change })), [column])
    }
    const hidden = { object: 'PatientPathway', groupBy: [column], aggregations: [] }
    await refusedAlike(() => ask(session, summaryOf(hidden)), [column])
  }
})

describe('an object is refused alike, in rows, counts, descriptions and figures', () => {
  const kinds: Readonly<Record<string, { object: string; reason: string; column?: string }>> = {
    'without a grant': { object: 'Patient', reason: 'no-grant', column: 'sex' },
    'never there': { object: 'NoSuchObject', reason: 'no-such-object' },
    'in the wrong case': { object: 'rttperiod', reason: 'no-such-object' },
    'a path': { object: '../vault', reason: 'no-such-object' },
    'a table of the vault': { object: 'identity', reason: 'no-such-object' },
    'a word of the language': { object: '__proto__', reason: 'no-such-object' },
  }
  for (const [kind, { object, reason, column }] of Object.entries(kinds)) {
    test(kind, async () => {
      await using session = await world.session(narrow, planning)
      for (const attempt of attemptsOn(session, object, column)) {
        assert.deepEqual((await refusedAlike(attempt, [object])).reasons, [reason])
      }
    })
  }
})

/** Everything a session offers, on one object. */
function attemptsOn(session: Session, object: string, column = 'patientId'): (() => Promise<unknown>)[] {
  const columns = [column]
  const release: ReleaseRequest<'r'> = {
    ...{ about: { kind: 'test' }, relations: { r: { object, columns } }, keys: [], geography: 'subnational' },
    ...{ measures: { n: { kind: 'person-count' } }, build: ({ r }) => sql`SELECT count(*) AS n FROM ${r} AS r` },
  }
  return [
    () => ask(session, questionOf({ object, select: columns, limit: 5 })),
    () => ask(session, summaryOf({ object, groupBy: [], aggregations: [{ name: 'n', type: 'count' }] })),
    () => session.describe(object),
    () => session.release(release),
  ]
}

test('a metric over an object without a grant is refused like one over nothing', async () => {
  const root = fileURLToPath(new URL('../../products/elective-recovery', import.meta.url))
  const { metrics } = loadProduct(readProductFolder(root))
  const metric = metrics['rtt-incomplete']!
  await using session = await world.session(narrow, planning)
  for (const [basis, reason] of [
    ['pathways', 'grant-level'],
    ['return', 'no-grant'],
  ] as const) {
    const { reasons } = await refusedAlike(() => runMetric(session, metric, { period: '2026-01', basis }))
    assert.ok(reasons.includes(reason), `${reasons} without ${reason}`)
  }
})

test('people outside the rows of a grant are not found by name, nor counted, nor ordered, nor their values measured', async () => {
  const id = await world.hire()
  const rows = { controllers: 'all' as const, where: [{ property: 'treatmentFunctionCode', in: ['100'] }] }
  await world.grant(id, 'PatientPathway', { level: 'identifiable', purpose: validation as PurposeId, rows })
  await using session = await world.session(id, validation)
  const object = 'PatientPathway'
  const everybody = world.rows().PatientPathway
  const inside = everybody.filter(({ treatmentFunctionCode }) => treatmentFunctionCode === '100')
  const outside = everybody.filter((row) => !inside.includes(row))
  assert.ok(inside.length > 3 && outside.length > inside.length)
  const find = async (where?: Where) => {
    const query = { object, select: ['patientName'], limit: 1_000, ...(where ? { where } : {}) }
    const found = await ask(session, questionOf({ ...query, orderBy: [{ property: 'nhsNumber', descending: true }] }))
    return found.map(({ patientName }) => patientName).sort()
  }
  const names = inside.map(({ patientName }) => patientName).sort()
  assert.deepEqual(await find(), names)
  for (const { patientName, nhsNumber, pathwayId } of outside) {
    assert.deepEqual(await find({ type: 'eq', property: 'nhsNumber', value: nhsNumber! }), [])
    assert.deepEqual(await find({ type: 'in', property: 'patientName', values: [patientName!] }), [])
    assert.deepEqual(await find({ type: 'not', of: { type: 'ne', property: 'pathwayId', value: pathwayId! } }), [])
  }
  assert.deepEqual(
    await find({ type: 'not', of: { type: 'eq', property: 'nhsNumber', value: outside[0]!.nhsNumber! } }),
    names,
  )
  const aggregations = [
    { name: 'n', type: 'count' as const },
    { name: 'least', type: 'min' as const, property: 'nhsNumber' },
    { name: 'most', type: 'max' as const, property: 'nhsNumber' },
    { name: 'different', type: 'countDistinct' as const, property: 'nhsNumber' },
  ]
  const numbers = inside.map(({ nhsNumber }) => nhsNumber!).sort()
  assert.deepEqual(await ask(session, summaryOf({ object, groupBy: [], aggregations })), [
    { n: inside.length, least: numbers[0], most: numbers.at(-1), different: inside.length },
  ])
})

test('an object with a grant and no data is refused like one that is not there', async () => {
  await using empty = await openWorld({ empty: true, adapters: { clock } })
  const id = await empty.hire()
  await empty.grant(id, 'RttPeriod')
  await using session = await empty.session(id, planning)
  const from = empty.tenant().ledger.size
  const error = await errorOf(() => ask(session, page({ select: ['statusCode'] })))
  assert.equal(canonicalJson(visible(error)), canonicalJson(refusal))
  const [entry] = await empty.entries(from)
  assert.ok(((entry!.governance as JsonObject).reasons as string[]).includes('no-data'))
})

describe('a grant that does not hold at this moment is no grant', () => {
  const cases: Readonly<Record<string, { reason: string; make: (id: string) => Promise<unknown> }>> = {
    'for another purpose': {
      reason: 'grant-purpose',
      make: async (id) => {
        const other = 'service-evaluation' as PurposeId
        await world.grant(id, 'RttPeriod', { purpose: other })
      },
    },
    expired: {
      reason: 'grant-ended',
      make: async (id) => {
        await world.grant(id, 'RttPeriod', { until: addMs(clock.now(), 1_000) })
        clock.advanceMs(1_000)
      },
    },
    revoked: { reason: 'grant-revoked', make: async (id) => world.revoke(await world.grant(id, 'RttPeriod')) },
    'not yet valid': {
      reason: 'grant-not-started',
      make: (id) =>
        world.grant(id, 'RttPeriod', { from: addMs(clock.now(), 10 * day), until: addMs(clock.now(), 20 * day) }),
    },
    'of somebody who left': {
      reason: 'person-in-post',
      make: async (id) => {
        await world.grant(id, 'RttPeriod')
        await world.leave(id)
      },
    },
    'to hand data in, not to read': {
      reason: 'grant-',
      make: (id) => world.grant(id, 'RttPeriod', { action: 'submit', level: 'pseudonymised' }),
    },
  }
  for (const [name, { reason, make }] of Object.entries(cases)) {
    test(name, async () => {
      const id = await world.hire()
      await make(id)
      await using session = await world.session(id, planning)
      for (const attempt of attemptsOn(session, 'RttPeriod')) {
        const { reasons } = await refusedAlike(attempt)
        assert.ok(
          reasons.some((each) => each.startsWith(reason)),
          `${reasons} without ${reason}`,
        )
      }
    })
  }
})

test('a DPIA version that no longer contains the grant ends it on its day', async () => {
  await using other = await openWorld({ patients: 5, adapters: { clock } })
  const { governance, ledger } = other.tenant()
  await using session = await other.session(analyst, planning)
  await ask(session, page({ select: ['statusCode'] }))
  const [dpia] = governance.state().dpias.get('elective-recovery-alder-vale')!
  const claims = dpia!.claims.map((claim) => ({ ...claim, levels: claim.levels.filter((l) => l === 'identifiable') }))
  const input = {
    ...withDocument({ title: dpia!.title, claims: claims.filter(({ levels }) => levels.length > 0) }),
    ...{ by: parseSubjectId(guardian), id: dpia!.id, dpiaVersion: 2, effectiveFrom: addMs(clock.now(), day) },
  }
  await ledger.append(sign(governance.state(), 'governance.dpia-approved', input, clock.now()))
  await ask(session, page({ select: ['statusCode'] }))
  clock.advanceMs(day)
  const from = ledger.size
  const error = await errorOf(() => ask(session, page({ select: ['statusCode'] })))
  assert.equal(canonicalJson(visible(error)), canonicalJson(refusal))
  const [entry] = await other.entries(from)
  assert.ok(((entry!.governance as JsonObject).reasons as string[]).includes('dpia-contains-grant'))
})

test('many grants with many reasons are refused with the same bytes as none', async () => {
  const id = await world.hire()
  for (let i = 0; i < 60; i++) await world.revoke(await world.grant(id, 'RttPeriod'))
  await using session = await world.session(id, planning)
  const { reasons } = await refusedAlike(() => ask(session, page({ select: ['statusCode'] })))
  assert.ok(reasons.length < 20)
})

test('rows leave at no level above the one granted, whatever level is asked', async () => {
  const id = await world.hire()
  await world.grant(id, 'RttPeriod', { level: 'aggregate', disclosurePolicy: 'subnational-0-7-5@1' })
  await using session = await world.session(id, planning)
  for (const level of [undefined, 'aggregate', 'pseudonymised', 'identifiable'] as const) {
    const question = page({ select: ['statusCode'] })
    const relations = { objects: { ...question.relations.objects, ...(level ? { level } : {}) } }
    await refusedAlike(() => ask(session, { ...question, relations }))
  }
})

test('a statement that reaches for more than its relation gives nothing', async () => {
  await using session = await world.session(narrow, planning)
  const question = page({ select: ['statusCode'] })
  for (const text of ['commissionerCode', '_key', '_controller', 'rowid', 'lake."commissionerCode"', 'filename']) {
    const build: Question['build'] = ({ objects }) => sql`SELECT ${rawSql(text)}, _person FROM ${objects!} AS objects`
    const error = await errorOf(() => ask(session, { ...question, build }))
    assert.equal(error.code, 'FDP_ENGINE_FAILED', text)
    assert.ok(!JSON.stringify(visible(error)).includes(text))
  }
})

test('unknown people and purposes are refused alike, and their names stay out of the governance part', async () => {
  for (const [subject, purpose] of [
    ['ada.ashdown-9000079195@alder-vale.example', planning],
    [narrow, 'no-such-purpose-ashdown'],
    ['nobody', 'nothing'],
  ] as const) {
    await refusedAlike(() => world.session(subject, purpose), [subject === narrow ? purpose : subject])
  }
})

test('a flood of refusals is bounded and summed up; each is still refused alike', async () => {
  clock.advanceMs(61_000)
  const { ledger } = world.tenant()
  const id = await world.hire()
  await using session = await world.session(id, planning)
  const from = ledger.size
  for (let i = 0; i < 50; i++) {
    const error = await errorOf(() => ask(session, page({ select: [i % 2 ? 'statusCode' : 'noSuchColumn'] })))
    assert.equal(canonicalJson(visible(error)), canonicalJson(refusal))
  }
  clock.advanceMs(61_000)
  await errorOf(() => ask(session, page({ select: ['statusCode'] })))
  const types = (await world.entries(from)).map(({ type }) => type)
  assert.equal(types.filter((type) => type === 'read.refused').length, 31)
  const summed = (await world.entries(from)).find(({ type }) => type === 'read.refusals-summarised')
  assert.equal((summed!.governance as JsonObject).refusals, 20)
})

test('explain works from contract and grants only, and reads nothing', async () => {
  const { explain } = await import('#governance')
  const { governance, lake, ledger } = world.tenant()
  const leases = async () => {
    let count = 0
    for await (const _ of lake.leases()) count += 1
    return count
  }
  const before = [ledger.size, await leases()]
  const asked = { subject: narrow, purpose: planning, action: 'read', at: clock.now() } as const
  for (const object of ['RttPeriod', 'Patient', 'NoSuchObject']) {
    const request = { ...asked, object, columns: ['commissionerCode'] } as never
    assert.ok(explain(governance.state(), request, governance.policies).length > 0)
  }
  assert.deepEqual([ledger.size, await leases()], before)
})

test('somebody with a grant for one purpose gets nothing under another that they also work for', async () => {
  await using session = await world.session(manager, validation)
  await refusedAlike(() => ask(session, page({ select: ['statusCode'] })))
})
