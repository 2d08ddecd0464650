import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { folderReader } from '#adapters/ledger-fs'
import type { DateOnly } from '#kernel'
import { type Ledger, verifyLedger } from '#ledger'
import {
  type FlowTenant,
  lakeRows,
  makeFlowTenant,
  openFlowTenant,
  submissionOf,
  vaultRows,
} from '../../../test/flow-tenant.ts'
import { entryOf, guardian, subject } from '../../../test/governed-tenant.ts'
import { resume, sweep } from '../resume.ts'
import type { Submission } from '../submission.ts'
import { submit } from '../submit.ts'
import { eraseApproved } from './erase-person.ts'
import { erasureLog } from './erasure-log.ts'

/** Places at which the ledger fails; all of them in the full run. */
const pointsMax = process.env.FDP_TEST_FULL === '1' ? 100 : 1
const dpo = subject('dpo@rj1.example')
const periodHeader =
  'rttPeriodId,patientId,providerCode,commissionerCode,treatmentFunctionCode,clockStartDate,statusCode'
const period = (id: string, patient: string) => `${id},${patient},RJ1,QE1,100,2025-06-01,20`
let root: string
let ready: string

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'fdp-erase-'))
  ready = join(root, 'ready')
  await makeFlowTenant(ready)
  await using tenant = await openFlowTenant(ready)
  const { deps } = tenant
  const header = 'personId,nhsNumber,nhsNumberStatusIndicatorCode,fullName'
  const send = async (object: string, lines: readonly string[], more: Partial<Submission> = {}) => {
    assert.equal((await submit(submissionOf(object, lines, more), deps)).outcome, 'published')
  }
  await send('Patient', [header, 'P-ONE,9990000018,01,Jane Quillfeather', 'P-TWO,9990000026,01,Jane Other'])
  await send('NationalDataOptOut', ['nhsNumber', '9990000018', '9990000026'])
  await send('RttPeriod', [periodHeader, period('R-ONE', 'P-ONE')])
  const later = { mode: 'events', asAt: '2026-02-01' as DateOnly } as const
  await send('RttPeriod', [periodHeader, period('R-TWO', 'P-TWO')], later)
  await send('Patient', [header, 'P-TWO,9990000026,01,Jane Other', 'P-ONE,9990000018,01,Jane Quillfeather'])
  const [[, person] = []] = (await vaultRows(tenant, 'identity', ['local_id', 'person_key'])).filter(
    ([id]) => id === 'P-ONE',
  )
  const registered = {
    by: guardian,
    id: dpo,
    name: 'D',
    kind: 'controller-staff',
    role: 'DPO',
    clearanceUntil: null,
  } as const
  const entries = [
    entryOf('governance.person-registered', {
      ...{ ...registered, employer: 'RJ1' as never, duties: ['data-protection-officer'] },
      from: deps.clock.now(),
    }),
    {
      ...entryOf('governance.erasure-ordered', { by: dpo, id: 'e1', ground: 'court-order', later: 'take-in' }),
      ...{ detail: { reason: 'Quillfeather asked' }, persons: [person!] },
    },
    entryOf('governance.erasure-approved', { by: guardian, erasure: 'e1' }),
  ]
  for (const entry of entries) await deps.ledger.append(entry)
})
after(() => rm(root, { recursive: true, force: true }))

/** A ledger that fails at its n-th write from here, before or after it was stored, and takes nothing more. */
function failing(ledger: Ledger, at: number, isStored: boolean): Ledger {
  let left = at
  const guarded =
    (method: 'append' | 'eraseDetail') =>
    async (...given: unknown[]) => {
      if (left < 0) throw new Error('the process is dead')
      left -= 1
      if (left < 0 && !isStored) throw new Error('the process died')
      const receipt = await (ledger[method] as (...given: unknown[]) => Promise<unknown>)(...given)
      if (left < 0) throw new Error('the process died')
      return receipt
    }
  const over: Partial<Ledger> = { append: guarded('append') as never, eraseDetail: guarded('eraseDetail') as never }
  return new Proxy(ledger, {
    get: (of, name) => {
      const value = Reflect.get(over, name) ?? Reflect.get(of, name)
      return typeof value === 'function' && !(name in over) ? value.bind(of) : value
    },
  })
}

async function copyOf(name: string): Promise<string> {
  const folder = join(root, name)
  await cp(ready, folder, { recursive: true })
  return folder
}

async function checkErased(tenant: FlowTenant, folder: string): Promise<void> {
  const { deps } = tenant
  assert.deepEqual(await vaultRows(tenant, 'identity', ['local_id']), [['P-TWO']])
  assert.deepEqual(await vaultRows(tenant, 'NationalDataOptOut', ['nhsNumber']), [['9990000026']])
  for (const object of ['Patient', 'RttPeriod', 'NationalDataOptOut'])
    assert.equal((await lakeRows(tenant, object)).length, 1, object)
  const log = await erasureLog(deps.ledger)
  assert.equal(log.rows.get('e1'), 3)
  const order = deps.governance.state().erasures.get('e1')!.ordered.entry
  assert.equal((await deps.ledger.detail(order)).state, 'erased')
  const records = []
  for await (const { type } of deps.ledger.entries()) if (type === 'person.erased') records.push(type)
  assert.equal(records.length, 1)
  for await (const { id } of deps.blobs.list()) assert.fail(`a blob is left: ${id}`)
  const named = deps.governance.catalogue().namedManifests()
  assert.equal(named.vault.length, 1)
  assert.deepEqual(await deps.vault.sweep(named.vault), { deleted: 0, leased: 0 })
  assert.deepEqual(await deps.lake.sweep(named.lake), { deleted: 0, leased: 0 })
  await deps.ledger.settle()
  const report = await verifyLedger(folderReader(join(folder, 'ledger')), deps.ledger.vkey)
  assert.deepEqual(report.findings, [])
}

