/*
 * Law 6. Identity lives apart.
 *
 * The attack takes in people whose every value is a canary, reads them at every level, asks for them by name where that
 * is refused, sends bad rows, and then searches every byte of the node's folder, every error, page and metric; joins
 * tokens of two purposes and two tenants; reads below identifiable level for anything exact; and looks for vault data
 * in an engine that may write to disk, or after the last session has gone.
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { objectType } from '#contracts'
import { isFdpError, type PurposeId, rawSql, sql, toStatement } from '#kernel'
import type { Adapters } from '#node'
import { questionOf, summaryOf } from '#ontology'
import type { EngineOptions } from '#ports'
import { findCanaries } from '../canary.ts'
import { openSite } from '../sign-in.ts'
import {
  analyst,
  ask,
  errorOf,
  openWorld,
  planning,
  type Record_,
  validation,
  validator,
  visible,
  type World,
} from '../world.ts'
import { canariesOf } from '../world-rows.ts'

interface Opened {
  readonly options: EngineOptions
  readonly texts: string[]
}
const engines: Opened[] = []
const watched: Adapters['openEngine'] = async (options) => {
  const engine = await openDuckdbEngine(options)
  const seen: Opened = { options, texts: [] }
  engines.push(seen)
  for (const method of ['query', 'execute'] as const) {
    const original = engine[method].bind(engine) as (...given: unknown[]) => Promise<never>
    engine[method] = (...given) => {
      seen.texts.push(toStatement(given[0]).text)
      return original(...given)
    }
  }
  return engine
}

const patients = 14
const evaluating = 'service-evaluation'
let world: World
let both: string
let canaries: string[]
/** Whatever a caller was shown, to be searched like the disk. */
const shown: string[] = []

before(async () => {
  world = await openWorld({ tenants: ['alder-vale', 'brook-haven'], patients, adapters: { openEngine: watched } })
  canaries = [...new Set(['alder-vale', 'brook-haven'].flatMap((id) => canariesOf(world.rows(id))))]
  both = await world.hire()
  for (const purpose of [planning, evaluating] as PurposeId[]) {
    for (const object of ['RttPeriod', 'PatientPathway', 'Patient']) await world.grant(both, object, { purpose })
  }
})
after(() => world[Symbol.asyncDispose]())

async function everything(subject: string, purpose: string, object: string, tenant?: string): Promise<Record_[]> {
  await using session = await world.session(subject, purpose, tenant ? { tenant } : {})
  const { columns } = await session.describe(object)
  return await ask(session, questionOf({ object, select: columns.map(({ name }) => name), limit: 1_000 }))
}

const keysOf = (object: string) =>
  objectType(object)
    .properties.filter(({ role }) => role !== null)
    .map(({ name }) => name)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function tokensIn(object: string, rows: readonly Record_[]): Set<string> {
  const values = rows.flatMap((row) => keysOf(object).map((name) => row[name])).filter((value) => value != null)
  return new Set(values.map(String))
}

test('the canaries are real: at identifiable level each of them is read', async () => {
  const rows = await everything(validator, validation, 'Patient')
  assert.equal(rows.length, patients)
  const text = JSON.stringify(rows)
  for (const row of world.rows().Patient)
    for (const name of ['nhsNumber', 'surname', 'dateOfBirth', 'postcode']) assert.ok(text.includes(row[name]!))
})

test('below identifiable level no cell of any object holds one, and every key is a token', async () => {
  for (const object of ['Patient', 'PatientPathway', 'RttPeriod']) {
    const rows = await everything(both, planning, object)
    assert.equal(rows.length, patients)
    const text = JSON.stringify(rows)
    for (const canary of canaries) assert.ok(!text.includes(canary), `${canary} in ${object}`)
    for (const row of rows) {
      for (const name of keysOf(object)) if (row[name] != null) assert.match(String(row[name]), uuid)
      for (const value of Object.values(row)) assert.doesNotMatch(String(value), /\d\d:\d\d/)
    }
    assert.ok(tokensIn(object, rows).size >= patients)
  }
})

test('a date of birth becomes a year, a postcode its outward code', async () => {
  const rows = await everything(both, planning, 'Patient')
  const born = new Set(world.rows().Patient.map(({ dateOfBirth }) => dateOfBirth!.slice(0, 4)))
  for (const { dateOfBirth, postcode } of rows) {
    assert.ok(born.has(String(dateOfBirth)) || /^\d{4}-01-01$/.test(String(dateOfBirth)), 'a year and no more')
    assert.match(String(postcode), /^ZZ\d\d$/)
  }
})

