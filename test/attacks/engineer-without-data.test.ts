/*
 * The engineer's default: a published profile and a made-up file instead of data, without a grant. What must not come
 * through: a row, an identifier, a value that fewer than 8 people have. What must: the shape and the defects.
 */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { SubmissionReport } from '#flows'
import { addDays, type DateOnly, parseSubjectId } from '#kernel'
import { latestColumnProfile, type PublishedProfile, renewColumnProfile } from '#node'
import { type Sample, sampleFile } from '#synthetic'
import { findCanaries } from '../canary.ts'
import { errorOf, guardian, manager, openWorld, type World } from '../world.ts'
import { canariesOf, type Row, type WorldObject, type WorldRows, worldRows } from '../world-rows.ts'

const engineer = parseSubjectId('eli.stone@alder-vale.example')
const patients = 400
const objects = ['Patient', 'PatientPathway', 'RttPeriod'] as const
/** Held by 7 people and by one person in 9 rows: neither may appear anywhere. */
const heldBySeven = 'QRARE7'
const heldByOne = 'QONE9'

let world: World
let trial: World
let real: WorldRows
const profiles = {} as Record<WorldObject, PublishedProfile>
const reports = {} as Record<WorldObject, SubmissionReport>

/** Mistakes in known numbers, each on rows of its own. */
function withMistakes(rows: WorldRows): WorldRows {
  const wrongCheckDigit = (row: Row) => ({
    ...row,
    nhsNumber: `${row.nhsNumber!.slice(0, 9)}${(Number(row.nhsNumber![9]) + 1) % 10}`,
  })
  const people = rows.Patient.map((row, i) => {
    if (i < 20) return wrongCheckDigit(row)
    if (i < 36) return { ...row, dateOfBirth: 'long ago' }
    if (i === 40) return { ...row, sex: 'Onlyoneperson' }
    return row
  })
  const periods = rows.RttPeriod.map((row, i) => {
    if (i >= 50 && i < 80)
      return { ...row, clockStopDate: addDays(row.clockStartDate as DateOnly, -3), statusCode: '30' }
    if (i >= 80 && i < 96) return { ...row, statusCode: 'XQ' }
    if (i >= 100 && i < 107) return { ...row, commissionerCode: heldBySeven }
    return row
  })
  const one = rows.RttPeriod[120]!
  const nineOfOne = Array.from({ length: 9 }, (_, i) => ({
    ...one,
    rttPeriodId: `RP-NINE-${i}`,
    commissionerCode: heldByOne,
  }))
  const twice = rows.RttPeriod.slice(200, 212)
  return { ...rows, Patient: people, RttPeriod: [...periods, ...nineOfOne, ...twice] }
}

before(async () => {
  world = await openWorld({ empty: true })
  trial = await openWorld({ empty: true })
  real = withMistakes(worldRows({ provider: 'RZ1', patients, today: world.today }))
  for (const object of objects) {
    reports[object] = await world.submit(object, real[object])
    profiles[object] = await renewColumnProfile(world.tenant(), engineer, object)
  }
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await trial[Symbol.asyncDispose]()
})

const sampleOf = (object: WorldObject, seed = 's', rows = 200): Sample =>
  sampleFile(profiles[object].profile, { rows, seed })

async function textOf({ source }: Sample): Promise<string> {
  let text = ''
  for await (const bytes of source.open()) text += Buffer.from(bytes).toString('utf8')
  return text
}

test('nobody who is not registered, or who has left, gets a profile', async () => {
  const stranger = await errorOf(() =>
    latestColumnProfile(world.tenant(), parseSubjectId('nobody@nowhere.example'), 'Patient'),
  )
  assert.equal(stranger.code, 'FDP_NODE_NOT_REGISTERED')
  const gone = await world.hire()
  await world.leave(gone)
  const left = await errorOf(() => renewColumnProfile(world.tenant(), parseSubjectId(gone), 'Patient'))
  assert.equal(left.code, 'FDP_NODE_NOT_REGISTERED')
})