test('an erasure is whole after a crash at any of its entries, and has one record of destruction', async (t) => {
  const points: [number, boolean][] = []
  const whole = await copyOf('whole')
  let writes = 0
  {
    await using tenant = await openFlowTenant(whole)
    const before = tenant.deps.ledger.size
    assert.deepEqual(await eraseApproved(tenant.deps), [{ erasure: 'e1', outcome: 'done', reasons: [] }])
    writes = tenant.deps.ledger.size - before
    assert.deepEqual(await eraseApproved(tenant.deps), [])
    await checkErased(tenant, whole)
  }
  for (let at = 0; at < writes; at++) points.push([at, false], [at, true])
  const step = Math.max(1, Math.floor(points.length / pointsMax))
  const tried = points.filter((_, i) => i % step === step - 1)
  for (const [at, isStored] of tried) {
    const folder = await copyOf(`${at}-${isStored}`)
    {
      await using tenant = await openFlowTenant(folder)
      const ledger = failing(tenant.deps.ledger, at, isStored)
      await assert.rejects(eraseApproved({ ...tenant.deps, ledger }), /died/)
    }
    await using tenant = await openFlowTenant(folder)
    await resume(tenant.deps)
    await sweep(tenant.deps)
    await eraseApproved(tenant.deps)
    await checkErased(tenant, folder)
  }
  t.diagnostic(`${tried.length} of ${points.length} places`)
})

test('a version that somebody reads is destroyed when they have finished, not before', async () => {
  const folder = await copyOf('leased')
  await using tenant = await openFlowTenant(folder)
  const { deps } = tenant
  const manifest = deps.governance.catalogue().vaultManifest()!
  {
    await using lease = await deps.vault.lease(manifest, 0 as never)
    assert.equal((await eraseApproved(deps))[0]?.outcome, 'waiting')
    assert.ok(!(await erasureLog(deps.ledger)).done.has('e1'))
    for await (const block of lease.blocks('identity', ['local_id'])) assert.ok(block.columns[0]?.includes('P-ONE'))
  }
  assert.equal((await eraseApproved(deps))[0]?.outcome, 'done')
  await assert.rejects(deps.vault.lease(manifest, 0 as never), { code: 'FDP_VAULT_VERSION_UNKNOWN' })
  await checkErased(tenant, folder)
})

test('the keys of backups go before the record of destruction, after a crash too', async () => {
  const folder = await copyOf('backup-keys')
  await using tenant = await openFlowTenant(folder)
  const { deps } = tenant
  const purged = () => deps.governance.catalogue().namedManifests().vault.length === 1
  const dead = { ...deps, destroyBackupKeys: () => Promise.reject(new Error('the process died')) }
  await assert.rejects(eraseApproved(dead), /died/)
  assert.deepEqual([purged(), (await erasureLog(deps.ledger)).done.has('e1')], [true, false])
  const asked: boolean[] = []
  const alive = { ...deps, destroyBackupKeys: async () => void asked.push(purged()) }
  assert.equal((await eraseApproved(alive))[0]?.outcome, 'done')
  assert.deepEqual(asked, [true])
  await checkErased(tenant, folder)
})

test('taken in anew: rows that come later are of somebody new', async () => {
  const folder = await copyOf('anew')
  await using tenant = await openFlowTenant(folder)
  const { deps } = tenant
  const order = deps.governance.state().erasures.get('e1')!.ordered.entry
  const before = await deps.ledger.persons(order)
  await eraseApproved(deps)
  const lines = ['personId,nhsNumber,nhsNumberStatusIndicatorCode', 'P-ONE,9990000018,01']
  assert.equal((await submit(submissionOf('Patient', lines), deps)).rows.published, 1)
  const rows = await vaultRows(tenant, 'identity', ['local_id', 'person_key'])
  const [[, person] = []] = rows.filter(([id]) => id === 'P-ONE')
  assert.ok(person !== undefined && !before?.includes(person))
})

test('whose order was erased before it was carried out is left alone', async () => {
  const folder = await copyOf('unknown')
  await using tenant = await openFlowTenant(folder)
  const { deps } = tenant
  await deps.ledger.eraseDetail(deps.governance.state().erasures.get('e1')!.ordered.entry, 'a test')
  const [run] = await eraseApproved(deps)
  assert.deepEqual(run?.outcome, 'refused')
  assert.equal((await lakeRows(tenant, 'Patient')).length, 2)
})
