/*
 * Break-glass under `kill -9`: between the look-up of a patient and the entry that opens their record nothing is open;
 * killed while that entry is being written it is there whole, with its detail, or not at all.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { auditLeases } from '#audit'
import { openingsNow } from '#governance'
import { verifyLedger } from '#ledger'
import { questionOf } from '#ontology'
import { analyst, ask, errorOf, openWorld, validation } from '../world.ts'

const child = fileURLToPath(new URL('./break-glass-child.ts', import.meta.url))
const names = questionOf({ object: 'Patient', select: ['surname'], limit: 100 })
const kills = process.env.FDP_TEST_FULL ? 12 : 2

function killed(home: string, when: string): Promise<NodeJS.Signals | null> {
  const running = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', child, home, when], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((done) => running.once('close', (_, signal) => done(signal)))
}

test('killed between look-up and opening: the look-up is on record and nothing is open', async () => {
  await using first = await openWorld({ patients: 12 })
  const { home } = first
  const from = first.tenant().ledger.size
  await first.node.close()
  assert.equal(await killed(home, 'before'), 'SIGKILL')
  await using world = await openWorld({ home, patients: 12 })
  const types = (await world.entries(from)).map(({ type }) => type)
  assert.ok(types.includes('person.looked-up') && !types.includes('governance.break-glass-opened'))
  const state = world.tenant().governance.state()
  assert.equal(state.openings.size, 0)
  assert.deepEqual(openingsNow(state, world.now()), [])
  await using session = await world.session(analyst, validation)
  assert.equal((await errorOf(() => ask(session, names))).code, 'FDP_GATE_NOT_AVAILABLE')
  const { leasesWithoutEntry } = await auditLeases(world.tenant())
  assert.deepEqual(leasesWithoutEntry, [])
})

test(`${kills} kills while the opening is written: whole, or not there`, async () => {
  await using first = await openWorld({ patients: 12 })
  const { home } = first
  const surname = first.rows().Patient[3]!.surname
  await first.node.close()
  for (let kill = 0; kill < kills; kill++) {
    assert.equal(await killed(home, 'during'), 'SIGKILL')
    await using world = await openWorld({ home, patients: 12 })
    const { ledger, governance, folder, keys } = world.tenant()
    const open = openingsNow(governance.state(), world.now())
    for (const { entry } of open) assert.equal((await ledger.detail(entry)).state, 'present')
    await using session = await world.session(analyst, validation)
    const rows = await ask(session, names).catch(() => null)
    assert.deepEqual(rows, open.length > 0 ? [{ surname }] : null)
    await ledger.settle()
    const report = await verifyLedger(world.node.adapters.ledgerReader(join(folder, 'ledger')), ledger.vkey, { keys })
    assert.ok(report.ok, JSON.stringify(report.findings))
  }
})
