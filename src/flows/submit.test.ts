import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type FlowTenant, makeFlowTenant, openFlowTenant, submissionOf } from '../../test/flow-tenant.ts'
import { purpose, subject } from '../../test/governed-tenant.ts'
import { submit } from './submit.ts'

const patients = [
  'personId,nhsNumber,nhsNumberStatusIndicatorCode,fullName,dateOfBirth,postcode,sex',
  'P1,9990000018,01,Ada Alpha,1950-02-03,LS1 4AP,Female',
]

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

  it('refuses a person without a grant, for any purpose, and says nothing of why', async () => {
    const size = tenant.deps.ledger.size
    for (const change of [{ subject: subject('nobody') }, { purpose: purpose('another') }]) {
      await assert.rejects(submit(submissionOf('Patient', patients, change), tenant.deps), {
        code: 'FDP_FLOWS_NOT_ALLOWED',
      })
    }
    assert.equal(tenant.deps.ledger.size, size + 2)
  })

  it('publishes one row, from a file to a version', async () => {
    const report = await submit(submissionOf('Patient', patients), tenant.deps)
    assert.equal(report.outcome, 'published', JSON.stringify(report))
    assert.deepEqual(report.rows, { read: 1, quarantined: 0, published: 1, warned: 0 })
  })
})