test('tokens of two purposes over the same rows share no value; within a purpose they stay and join', async () => {
  const seen = new Map<string, Set<string>>()
  for (const purpose of [planning, evaluating]) {
    const tokens = new Set<string>()
    for (const object of ['RttPeriod', 'PatientPathway', 'Patient']) {
      const [first, second] = [await everything(both, purpose, object), await everything(both, purpose, object)]
      assert.deepEqual(tokensIn(object, first), tokensIn(object, second))
      for (const token of tokensIn(object, first)) tokens.add(token)
    }
    seen.set(purpose, tokens)
  }
  assert.equal(seen.get(planning)!.size, seen.get(evaluating)!.size)
  for (const token of seen.get(planning)!) assert.ok(!seen.get(evaluating)!.has(token))

  const periods = await everything(both, planning, 'RttPeriod')
  const pathways = new Map((await everything(both, planning, 'PatientPathway')).map((row) => [row.pathwayId, row]))
  const people = new Set((await everything(both, planning, 'Patient')).map((row) => row.personId))
  for (const period of periods) {
    const pathway = pathways.get(period.pathwayId)!
    assert.equal(pathway.patientId, period.patientId)
    assert.equal(pathway.referralReceivedDate, period.clockStartDate)
    assert.ok(people.has(period.patientId))
  }
})

test('the order of rows joins nothing: not whole results, not single rows, not ties', async () => {
  const question = (limit: number, sorted: boolean) =>
    questionOf({
      ...{ object: 'RttPeriod', select: ['clockStartDate'], limit },
      orderBy: sorted ? [{ property: 'providerCode' }] : [],
    })
  for (const sorted of [false, true]) {
    const orders: string[] = []
    const first: string[] = []
    for (const purpose of [planning, evaluating, planning]) {
      await using session = await world.session(both, purpose)
      orders.push(JSON.stringify(await ask(session, question(1_000, sorted))))
      first.push(JSON.stringify(await ask(session, question(3, sorted))))
    }
    assert.equal(orders[0], orders[2])
    assert.notEqual(orders[0], orders[1])
    assert.notEqual(first[0], first[1])
    assert.deepEqual(JSON.parse(orders[0]!).length, JSON.parse(orders[1]!).length)
  }
})

test('a token of another purpose, a plain id and a local key find nothing', async () => {
  const [theirs] = await everything(both, evaluating, 'RttPeriod')
  const [mine] = await everything(both, planning, 'RttPeriod')
  const { rttPeriodId: plain } = world.rows().RttPeriod[0]!
  await using session = await world.session(both, planning)
  const find = async (value: unknown) => {
    const where = { type: 'eq', property: 'rttPeriodId', value: String(value) } as const
    return (await ask(session, questionOf({ object: 'RttPeriod', select: ['statusCode'], where, limit: 5 }))).length
  }
  assert.deepEqual([await find(mine!.rttPeriodId), await find(theirs!.rttPeriodId), await find(plain)], [1, 0, 0])
})

test('two tenants that share patients share no token', async () => {
  const here = await everything(analyst, planning, 'RttPeriod')
  const there = await everything('anil.rao@brook-haven.example', planning, 'RttPeriod', 'brook-haven')
  const shared = new Set(world.rows().Patient.map((row) => row.nhsNumber))
  assert.ok(
    world.rows('brook-haven').Patient.some(({ nhsNumber }) => shared.has(nhsNumber)),
    'nobody is shared',
  )
  for (const token of tokensIn('RttPeriod', there)) assert.ok(!tokensIn('RttPeriod', here).has(token))
})

test('two purposes that ask for the first time at the same moment get each its own tokens', async () => {
  await using fresh = await openWorld({ patients: 3 })
  const id = await fresh.hire()
  for (const purpose of [planning, evaluating] as PurposeId[]) await fresh.grant(id, 'RttPeriod', { purpose })
  const question = () => questionOf({ object: 'RttPeriod', select: ['patientId', 'rttPeriodId'], limit: 10 })
  const sessions = await Promise.all([planning, evaluating, planning].map((purpose) => fresh.session(id, purpose)))
  const read = async (session: (typeof sessions)[number]) => tokensIn('RttPeriod', await ask(session, question()))
  const [first, other, same] = await Promise.all(sessions.map(read))
  assert.deepEqual(first, same)
  for (const token of first!) assert.ok(!other!.has(token))
  assert.deepEqual([await read(sessions[0]!), await read(sessions[1]!)], [first, other])
})