test("without the controller's grant to its own service there is no profile, and the engineer still has none", async () => {
  const bare = await openWorld({ patients: 20 })
  try {
    await bare.revoke('profile-rttperiod')
    const refused = await errorOf(() => renewColumnProfile(bare.tenant(), engineer, 'RttPeriod'))
    assert.equal(refused.code, 'FDP_NODE_PROFILE_SERVICE')
    const none = await errorOf(() => latestColumnProfile(bare.tenant(), engineer, 'RttPeriod'))
    assert.equal(none.code, 'FDP_NODE_NO_PROFILE')
    const policy = { disclosurePolicy: 'official-true-counts@1', level: 'aggregate', purpose: 'data-quality-profile' }
    await bare.grant('column-profiles', 'RttPeriod', policy as never)
    const loose = await errorOf(() => renewColumnProfile(bare.tenant(), engineer, 'RttPeriod'))
    assert.equal(loose.code, 'FDP_METRICS_PROFILE_POLICY')
    assert.equal(
      (await errorOf(() => latestColumnProfile(bare.tenant(), engineer, 'RttPeriod'))).code,
      'FDP_NODE_NO_PROFILE',
    )
  } finally {
    await bare[Symbol.asyncDispose]()
  }
})

test('the profile itself gives the engineer no way to a row', async () => {
  for (const purpose of ['data-quality-profile', 'waiting-list-validation', 'elective-planning']) {
    await using session = await world.session(engineer, purpose)
    assert.equal((await errorOf(() => session.describe('RttPeriod'))).code, 'FDP_GATE_NOT_AVAILABLE')
  }
  await using service = await world.session('column-profiles', 'data-quality-profile')
  const rows = { about: {}, relations: { r: { object: 'RttPeriod', columns: 'all-permitted' } }, person: 'r' } as const
  const refused = await errorOf(() => service.rows({ ...rows, build: ({ r }) => r }))
  assert.equal(refused.code, 'FDP_GATE_NOT_AVAILABLE')
})

test('the numbers left by a release of the gate, over the lake alone, and the entry names what was published', async () => {
  const { profile, entry, sha256 } = profiles.RttPeriod
  const { ledger } = world.tenant()
  const released = await ledger.entry(profile.release)
  const opened = await ledger.entry(Number(released.governance.of))
  assert.deepEqual([released.type, released.governance.policy], ['release.made', 'subnational-0-7-5@1'])
  const { rows } = opened.governance.relations as { rows: { level: string; grant: string; lake: string } }
  assert.deepEqual([rows.level, rows.grant, rows.lake], ['aggregate', 'profile-rttperiod', profile.lake])
  const published = await ledger.entry(entry)
  assert.deepEqual(
    [published.type, published.governance.sha256, published.governance.asked],
    ['profile.published', sha256, engineer],
  )
})

test('the same version of the data is released once, however often somebody asks', async () => {
  const before = world.tenant().ledger.size
  const again = await renewColumnProfile(world.tenant(), parseSubjectId(guardian), 'RttPeriod')
  assert.deepEqual([again, world.tenant().ledger.size], [profiles.RttPeriod, before])
})

test('no number below 8, no count that is not a multiple of 5', () => {
  for (const { profile } of Object.values(profiles)) {
    const values = profile.columns.flatMap(({ empty, values }) => [empty, ...values.map(({ rows }) => rows)])
    for (const n of [...values, profile.rows, profile.rowsRead, ...profile.rules.map(({ rows }) => rows)]) {
      assert.ok(n === null || n === 0 || (n >= 10 && n % 5 === 0), `${profile.object}: ${n}`)
    }
  }
})

