import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '#gate'
import { analyst, openWorld, planning, validation, validator } from '../../test/world.ts'
import { GateSessions, type KeptFor } from './gate-sessions.ts'

const of = (subject: string, purpose: string, more: Partial<KeptFor> = {}): KeptFor => ({
  ...{ tenant: 'alder-vale', subject, purpose, justification: undefined, browser: null },
  ...more,
})

test('a session is kept for one person, purpose, reason and browser, and for nobody else', async () => {
  await using world = await openWorld({ empty: true })
  const kept = new GateSessions()
  const seen = (who: KeptFor) => {
    const because = who.justification === undefined ? {} : { because: who.justification }
    const open = () => world.session(who.subject, who.purpose, because)
    return kept.with(who, open, (session) => session as Session)
  }
  const mine = await seen(of(validator, validation))
  assert.equal(await seen(of(validator, validation)), mine)
  const others = [
    of(validator, validation, { browser: 'a browser' }),
    of(analyst, planning, { justification: 'winter' }),
    of(analyst, planning, { justification: 'summer' }),
  ]
  const found = [mine, ...(await Promise.all(others.map(seen)))]
  assert.equal(new Set(found).size, 4)
  assert.equal(world.tenant().gate.openSessions().size, 4)
  await kept.endOf('a browser')
  assert.equal(world.tenant().gate.openSessions().size, 3)
  await kept.close()
  assert.equal(world.tenant().gate.openSessions().size, 0)
})

test('one that is in use ends when its last use does; one that could not be opened is tried again', async () => {
  await using world = await openWorld({ empty: true })
  const kept = new GateSessions()
  const open = () => world.session(validator, validation)
  await kept.with(of(validator, validation, { browser: 'b' }), open, async () => {
    await kept.endOf('b')
    assert.equal(world.tenant().gate.openSessions().size, 1)
  })
  assert.equal(world.tenant().gate.openSessions().size, 0)
  const refused = () => world.session('nobody@alder-vale.example', validation)
  await assert.rejects(kept.with(of('nobody', validation), refused, () => {}))
  await kept.with(of('nobody', validation), open, () => {})
  await kept.close()
})
