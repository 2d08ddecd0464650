import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DateOnly } from '#kernel'
import { lakeRows, makeFlowTenant, openFlowTenant, submissionOf } from '../../test/flow-tenant.ts'
import { submit } from './submit.ts'

const header = 'rttReturnId,period,providerCode,commissionerCode,partCode,treatmentFunctionCode,bandLowerWeeks,pathways'
const line = (period: string, pathways: number) => `${period}/x,${period},RJ1,13Q,Part_2,C_100,3,${pathways}`

test('a return stands for its day: another month stays, the same month again replaces it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openfdp-snapshot-'))
  try {
    await makeFlowTenant(folder)
    await using tenant = await openFlowTenant(folder)
    const send = (asAt: string, period: string, pathways: number) =>
      submit(submissionOf('RttReturn', [header, line(period, pathways)], { asAt: asAt as DateOnly }), tenant.deps)
    const kept = async () => (await lakeRows(tenant, 'RttReturn')).map((row) => `${row.period} ${row.pathways}`).sort()

    await send('2025-12-31', '2025-12', 5)
    await send('2026-01-31', '2026-01', 7)
    assert.deepEqual(await kept(), ['2025-12 5', '2026-01 7'])
    await send('2025-12-31', '2025-12', 6)
    assert.deepEqual(await kept(), ['2025-12 6', '2026-01 7'])
    assert.equal((await send('2026-01-31', '2026-01', 7)).repeated, true)
    assert.deepEqual(await kept(), ['2025-12 6', '2026-01 7'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