test('the identity room opens with the first identifiable read and closes with the last session', async () => {
  const { gate } = world.tenant()
  assert.equal(gate.identityOpen, false)
  const [one, two, idle] = await Promise.all([1, 2, 3].map(() => world.session(validator, validation)))
  const page = questionOf({ object: 'Patient', select: ['surname'], limit: 5 })
  assert.equal(gate.identityOpen, false)
  await Promise.all([ask(one!, page), ask(two!, page)])
  assert.equal(gate.identityOpen, true)
  await one!.close()
  await one!.close()
  assert.equal(gate.identityOpen, true)
  assert.equal((await ask(two!, page)).length, 5)
  await two!.close()
  assert.equal(gate.identityOpen, false)
  await idle!.close()
  await using pseudonymised = await world.session(analyst, planning)
  await ask(pseudonymised, questionOf({ object: 'RttPeriod', select: ['patientId'], limit: 5 }))
  assert.equal(gate.identityOpen, false)
})

test('an engine that holds vault or landed data writes nothing to disk', () => {
  const holding = engines.filter(({ texts }) => texts.some((text) => /vault_|from_json|identity|typed/.test(text)))
  assert.ok(holding.length >= 4)
  for (const { options } of holding) assert.equal(options.tempDirectory, null)
  assert.ok(engines.some(({ options, texts }) => options.tempDirectory !== null && texts.length > 0))
})

test('no byte on disk holds a canary, during and after reads, refusals, bad rows and figures', async () => {
  const rows = world.rows()
  const [ada] = rows.Patient
  await using identifiable = await world.session(validator, validation)
  const bySurname = { type: 'eq', property: 'surname', value: ada!.surname! } as const
  const named = questionOf({ object: 'Patient', select: ['nhsNumber', 'postcode'], where: bySurname, limit: 5 })
  assert.equal((await ask(identifiable, named)).length, 1)
  const open = await identifiable.rows(questionOf({ object: 'Patient', select: ['surname', 'addressLine1'], limit: 5 }))
  await using session = await world.session(analyst, planning, { because: `about ${ada!.nhsNumber} ${ada!.surname}` })
  for (const attempt of [
    () => ask(session, questionOf({ object: 'Patient', select: ['sex'], where: bySurname, limit: 5 })),
    () => ask(session, questionOf({ object: 'RttPeriod', select: [ada!.surname!, ada!.nhsNumber!], limit: 5 })),
    () => ask(session, questionOf({ object: ada!.addressLine1!, select: ['sex'], limit: 5 })),
    () => world.session(`${ada!.nhsNumber}@alder-vale.example`, planning),
    () => session.describe(ada!.surname!),
  ]) {
    const error = await errorOf(attempt)
    assert.ok(isFdpError(error))
    shown.push(JSON.stringify(visible(error)))
  }
  const counted = summaryOf({
    ...{ object: 'RttPeriod', groupBy: [], aggregations: [{ name: ada!.surname!, type: 'count' as const }] },
    where: { type: 'eq', property: 'rttPeriodId', value: rows.RttPeriod[0]!.rttPeriodId! },
  })
  assert.deepEqual(await ask(session, counted), [{ [ada!.surname!]: 0 }])
  const entries = await world.entries()
  shown.push(JSON.stringify(entries.map(({ governance }) => governance)))
  assert.deepEqual(await findCanaries(world.home, canaries), [])
  await open[Symbol.asyncDispose]()

  const bad = rows.Patient.map((row, i) =>
    i % 3 ? row : { ...row, nhsNumber: row.nhsNumber!.replace(/.$/, 'x'), dateOfBirth: '31/02/1961' },
  )
  const report = await world.submit('Patient', bad, 'alder-vale', 1)
  assert.ok(report.quarantine !== null && report.rows.quarantined > 0)
  shown.push(JSON.stringify(report))
  const noTable = await world.submit(
    'Patient',
    [{ [ada!.surname!]: ada!.nhsNumber!, personId: ada!.personId! }],
    'alder-vale',
    2,
  )
  shown.push(JSON.stringify({ ...noTable, unknownColumns: [] }))
  assert.deepEqual(await findCanaries(world.home, canaries), [])

  await using site = await openSite(world.node)
  const browser = await site.signIn(validator)
  for (const path of [
    '/metrics',
    '/',
    '/health/ready',
    '/api/v1/access',
    `/no/${ada!.surname}`,
    `/sign-in?purpose=${ada!.nhsNumber}`,
    '/api/v1/me',
  ]) {
    const answer = await browser.get(path)
    shown.push(await answer.text(), JSON.stringify([...answer.headers]))
  }
  for (const text of shown) for (const canary of canaries) assert.ok(!text.includes(canary), `${canary} was shown`)
})