test('neither profile nor sample holds a person, or a value that fewer than 8 people have', async () => {
  const rare = [heldBySeven, heldByOne, 'Onlyoneperson']
  assert.ok(
    real.RttPeriod.filter(({ commissionerCode }) => commissionerCode === heldByOne).length > 8,
    'rows are not people',
  )
  const texts = [...Object.values(profiles).map(({ profile }) => JSON.stringify(profile))]
  for (const object of objects)
    for (const seed of ['s', 't', 'u']) texts.push(await textOf(sampleOf(object, seed, 400)))
  const days = new Set(real.Patient.map(({ dateOfBirth }) => dateOfBirth!))
  const canaries = canariesOf(real).filter((canary) => !days.has(canary))
  assert.ok(canaries.length > patients * 8)
  for (const text of texts) for (const value of [...rare, ...canaries]) assert.equal(text.includes(value), false, value)
  const folder = join(world.tenant().folder, 'profiles')
  assert.equal((await readdir(folder)).length, objects.length)
  assert.deepEqual(
    await findCanaries(
      folder,
      canaries.filter((canary) => canary.length >= 8),
    ),
    [],
  )
})

test('made-up NHS numbers are of the range kept for tests, and no row is a real one', () => {
  const sample = sampleOf('Patient')
  const identity = ['personId', 'mrn', 'nhsNumber', 'firstName', 'surname', 'phoneNumber']
  const known = new Set(real.Patient.flatMap((row) => identity.map((name) => row[name])))
  for (const row of sample.rows) {
    if (/^\d{10}$/.test(row.nhsNumber!)) assert.match(row.nhsNumber!, /^999/)
    for (const name of identity) if (row[name]) assert.equal(known.has(row[name]), false, name)
  }
})

test('the same seed gives the same file, another seed another', async () => {
  assert.equal(await textOf(sampleOf('RttPeriod')), await textOf(sampleOf('RttPeriod')))
  assert.notEqual(await textOf(sampleOf('RttPeriod')), await textOf(sampleOf('RttPeriod', 'other')))
})

test('taken in by the ordinary flow elsewhere, a sample breaks the same rules in about the same proportions', async () => {
  for (const object of objects) {
    const sample = sampleOf(object)
    assert.deepEqual(sample.notMade, [])
    const report = await trial.submit(object, sample.rows)
    const rules = ({ findings }: SubmissionReport) => findings.map(({ rule, column }) => `${rule} ${column}`).sort()
    assert.deepEqual(rules(report), rules(reports[object]), object)
    const share = ({ findings, rows }: SubmissionReport, rule: string) =>
      findings.filter((each) => each.rule === rule).reduce((sum, each) => sum + each.rows, 0) / rows.read
    for (const { rule } of reports[object].findings) {
      const [is, was] = [share(report, rule), share(reports[object], rule)]
      // One row in 200, and what rounding to 5 takes or adds.
      assert.ok(Math.abs(is - was) <= 1 / 200 + 4 / reports[object].rows.read, `${object} ${rule}: ${is} for ${was}`)
    }
    const quarantined = ({ rows }: SubmissionReport) => rows.quarantined / rows.read
    assert.ok(Math.abs(quarantined(report) - quarantined(reports[object])) < 0.03, object)
  }
})

test('values come in the shares of the profile', () => {
  const shareIn = (rows: readonly Row[], code: string) =>
    rows.filter(({ treatmentFunctionCode }) => treatmentFunctionCode === code).length / rows.length
  const sample = sampleOf('RttPeriod', 'shares', 2_000)
  for (const code of ['100', '301', '650']) {
    const difference = Math.abs(shareIn(sample.rows, code) - shareIn(real.RttPeriod, code))
    assert.ok(difference < 0.04, `${code}: ${difference}`)
  }
})

test('a profile whose file was changed counts as absent and is made again', async () => {
  const { sha256 } = profiles.Patient
  const path = join(world.tenant().folder, 'profiles', `${sha256}.json`)
  await writeFile(path, (await readFile(path, 'utf8')).replace('Female', 'Forged'))
  const absent = await errorOf(() => latestColumnProfile(world.tenant(), parseSubjectId(manager), 'Patient'))
  assert.equal(absent.code, 'FDP_NODE_NO_PROFILE')
  const again = await renewColumnProfile(world.tenant(), engineer, 'Patient')
  assert.ok(again.entry > profiles.Patient.entry)
  assert.deepEqual(again.profile.columns, profiles.Patient.profile.columns)
})
