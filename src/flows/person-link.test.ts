import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
  vaultRows,
} from '../../test/flow-tenant.ts'
import { clerk, ods, purposeInput, subject } from '../../test/governed-tenant.ts'
import { redoPersonLink, undoPersonLink } from './person-link.ts'
import { submit } from './submit.ts'

const header = 'personId,nhsNumber,nhsNumberStatusIndicatorCode'
const periodHeader =
  'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,statusCode'
const period = (id: string, patient: string) => `${id},${patient},RJ1,QE1,100,2025-06-01,20`
const link = { controller: ods('RJ1'), patientId: 'P2', reason: 'two people', subject: clerk, purpose: purposeInput.id }

describe('the link between a patient and a person', () => {
  let folder: string
  let tenant: FlowTenant
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fdp-link-'))
    await makeFlowTenant(folder)
    tenant = await openFlowTenant(folder)
    await send('Patient', [header, 'P1,9990000018,01', 'P2,9990000018,01', 'P3,,'])
    await send('RttPeriod', [periodHeader, period('1', 'P1'), period('2', 'P2'), period('3', 'P3')])
    await send('CancerPathway', ['cancerPathwayId,patientId', 'C2,P2'])
    await send('CancerTrackingComment', ['cancerTrackingCommentId,cancerPathwayId', 'T2,C2', 'T9,C9'])
  })
  after(async () => {
    await tenant.close()
    await rm(folder, { recursive: true })
  })

  async function send(object: string, lines: readonly string[], more = {}) {
    const report = await submit(submissionOf(object, lines, more), tenant.deps)
    assert.equal(report.outcome, 'published', JSON.stringify(report))
    return report
  }

  /** Persons as letters in order of first sight, by the number in the record's external id. */
  async function people(): Promise<Record<string, string>> {
    const letters = new Map<unknown, string>()
    const shown: Record<string, string> = {}
    for (const [object, id] of [
      ['Patient', 'personId'],
      ['RttPeriod', 'rttPeriodId'],
      ['CancerPathway', 'cancerPathwayId'],
      ['CancerTrackingComment', 'cancerTrackingCommentId'],
    ] as const) {
      const person = new Map((await lakeRows(tenant, object)).map((row) => [row._key, row._person]))
      const rows = await vaultRows(tenant, object, ['_key', id])
      for (const [key, external] of rows.sort((a, b) => (a[1]! < b[1]! ? -1 : 1))) {
        const who = person.get(key)
        if (!letters.has(who)) letters.set(who, 'abcdef'[letters.size]!)
        shown[`${object} ${external}`] = letters.get(who)!
      }
    }
    return shown
  }
  const together = {
    'Patient P1': 'a',
    'Patient P2': 'a',
    'Patient P3': 'b',
    'RttPeriod 1': 'a',
    'RttPeriod 2': 'a',
    'RttPeriod 3': 'b',
    'CancerPathway C2': 'a',
    'CancerTrackingComment T2': 'a',
  }
  const apart = {
    'Patient P1': 'a',
    'Patient P2': 'b',
    'Patient P3': 'c',
    'RttPeriod 1': 'a',
    'RttPeriod 2': 'b',
    'RttPeriod 3': 'c',
    'CancerPathway C2': 'b',
    'CancerTrackingComment T2': 'b',
  }

  it('is not undone by someone without a grant, or for nobody', async () => {
    await assert.rejects(undoPersonLink({ ...link, subject: subject('nobody') }, tenant.deps), {
      code: 'FDP_FLOWS_NOT_ALLOWED',
    })
    await assert.rejects(undoPersonLink({ ...link, patientId: 'P99' }, tenant.deps), { code: 'FDP_FLOWS_NO_PERSON' })
    await assert.rejects(undoPersonLink({ ...link, controller: ods('RXX') }, tenant.deps), {
      code: 'FDP_FLOWS_NO_PERSON',
    })
    assert.deepEqual(await people(), together)
  })

  it('is undone in every row of the patient by one entry, without a value in it', async () => {
    const report = await undoPersonLink(link, tenant.deps)
    assert.deepEqual(
      report.objects,
      ['Patient', 'CancerPathway', 'RttPeriod', 'CancerTrackingComment'].sort(byDistance),
    )
    assert.deepEqual(await people(), apart)
    const entry = await tenant.deps.ledger.entry(report.entry)
    assert.equal(entry.type, 'person.split')
    const detail = await tenant.deps.ledger.detail(report.entry)
    assert.doesNotMatch(JSON.stringify([entry, detail]), /P2|9990000018|two people/)
  })

  it('stays undone when the same patients come again, by number or by local id', async () => {
    await send('Patient', [header, 'P1,9990000018,01', 'P2,9990000018,01', 'P3,,', 'P4,9990000018,01'])
    await send('RttPeriod', [periodHeader, period('1', 'P1'), period('2', 'P2'), period('3', 'P3'), period('4', 'P2')])
    assert.deepEqual(await people(), {
      ...apart,
      'Patient P4': 'a',
      'RttPeriod 4': 'b',
    })
  })

  it('is there again when the undoing is undone', async () => {
    await redoPersonLink(link, tenant.deps)
    assert.deepEqual(await people(), { ...together, 'Patient P4': 'a', 'RttPeriod 4': 'a' })
  })

  it('moves with a newly verified number, in the rows of other types too and in the same entry', async () => {
    const report = await send('Patient', [header, 'P1,9990000018,01', 'P2,9990000018,01', 'P3,9990000018,01'])
    assert.equal(report.persons?.conflicts.joined, 1)
    assert.equal((await people())['RttPeriod 3'], 'a')
  })
})

/** Types nearest to the patient first, in the order of the contracts. */
function byDistance(a: string, b: string): number {
  const order = ['CancerPathway', 'Patient', 'RttPeriod', 'CancerTrackingComment']
  return order.indexOf(a) - order.indexOf(b)
}
