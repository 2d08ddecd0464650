import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runOn } from '../../test/command-line.ts'
import { openWorld } from '../../test/world.ts'

test('a trust of nobody’s making, or with too few rows, is filled with nothing', async () => {
  await using world = await openWorld({ empty: true })
  const from = world.tenant().ledger.size
  const few = await runOn(world, ['synth', 'every-type', '--rows', '20'])
  assert.equal(few.status, 2)
  assert.match(few.err, /--rows/)
  Object.assign(world.tenant().profile, { synthetic: false })
  const real = await runOn(world, ['synth', 'every-type'])
  assert.equal(real.status, 1)
  assert.match(real.err, /^FDP_CLI_NOT_SYNTHETIC/)
  assert.equal(world.tenant().ledger.size, from)
})

const long = { skip: process.env.FDP_TEST_FULL ? false : 'long: FDP_TEST_FULL=1' }

test('the economy’s first trust is filled, and again without another grant', long, async () => {
  await using world = await openWorld()
  const first = await runOn(world, ['synth', 'every-type', '--rows', '100'])
  assert.equal(first.status, 0, first.err)
  assert.equal(first.rows.length, 66)
  for (const { object, outcome, published, quarantined } of first.rows)
    assert.deepEqual([outcome, published, quarantined], ['published', 100, 0], String(object))
  const from = world.tenant().ledger.size
  const again = await runOn(world, ['synth', 'every-type', '--rows', '100'])
  assert.deepEqual(again.rows, first.rows)
  assert.equal(world.tenant().ledger.size, from)
})
