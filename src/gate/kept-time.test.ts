import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock, type PurposeId, parseSubjectId } from '#kernel'
import { signAndAppend } from '#node'
import { questionOf } from '#ontology'
import { ask, errorOf, guardian, openWorld, validation, validator } from '../../test/world.ts'

const dayMs = 86_400_000

test('what newer data replaced is open for a purpose for as long as it says, and no longer; what is current always', async () => {
  const clock = manualClock('2026-03-02T09:00:00Z')
  await using world = await openWorld({ patients: 3, adapters: { clock } })
  const tenant = world.tenant()
  const asOf = tenant.ledger.size - 1
  const { RttPeriod } = world.rows()
  await world.submit('RttPeriod', RttPeriod.slice(0, -1), undefined, 1)
  const read = async (moment?: number) => {
    await using session = await world.session(validator, validation)
    const question = questionOf({ object: 'RttPeriod', select: ['statusCode'], limit: 9 })
    return (await ask(session, moment === undefined ? question : ({ ...question, asOf: moment } as never))).length
  }
  const set = (days: number | null) =>
    signAndAppend(
      tenant,
      'governance.retention-set',
      { purpose: validation as PurposeId, days, reason: 'no longer needed to validate' },
      parseSubjectId(guardian),
    )
  clock.advanceMs(5 * dayMs)
  assert.deepEqual([await read(), await read(asOf)], [2, 3], 'nothing is set')
  await set(6)
  assert.equal(await read(asOf), 3)
  clock.advanceMs(dayMs)
  const refused = await errorOf(() => read(asOf))
  assert.equal(refused.code, 'FDP_GATE_NOT_AVAILABLE')
  const entry = (await world.entries()).findLast(({ type }) => type === 'read.refused')
  assert.ok((entry!.governance.reasons as string[]).includes('purpose-time-over'))
  assert.equal(await read(), 2)
  // Evaluated, never remembered: a longer time opens it again, while it is there.
  await set(null)
  assert.equal(await read(asOf), 3)
})