test('no entry holds a hash or a length of what left: a small result could be found by trying all values', async () => {
  const from = world.tenant().ledger.size
  const { nhsNumber } = world.rows().PatientPathway[1]!
  await using identifiable = await world.session(validator, validation)
  const where = { type: 'eq', property: 'nhsNumber', value: nhsNumber! } as const
  const one = questionOf({ object: 'PatientPathway', select: ['nhsNumber'], where, limit: 1 })
  assert.deepEqual(await ask(identifiable, one), [{ nhsNumber }])
  await using session = await world.session(analyst, planning)
  await session.release({
    ...{ about: { kind: 'test' }, keys: [], measures: { n: { kind: 'person-count' } }, geography: 'subnational' },
    relations: { r: { object: 'RttPeriod', columns: ['statusCode'] } },
    build: ({ r }) => sql`SELECT count(*) AS n FROM ${r} AS r WHERE "statusCode" = '30'`,
  })
  const { governance } = world.tenant()
  const named = governance.catalogue().namedManifests()
  const dpias = [...governance.state().dpias.keys()].flatMap((id) => governance.state().dpias.get(id)!)
  const known = new Set([
    ...named.lake,
    ...named.vault,
    ...dpias.map(({ sha256 }) => sha256),
    governance.policies.sha256,
  ])
  const entries = await world.entries(from)
  const ends = entries.filter(({ type }) => type === 'read.completed' || type === 'release.made')
  assert.equal(ends.length, 2)
  for (const entry of entries) {
    for (const hash of JSON.stringify(entry.governance).match(/[0-9a-f]{16,}/g) ?? []) assert.ok(known.has(hash), hash)
    assert.ok(!('bytes' in entry.governance))
  }
  assert.ok(!('rows' in ends.find(({ type }) => type === 'release.made')!.governance))
})

test('a question that does not fit in memory fails, and spills nothing', {
  skip: process.env.FDP_TEST_FULL ? false : 'long: FDP_TEST_FULL=1',
}, async () => {
  await using session = await world.session(analyst, planning)
  const question = questionOf({ object: 'RttPeriod', select: ['patientId', 'pathwayId', 'statusCode'], limit: 10 })
  const times = rawSql('4000000')
  let done = false
  const reading = ask(session, {
    ...question,
    build: ({ objects }: { objects: ReturnType<typeof rawSql> }) =>
      sql`SELECT "patientId", "pathwayId", "_person" FROM ${objects} AS objects CROSS JOIN range(${times}) AS r(i) ORDER BY hash(i), "patientId" LIMIT 5 OFFSET 30000000`,
  } as never)
    .catch((error) => error)
    .finally(() => {
      done = true
    })
  for (let look = 0; look < 200 && !done; look++) {
    await new Promise((wait) => setTimeout(wait, 500))
    assert.deepEqual(await readdir(join(world.tenant().folder, 'spill')).catch(() => []), [])
  }
  const outcome = await reading
  assert.ok(isFdpError(outcome, 'FDP_ENGINE_OUT_OF_MEMORY'), 'it was meant not to fit')
  assert.deepEqual(await findCanaries(world.home, canaries), [])
})

test('the search finds what lies open, so that finding nothing means something', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-planted-'))
  const row = world.rows().Patient[3]!
  await writeFile(join(folder, 'care.bin'), `xx${row.nhsNumber}yy${row.surname}`)
  const found = new Set((await findCanaries(folder, canaries)).map(({ canary }) => canary))
  assert.ok(found.has(row.nhsNumber!) && found.has(row.surname!))
  await rm(folder, { recursive: true })
})
