/*
 * Attacks that other systems are known to have had, each tried at the gate of a real node: references resolved past the
 * policy, escapes from row security, officers and administrators who by-pass filters. What is refused is refused in the
 * words that tell nothing, and its entry is found.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Question, Session } from '#gate'
import { type Duty, duties, sign } from '#governance'
import {
  canonicalJson,
  isFdpError,
  type JsonObject,
  manualClock,
  type PurposeId,
  parseSubjectId,
  type SubjectId,
  sql,
} from '#kernel'
import { questionOf, summaryOf, type Where } from '#ontology'
import {
  ask,
  errorOf,
  guardian,
  openWorld,
  planning,
  rowsOf,
  validation,
  validator,
  visible,
  type World,
} from '../world.ts'

const clock = manualClock('2026-02-03T09:00:00.000Z')
const care = validation as PurposeId
let world: World

before(async () => {
  world = await openWorld({ patients: 20, adapters: { clock } })
})
after(() => world[Symbol.asyncDispose]())

/** Refused in the words that tell nothing, with one entry that has the reason, and nothing opened. */
async function refused(from: () => Promise<unknown>, reason: RegExp): Promise<void> {
  clock.advanceMs(61_000)
  const { ledger } = world.tenant()
  const size = ledger.size
  const error = await errorOf(from)
  assert.ok(isFdpError(error, 'FDP_GATE_NOT_AVAILABLE'), String(error))
  const entries = await world.entries(size)
  const entry = entries.find(({ type }) => type === 'read.refused')
  assert.ok(entry, 'a refusal without an entry')
  assert.match(String((entry.governance as JsonObject).reasons), reason)
  assert.ok(!entries.some(({ type }) => type === 'read.opened'))
}

const page = (object: string, select: readonly string[], where?: Where) =>
  questionOf({ object, select, limit: 100, ...(where ? { where } : {}) })

/** A question over two object types at once, as a link would compile to. */
function joined(kind: 'JOIN' | 'LEFT JOIN'): Question<'waits' | 'people'> & { person: 'people' } {
  return {
    about: { object: 'RttPeriod' },
    relations: {
      waits: { object: 'RttPeriod', columns: ['patientId'] },
      people: { object: 'Patient', columns: ['personId', 'surname'] },
    },
    person: 'people',
    build: ({ waits, people }) =>
      kind === 'JOIN'
        ? sql`SELECT people.surname, people._person FROM ${waits} AS waits JOIN ${people} AS people ON waits."patientId" = people."personId"`
        : sql`SELECT people.surname, people._person FROM ${waits} AS waits LEFT JOIN ${people} AS people ON waits."patientId" = people."personId"`,
  }
}

test('a reference that may be read leads to nothing that may not: not by its value, not by a path, not by a join', async () => {
  const person = await world.hire()
  await world.grant(person, 'RttPeriod', { level: 'identifiable', purpose: care })
  await using session = await world.session(person, validation)
  const [row] = await ask(session, page('RttPeriod', ['patientId', 'pathwayId']))
  const known = world.rows().Patient.find(({ personId }) => personId === row?.patientId)
  assert.ok(known, 'the reference is no real one')
  for (const [object, property, value] of [
    ['Patient', 'personId', row!.patientId],
    ['PatientPathway', 'pathwayId', row!.pathwayId],
  ] as const) {
    const where = { type: 'eq', property, value: String(value) } as const
    await refused(() => ask(session, page(object, [property], where)), /no-grant/)
    const count = summaryOf({ object, groupBy: [], aggregations: [{ name: 'n', type: 'count' }], where })
    await refused(() => ask(session, count), /no-grant/)
  }
  for (const path of [
    'patient.surname',
    'patientId.surname',
    'patientId->surname',
    'Patient/surname',
    'patient',
    'pathway',
  ])
    for (const question of [
      () => page('RttPeriod', ['statusCode', path]),
      () => page('RttPeriod', ['statusCode'], { type: 'eq', property: path, value: known.surname! }),
    ])
      await refused(() => ask(session, question()), /no-such-column/)
  for (const kind of ['JOIN', 'LEFT JOIN'] as const) await refused(() => ask(session, joined(kind)), /no-grant/)
})

test('a join to people of whom only some are in the rows of a grant shows only those', async () => {
  const person = await world.hire()
  const rows = { controllers: 'all' as const, where: [{ property: 'sex', in: ['Female'] }] }
  await world.grant(person, 'RttPeriod', { level: 'identifiable', purpose: care })
  await world.grant(person, 'Patient', { level: 'identifiable', purpose: care, rows })
  await using session = await world.session(person, validation)
  const female = world.rows().Patient.filter(({ sex }) => sex === 'Female')
  const names = new Set(female.map(({ surname }) => surname))
  const inner = await rowsOf(await session.rows(joined('JOIN')))
  assert.deepEqual(new Set(inner.map(({ surname }) => surname)), names)
  const outer = await rowsOf(await session.rows(joined('LEFT JOIN')))
  assert.deepEqual(new Set(outer.map(({ surname }) => surname ?? null)), new Set([...names, null]))
})

