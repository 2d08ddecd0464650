import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type FlowDeps, flowLog, resume, submit, sweep } from '#flows'
import { isFdpError } from '#kernel'
import { type FlowTenant, lakeRows, makeFlowTenant, openFlowTenant, submissionOf } from '../flow-tenant.ts'

const header = 'personId,nhsNumber,nhsNumberStatusIndicatorCode,fullName'
type Store = 'blobs' | 'lake' | 'vault' | 'ledger'

/** Every call by which a submission puts something into a store, in the order of its life; the count picks a later call. */
const writes: readonly { store: Store; method: string; call: number; acknowledged: boolean }[] = [
  { store: 'blobs', method: 'put', call: 1, acknowledged: false },
  { store: 'ledger', method: 'append', call: 1, acknowledged: false },
  { store: 'vault', method: 'lease', call: 1, acknowledged: true },
  { store: 'blobs', method: 'put', call: 2, acknowledged: true },
  { store: 'lake', method: 'stage', call: 1, acknowledged: true },
  { store: 'vault', method: 'write', call: 1, acknowledged: true },
  { store: 'vault', method: 'write', call: 2, acknowledged: true },
  { store: 'lake', method: 'seal', call: 1, acknowledged: true },
  { store: 'vault', method: 'seal', call: 1, acknowledged: true },
  { store: 'ledger', method: 'append', call: 2, acknowledged: true },
]

/** The store with one call that fails as a full disk does: before it has done anything, or after it has done it all. */
function failing(deps: FlowDeps, fault: { store: Store; method: string; call: number }, stored: boolean): FlowDeps {
  let calls = 0
  const full = () => Object.assign(new Error('ENOSPC: no space left on device, write /some/path'), { code: 'ENOSPC' })
  const store = new Proxy(deps[fault.store] as object, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name !== fault.method) return typeof value === 'function' ? value.bind(target) : value
      return async (...args: unknown[]) => {
        const fails = ++calls === fault.call
        if (fails && !stored) throw full()
        const result = await value.apply(target, args)
        if (fails) throw full()
        return result
      }
    },
  })
  return { ...deps, [fault.store]: store }
}

describe('law 10: nothing is lost', () => {
  let folder: string
  let tenant: FlowTenant
  let round = 0
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fdp-law-10-'))
    await makeFlowTenant(folder)
    tenant = await openFlowTenant(folder)
    await submit(file(), tenant.deps)
  })
  after(async () => {
    await tenant.close()
    await rm(folder, { recursive: true })
  })

  /** A file that differs each time: a row more, one bad row, and so work for every store. */
  function file() {
    round += 1
    const rows = Array.from({ length: round }, (_, i) => `P${i},${i === 0 ? '9990000018,01' : ','},Somebody ${round}`)
    return submissionOf('Patient', [header, ...rows, 'P0,,,again'])
  }

  for (const fault of writes) {
    it(`keeps the old state when ${fault.store}.${fault.method} fails (call ${fault.call}), and publishes afterwards`, async () => {
      const before = await lakeRows(tenant, 'Patient')
      const catalogue = tenant.deps.governance.catalogue()
      const submission = file()
      const error = await submit(submission, failing(tenant.deps, fault, false)).catch((error: unknown) => error)
      assert.ok(isFdpError(error, 'FDP_FLOWS_STORE_FAILED'), String(error))
      assert.match(error.message, /nothing was published/)
      assert.doesNotMatch(JSON.stringify(error), /ENOSPC|path/)
      assert.deepEqual(await lakeRows(tenant, 'Patient'), before)
      assert.equal(tenant.deps.governance.catalogue().vaultManifest(), catalogue.vaultManifest())
      const { received, outcomes } = await flowLog(tenant.deps.ledger)
      assert.equal(received.size - outcomes.size, fault.acknowledged ? 1 : 0)
      const reports = fault.acknowledged ? await resume(tenant.deps) : [await submit(submission, tenant.deps)]
      assert.deepEqual(
        reports.map(({ outcome }) => outcome),
        ['published'],
      )
      assert.equal((await lakeRows(tenant, 'Patient')).length, round)
      await sweep(tenant.deps)
      assert.deepEqual(await sweep(tenant.deps), { lake: 0, vault: 0, blobs: 0 })
    })
  }

  it('publishes once where a store had done its part and then failed', async () => {
    for (const fault of writes.filter(({ store }) => store !== 'ledger')) {
      const submission = file()
      await assert.rejects(submit(submission, failing(tenant.deps, fault, true)), { code: 'FDP_FLOWS_STORE_FAILED' })
      const report = await submit(submission, tenant.deps)
      assert.deepEqual([report.outcome, report.rows.published], ['published', round])
    }
    await sweep(tenant.deps)
    assert.deepEqual(await sweep(tenant.deps), { lake: 0, vault: 0, blobs: 0 })
  })

  it('counts an outcome that the ledger stored before it failed, and does not publish a second time', async () => {
    const submission = file()
    const fault = { store: 'ledger', method: 'append', call: 2 } as const
    await assert.rejects(submit(submission, failing(tenant.deps, fault, true)), { code: 'FDP_FLOWS_STORE_FAILED' })
    const size = tenant.deps.ledger.size
    const report = await submit(submission, tenant.deps)
    assert.deepEqual([report.outcome, report.repeated], ['published', true])
    assert.equal(tenant.deps.ledger.size, size)
  })

  it('does not lose a submission that was acknowledged by a process that is gone', async () => {
    const submission = file()
    const fault = { store: 'lake', method: 'stage', call: 1 } as const
    await assert.rejects(submit(submission, failing(tenant.deps, fault, false)))
    await tenant.close()
    tenant = await openFlowTenant(folder)
    await sweep(tenant.deps)
    const [report] = await resume(tenant.deps)
    assert.equal(report?.outcome, 'published')
    assert.deepEqual(await resume(tenant.deps), [])
  })

  it('finishes nothing twice when many resume and submit at once', async () => {
    const submission = file()
    const fault = { store: 'vault', method: 'seal', call: 1 } as const
    await assert.rejects(submit(submission, failing(tenant.deps, fault, false)))
    const size = tenant.deps.ledger.size
    await Promise.all([resume(tenant.deps), submit(submission, tenant.deps), resume(tenant.deps), sweep(tenant.deps)])
    assert.equal(tenant.deps.ledger.size, size + 1)
  })
})
