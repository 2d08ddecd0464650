import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { manualClock } from '#kernel'
import { lakeRows, makeFlowTenant, openFlowTenant, submissionOf, vaultRows } from '../../../test/flow-tenant.ts'
import { dpiaInput, entryOf, guardian } from '../../../test/governed-tenant.ts'
import { submit } from '../submit.ts'
import { planRetention, type RetentionRules, runRetention } from './retention.ts'

const dayMs = 86_400_000
const rules: RetentionRules = {
  days: { landed: 30, quarantine: 40, versions: 90 },
  types: { Site: { landed: null, versions: 20 } },
}

test('landed files, quarantine and older versions go by their rule and no hold; what is current stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-retention-'))
  const clock = manualClock('2026-02-01T09:00:00Z')
  await makeFlowTenant(folder, clock)
  let backupKeys = 0
  const destroyBackupKeys = async () => void backupKeys++
  await using tenant = await openFlowTenant(folder, clock, { destroyBackupKeys })
  const { deps } = tenant
  const blobs = async () => {
    const found: string[] = []
    for await (const { id } of deps.blobs.list()) found.push(id)
    return found.length
  }
  const kinds = async () =>
    (await runRetention(deps, rules)).map(({ kind, object }) => `${kind} ${object ?? 'vault'}`).sort()
  for (const site of ['S1', 'S2']) {
    const report = await submit(submissionOf('Site', ['id,name', `${site},North`]), deps)
    assert.equal(report.outcome, 'published', JSON.stringify(report))
  }
  const header = 'personId,nhsNumber,nhsNumberStatusIndicatorCode'
  await submit(submissionOf('Patient', [header, 'P1,9990000018,01', 'P2,,', 'P2,,']), deps)
  await submit(submissionOf('Patient', [header, 'P1,9990000018,01', 'P3,,']), deps)
  assert.equal(await blobs(), 5)
  assert.deepEqual(await kinds(), [])

  clock.advanceMs(31 * dayMs)
  await deps.ledger.append(
    entryOf('governance.hold-placed', { by: guardian, id: 'h1', objects: ['Patient'], reason: 'an inquiry' }),
  )
  assert.deepEqual(await kinds(), ['versions Site'])
  const held = (await planRetention(deps, rules)).map(({ kind, holds }) => [kind, ...holds])
  assert.deepEqual(held, [
    ['landed', 'h1'],
    ['landed', 'h1'],
  ])
  await deps.ledger.append(entryOf('governance.hold-lifted', { by: guardian, hold: 'h1', reason: 'over' }))
  assert.deepEqual(await kinds(), ['landed Patient', 'landed Patient'])
  assert.equal(await blobs(), 3)

  clock.advanceMs(60 * dayMs)
  assert.deepEqual(await kinds(), ['quarantine Patient', 'versions Patient', 'versions vault'])
  assert.deepEqual(await kinds(), [])
  assert.equal(await blobs(), 2)
  assert.equal((await lakeRows(tenant, 'Patient')).length, 2)
  assert.equal((await lakeRows(tenant, 'Site')).length, 1)
  assert.equal((await vaultRows(tenant, 'Patient', ['personId'])).length, 2)
  const named = deps.governance.catalogue().namedManifests()
  assert.deepEqual([named.lake.length, named.vault.length], [2, 1])
  const records = []
  for await (const { type, governance } of deps.ledger.entries())
    if (type === 'data.purged') records.push(governance.because)
  assert.equal(backupKeys, 3)
  assert.deepEqual(records, [{ rule: 'versions' }, { rule: 'landed' }, { rule: 'quarantine' }, { rule: 'versions' }])
  await rm(folder, { recursive: true })
})

test('a version goes when no purpose that may use it needs it any more, after notice; one that needs it for good keeps it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fdp-retention-purposes-'))
  const clock = manualClock('2026-02-01T09:00:00Z')
  await makeFlowTenant(folder, clock)
  await using tenant = await openFlowTenant(folder, clock)
  const { deps } = tenant
  for (const site of ['S1', 'S2']) await submit(submissionOf('Site', ['id,name', `${site},North`]), deps)
  const [purpose] = dpiaInput.claims[0]!.purposes
  const set = (days: number | null) =>
    deps.ledger.append(entryOf('governance.retention-set', { by: guardian, purpose: purpose!, days, reason: 'x' }))
  const plan = async () => (await planRetention(deps, null)).map((each) => [each.object, each.purpose, ...each.holds])
  clock.advanceMs(40 * dayMs)
  assert.deepEqual(await plan(), [], 'nothing is set')
  await set(10)
  clock.advanceMs(29 * dayMs)
  assert.deepEqual(await plan(), [], 'it can be objected to')
  clock.advanceMs(2 * dayMs)
  assert.deepEqual(await plan(), [['Site', purpose]])
  await set(null)
  assert.deepEqual(await plan(), [], 'needed for good')
  await set(10)
  clock.advanceMs(31 * dayMs)
  const hold = { by: guardian, id: 'h2', objects: ['Site'], reason: 'an inquiry' }
  await deps.ledger.append(entryOf('governance.hold-placed', hold))
  assert.deepEqual(await plan(), [['Site', purpose, 'h2']])
  assert.deepEqual(await runRetention(deps, null), [])
  await deps.ledger.append(entryOf('governance.hold-lifted', { by: guardian, hold: 'h2', reason: 'over' }))
  assert.equal((await runRetention(deps, null)).length, 1)
  const { governance } = await deps.ledger.entry(deps.ledger.size - 1)
  assert.deepEqual(governance.because, { rule: 'purposes', purpose })
  assert.equal((await lakeRows(tenant, 'Site')).length, 1)
  await rm(folder, { recursive: true })
})