/** What gets past row security elsewhere: functions that say what they see, plans, common tables, copies, catalogues. */
const escapes = [
  "error('x' || surname)",
  'f_leak(surname)',
  'EXPLAIN ANALYZE SELECT * FROM objects',
  'WITH t AS (SELECT * FROM lake) SELECT * FROM t',
  "COPY objects TO '/tmp/out.csv'",
  'TABLE lake',
  "read_parquet('lake/**/*.parquet')",
  "parquet_metadata('lake')",
  'duckdb_views()',
  'information_schema.columns',
  "query('SELECT 1')",
  "getenv('HOME')",
  "current_setting('temp_directory')",
  "1; ATTACH 'x.db'",
  '(SELECT max(surname) FROM lake)',
]

test('no word of a question is ever SQL: as object, column, order, group or value, an escape from row security finds nothing', async () => {
  const person = await world.hire()
  const rows = { controllers: 'all' as const, where: [{ property: 'sex', in: ['Nobody'] }] }
  await world.grant(person, 'Patient', { level: 'identifiable', purpose: care, rows })
  await using session = await world.session(person, validation)
  for (const text of escapes) {
    await refused(() => ask(session, page(text, ['surname'])), /no-such-object/)
    await refused(() => ask(session, page('Patient', [text])), /no-such-column/)
    const order = questionOf({ object: 'Patient', select: ['surname'], orderBy: [{ property: text }], limit: 5 })
    await refused(() => ask(session, order), /no-such-column/)
    const group = summaryOf({ object: 'Patient', groupBy: [text], aggregations: [{ name: 'n', type: 'count' }] })
    await refused(() => ask(session, group), /no-such-column/)
    assert.deepEqual(
      await ask(session, page('Patient', ['surname'], { type: 'eq', property: 'surname', value: text })),
      [],
    )
    const either: Where = { type: 'not', of: { type: 'eq', property: 'surname', value: text } }
    assert.deepEqual(await ask(session, page('Patient', ['surname'], either)), [])
  }
})

test('a value that does not fit its column fails, or not, alike for whoever sees every row and whoever sees none', async () => {
  const seesNone = await world.hire()
  const seesAll = await world.hire()
  const none = { controllers: 'all' as const, where: [{ property: 'statusCode', in: ['nothing'] }] }
  await world.grant(seesNone, 'RttPeriod', { level: 'identifiable', purpose: care, rows: none })
  await world.grant(seesAll, 'RttPeriod', { level: 'identifiable', purpose: care })
  const outcome = async (session: Session, value: string) => {
    const where = { type: 'lt', property: 'clockStartDate', value } as const
    try {
      await ask(session, page('RttPeriod', ['statusCode'], where))
      return 'answered'
    } catch (error) {
      return canonicalJson(visible(error as Error))
    }
  }
  await using one = await world.session(seesNone, validation)
  await using other = await world.session(seesAll, validation)
  for (const value of ['not a date', '2026-02-31', '', '0', '9999999-01-01', '2026-01-01'])
    assert.equal(await outcome(one, value), await outcome(other, value), value)
})

test('officers, registrars and whoever set the tenant up read nothing by what they are', async () => {
  const { governance } = world.tenant()
  const officers = [...governance.state().persons.values()].filter((person) => person.duties.length > 0)
  assert.ok(officers.length >= 4)
  for (const { id } of officers) {
    for (const purpose of [validation, planning]) {
      await using session = await world.session(id, purpose)
      for (const object of ['Patient', 'RttPeriod']) {
        const [column] = object === 'Patient' ? ['surname'] : ['statusCode']
        await refused(() => ask(session, page(object, [column!])), /no-grant/)
      }
    }
  }
  await refused(() => world.session('set-up', validation), /unknown-person-or-purpose/)
})

test('whoever is given the platform’s duty reads nothing from that moment, whatever they held before', async () => {
  const held = await world.hire()
  await world.grant(held, 'Patient', { level: 'identifiable', purpose: care })
  await using session = await world.session(held, validation)
  assert.equal((await ask(session, page('Patient', ['surname']))).length, 20)
  const { ledger, governance } = world.tenant()
  const person = governance.state().persons.get(parseSubjectId(held))!
  const { id, name, role, kind, employer, clearanceUntil, from } = person
  const registered = async (by: string, given: Duty[]) => {
    const input = { by: by as SubjectId, id, name, role, kind, employer, clearanceUntil, from, duties: given }
    await ledger.append(sign(governance.state(), 'governance.person-registered', input, clock.now()))
  }
  await registered(guardian, ['platform-administrator'])
  await refused(() => ask(session, page('Patient', ['surname'])), /platform-role/)
  // With every other duty as well it is no different.
  await registered(guardian, [...duties])
  await refused(() => ask(session, page('Patient', ['surname'])), /platform-role/)
  for (const by of [held, validator]) {
    const error = await errorOf(() => registered(by, []))
    assert.ok(isFdpError(error, 'FDP_GOVERNANCE_NOT_ENTITLED'))
  }
})
