import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerEntry } from '#ledger'
import { openWorld, validation, validator } from '../../test/world.ts'
import { sessionsOf } from './index.ts'

test('a session whose process went away without a word is told apart from one that is open', async () => {
  await using world = await openWorld({ patients: 5 })
  const { ledger, gate } = world.tenant()
  const states = async (live: ReadonlySet<number> | null) =>
    (await sessionsOf(ledger.entries(), live)).map(({ state }) => state)
  await ledger.append({ type: 'session.opened', governance: { subject: validator, purpose: validation } })
  assert.deepEqual(await states(null), ['open-or-unseen'])
  assert.deepEqual(await states(gate.openSessions()), ['ended-unseen'])
  await world.session(validator, validation)
  assert.deepEqual(await states(gate.openSessions()), ['ended-unseen', 'open'])
  assert.deepEqual(await states(null), ['open-or-unseen', 'open-or-unseen'])

  // The next process says that it opened the ledger; then both are over, whoever looks.
  const later = async function* (): AsyncGenerator<LedgerEntry> {
    const entries = await world.entries()
    yield* entries
    yield { ...entries[0]!, index: entries.length as LedgerEntry['index'], type: 'ledger.opened', time: world.now() }
  }
  const over = await sessionsOf(later(), null)
  assert.deepEqual(
    over.map(({ state, overBy }) => [state, overBy !== null]),
    [
      ['ended-unseen', true],
      ['ended-unseen', true],
    ],
  )
})

test('closing the node ends its sessions on record', async () => {
  await using first = await openWorld({ patients: 5 })
  await first.session(validator, validation)
  await first.node.close()
  await using again = await openWorld({ home: first.home })
  assert.deepEqual(
    (await sessionsOf(again.tenant().ledger.entries(), new Set())).map(({ state }) => state),
    ['closed'],
  )
})
