import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { findCanaries } from '../../test/canary.ts'
import {
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
  vaultRows,
} from '../../test/flow-tenant.ts'
import { ods, purpose, subject } from '../../test/governed-tenant.ts'
import { quarantine, quarantineValues } from './quarantine.ts'
import { readableReport } from './report.ts'
import { sweep } from './resume.ts'
import { submit } from './submit.ts'

const header = 'personId,nhsNumber,nhsNumberStatusIndicatorCode,fullName,dateOfBirth,postcode,sex'
const ada = 'P1,9990000018,01,Ada Canary-Alpha,1950-02-03,LS1 4AP,Female'
const bob = 'P2,9990000026,01,Bob Canary-Beta,1951-02-03,LS1 4AP,Male'
const periodHeader =
  'rttPeriodId,patientId,pathwayId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,clockStopDate,statusCode,decisionToAdmitDate'
const period = (id: string, patient: string) => `${id},${patient},W${id},RJ1,QE1,100,2025-06-01,,20,`

describe('submit', () => {
  let folder: string
  let tenant: FlowTenant
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fdp-flows-'))
    await makeFlowTenant(folder)
    tenant = await openFlowTenant(folder)
  })
  after(async () => {
    await tenant.close()
    await rm(folder, { recursive: true })
  })
  const send = (object: string, lines: readonly string[], more = {}) =>
    submit(submissionOf(object, lines, more), tenant.deps)

  it('refuses a person without a grant, another purpose, a controller outside the grant: the same answer, an entry each', async () => {
    const size = tenant.deps.ledger.size
    for (const change of [
      { subject: subject('nobody') },
      { purpose: purpose('another') },
      { controller: ods('LA1') },
    ]) {
      await assert.rejects(send('Patient', [header, ada], change), { code: 'FDP_FLOWS_NOT_ALLOWED', params: {} })
    }
    await assert.rejects(send('NoSuchThing', [header, ada]), { code: 'FDP_FLOWS_NOT_ALLOWED', params: {} })
    assert.equal(tenant.deps.ledger.size, size + 4)
    const { type, governance } = await tenant.deps.ledger.entry(size + 2)
    assert.equal(type, 'flow.not-allowed')
    assert.deepEqual(governance.reasons, ['grant-rows'])
  })

  it('refuses a whole file that lacks the key, an empty one and one that is no table, and publishes nothing', async () => {
    const files = [['nhsNumber,sex', '9990000018,Female'], [header], [`${header}\n"P1,never closed`]]
    for (const file of files) {
      const report = await send('Patient', file)
      assert.equal(report.outcome, 'refused')
      assert.ok(report.findings.some(({ severity }) => severity === 'FAIL'))
      assert.match(readableReport(report)[0]!, /refused whole, nothing published/)
    }
    assert.equal(tenant.deps.governance.catalogue().lakeManifest('Patient'), null)
    assert.equal(tenant.deps.governance.catalogue().vaultManifest(), null)
  })

  it('publishes good rows and keeps bad ones in quarantine, by rule, position and column', async () => {
    const bad = 'P3,9990000019,01,Cyd Canary-Gamma,1952-02-30,LS1 4AP,Male'
    const report = await send('Patient', [header, ada, bad, bob, ada])
    assert.equal(report.outcome, 'published', JSON.stringify(report))
    assert.deepEqual([report.rows.read, report.rows.quarantined, report.rows.published], [4, 2, 2])
    const found = await quarantine(tenant.deps, report.submission)
    assert.deepEqual(found.rows, [
      { row: 2, rule: 'nhs-number.modulus-11', column: 'nhsNumber' },
      { row: 2, rule: 'type.date', column: 'dateOfBirth' },
      { row: 4, rule: 'key.duplicate', column: 'personId' },
    ])
    assert.doesNotMatch(JSON.stringify([report, found]), /9990000019|1952-02-30|Gamma/)
  })

  it('shows values in quarantine only under a read of that submission that the ledger holds', async () => {
    const report = await send('Patient', [header, ada, 'P9,123,01,Dee,1950-01-01,,Male', bob])
    const { ledger } = tenant.deps
    const values = async (receipt: Awaited<ReturnType<typeof ledger.append>>) => {
      const lines: object[] = []
      for await (const line of quarantineValues(tenant.deps, report.submission, receipt)) lines.push(line)
      return lines
    }
    const relation = { object: 'Patient', columns: ['nhsNumber'], level: 'identifiable' }
    const entry = (about: object, level: string, type = 'read.opened') =>
      ledger.append({ type, governance: { about: { ...about }, relations: { r: { ...relation, level } } } })
    const own = { quarantine: report.submission }
    for (const wrong of [
      await entry({}, 'identifiable'),
      await entry({ quarantine: 'another' }, 'identifiable'),
      await entry(own, 'pseudonymised'),
      await entry(own, 'identifiable', 'read.refused'),
    ]) {
      await assert.rejects(values(wrong), { code: 'FDP_FLOWS_NOT_DECIDED' })
    }
    assert.deepEqual(await values(await entry(own, 'identifiable')), [
      { row: 2, rule: 'nhs-number.format', column: 'nhsNumber', value: '123' },
    ])
  })

  it('keeps identity in the vault and care in the lake', async () => {
    const lake = await lakeRows(tenant, 'Patient')
    assert.equal(lake.length, 2)
    const columns = Object.keys(lake[0]!)
    for (const name of ['nhsNumber', 'fullName', 'addressLine1']) assert.ok(!columns.includes(name), name)
    assert.deepEqual(lake.map((row) => row.dateOfBirth).sort(), ['1950-01-01', '1951-01-01'])
    const vault = await vaultRows(tenant, 'Patient', ['_key', 'personId', 'nhsNumber', 'fullName', 'dateOfBirth'])
    assert.deepEqual(vault.map(([, ...rest]) => rest).sort(), [
      ['P1', '9990000018', 'Ada Canary-Alpha', '1950-02-03'],
      ['P2', '9990000026', 'Bob Canary-Beta', '1951-02-03'],
    ])
    assert.deepEqual(new Set(vault.map(([key]) => key)), new Set(lake.map((row) => row._key)))
  })

  it('links rows of other types to their patient, and keeps those without one out', async () => {
    const report = await send('RttPeriod', [periodHeader, period('1', 'P1'), period('2', 'P2'), period('3', 'P7')])
    assert.deepEqual([report.rows.published, report.rows.quarantined], [2, 1])
    assert.ok(
      report.findings.some(
        ({ rule, severity, column }) => rule === 'link.missing' && severity === 'ROW' && column === 'patientId',
      ),
    )
    const people = new Map((await lakeRows(tenant, 'Patient')).map((row) => [String(row.personId), row._person]))
    for (const row of await lakeRows(tenant, 'RttPeriod')) assert.equal(row._person, people.get(String(row.patientId)))
  })

  it('does not take another controller’s patient of the same local id', async () => {
    const report = await send('RttPeriod', [periodHeader, period('1', 'P1')], { controller: ods('RXX') })
    assert.deepEqual([report.rows.published, report.rows.quarantined], [0, 1])
  })

  it('replaces the rows of one controller and leaves the others', async () => {
    await send('Patient', [header, ada], { controller: ods('RXX') })
    const rows = await lakeRows(tenant, 'Patient')
    assert.deepEqual(
      rows.map((row) => row._controller),
      ['RJ1', 'RJ1', 'RXX'],
    )
    assert.equal(new Set(rows.map((row) => row._key)).size, 3, 'one local id of two controllers is two records')
    assert.equal(new Set(rows.map((row) => row._person)).size, 2, 'one verified number is one person')
  })

  it('changes nothing when the same submission comes again, one after another or at once', async () => {
    const size = tenant.deps.ledger.size
    const files = await readdir(folder, { recursive: true })
    const [first, ...again] = await Promise.all(
      [1, 2, 3].map(() => send('Patient', [header, ada], { controller: ods('RXX') })),
    )
    assert.equal(first?.repeated, true)
    for (const report of again) assert.deepEqual(report, first)
    assert.equal(tenant.deps.ledger.size, size)
    assert.deepEqual(await readdir(folder, { recursive: true }), files)
  })

  it('takes identity columns away when a later file no longer has them', async () => {
    const staff = () => vaultRows(tenant, 'PatientPathway', ['consultantName'])
    const head = 'pathwayId,patientId,siteId,consultantName'
    await send('PatientPathway', [head, 'W1,P1,S1,Dr Who'])
    assert.deepEqual(await staff(), [['Dr Who']])
    await send('PatientPathway', ['pathwayId,patientId,siteId', 'W1,P1,S1'])
    assert.deepEqual(await staff(), [[null]])
  })

  it('measures how unique the rows are at each level', async () => {
    const report = await send('Patient', [header, ada, bob, 'P4,,,Eve,1950-12-24,LS1 4AP,Female'])
    const levels = Object.fromEntries(report.uniqueness.map(({ level, k }) => [level, k.rowsUnique]))
    assert.equal(levels.identifiable, 3)
    assert.equal(levels.pseudonymised, 1, 'Ada and Eve are alike once the day of birth is gone')
  })

  it('measures uniqueness by dates of care too, since linkage by dates remains possible', async () => {
    await send('Patient', [header, ada, bob])
    const head = 'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,statusCode'
    const lines = ['T1,P1,RJ1,13Q,100,2026-01-05,20', 'T2,P2,RJ1,13Q,100,2026-01-06,20']
    const { uniqueness } = await send('RttPeriod', [head, ...lines])
    const shown = uniqueness.filter(({ level }) => level === 'pseudonymised')
    assert.deepEqual(
      shown.map(({ columns, k }) => [columns, k.rowsUnique]),
      [
        [['commissionerCode'], 0],
        [['commissionerCode', 'clockStartDate'], 2],
      ],
    )
  })

  it('leaves no identifier in any byte on disk, and sweeps what no entry names', async () => {
    await tenant.deps.blobs.put(bytesOf('never acknowledged'), 1_000)
    assert.deepEqual(await sweep(tenant.deps), { lake: 0, vault: 0, blobs: 1 })
    const canaries = ['9990000018', '9990000019', '9990000026', 'Canary-Alpha', 'Canary-Beta', 'Canary-Gamma']
    assert.deepEqual(await findCanaries(folder, canaries), [])
  })
})

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
