import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorld, validation, validator } from '../../test/world.ts'
import { sessionsOf } from './index.ts'

test('a session whose process went away without a word is told apart from one that is open', async () => {
  await using world = await openWorld({ patients: 5 })
  const { ledger, gate } = world.tenant()
  const governance = { subject: validator, purpose: validation, since: 1 }
  await ledger.append({ type: 'session.opened', governance })
  const alone = async () => (await sessionsOf(ledger.entries(), null)).map(({ state }) => state)
  assert.deepEqual(await alone(), ['open-or-unseen'])
  assert.deepEqual(
    (await sessionsOf(ledger.entries(), gate.openSessions())).map(({ state }) => state),
    ['ended-unseen'],
  )
  await world.session(validator, validation)
  await ledger.append({ type: 'session.opened', governance: { ...governance, since: ledger.size } })
  assert.deepEqual(await alone(), ['ended-unseen', 'ended-unseen', 'open-or-unseen'])
})
