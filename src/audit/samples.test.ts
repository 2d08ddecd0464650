import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { addMs, type DateOnly, dateOf, isFdpError, manualClock, parseSubjectId, type SubjectId } from '#kernel'
import { auditOf, publicBook } from '#node'
import { analyst, day, errorOf, guardian, openWorld, owner, planning, type World } from '../../test/world.ts'
import { drawSample, inLine, reasonFor, reviewSample, sampleOf, samplesOf, signAudit } from './index.ts'

const by = (person: string) => parseSubjectId(person) as SubjectId

describe('sampled justifications', () => {
  const clock = manualClock('2026-03-02T09:00:00Z')
  let world: World
  const deps = () => auditOf(world.tenant())
  const today = () => dateOf(clock.now()) as DateOnly

  before(async () => {
    world = await openWorld({ empty: true, adapters: { clock } })
    for (let i = 0; i < 20; i++) await (await world.session(analyst, planning, { because: `reason ${i}` })).close()
  })
  after(() => world[Symbol.asyncDispose]())

  test('are not drawn while the day lasts, nor while nothing followed it', async () => {
    const drawn = await errorOf(() => drawSample(deps(), by(guardian), today()))
    assert.ok(isFdpError(drawn, 'FDP_AUDIT_DAY_NOT_OVER'))
    clock.advanceMs(day)
    assert.ok(
      isFdpError(
        await errorOf(() => drawSample(deps(), by(guardian), dateOf(addMs(clock.now(), -day)))),
        'FDP_AUDIT_DAY_NOT_OVER',
      ),
    )
  })

  test('are the same whoever draws, and once', async () => {
    await (await world.session(analyst, planning)).close()
    const yesterday = dateOf(addMs(clock.now(), -day))
    const sample = await drawSample(deps(), by(guardian), yesterday)
    assert.deepEqual([sample.population, sample.entries.length], [20, 5])
    assert.deepEqual(await sampleOf(deps(), yesterday), sample)
    assert.ok(isFdpError(await errorOf(() => drawSample(deps(), by(owner), yesterday)), 'FDP_AUDIT_CASE_EXISTS'))
    assert.equal((await samplesOf(deps()))[0]!.honest, true)
  })

  test('a sample that somebody picked shows as such', async () => {
    const [{ entries, outcomes: _, open: __, honest: ___, ...drawn } = { entries: [] } as never] = await samplesOf(
      deps(),
    )
    const yesterday = `sample-${today()}`
    await signAudit(deps(), 'audit.sample-drawn', { ...drawn, by: by(owner), id: yesterday, entries: entries.slice(1) })
    clock.advanceMs(day)
    await (await world.session(analyst, planning)).close()
    assert.deepEqual(
      (await samplesOf(deps())).map(({ honest }) => honest),
      [true, false],
    )
  })

  test('are reviewed by an officer who is not the reader nor in line with them, each once', async () => {
    const [sample] = await samplesOf(deps())
    const of = { sample: sample!.id, entry: sample!.entries[0]! }
    const review = (who: string) => reviewSample(deps(), { ...of, by: by(who), outcome: 'acceptable' }, 'as planned')
    assert.ok(isFdpError(await errorOf(() => review(analyst)), 'FDP_AUDIT_OWN_LINE'))
    const clerk = await world.hire()
    assert.ok(isFdpError(await errorOf(() => review(clerk)), 'FDP_AUDIT_NOT_ENTITLED'))
    assert.match(await reasonFor(deps(), { ...of, by: by(guardian) }), /^reason \d+$/)
    await review(guardian)
    assert.ok(isFdpError(await errorOf(() => review(guardian)), 'FDP_AUDIT_NO_SAMPLE'))
    const [{ outcomes, open }] = (await samplesOf(deps())) as [Awaited<ReturnType<typeof samplesOf>>[number]]
    assert.deepEqual([outcomes.acceptable, open.length], [1, 4])
    const shown = (await world.entries()).filter(({ type }) => type === 'audit.reason-shown')
    assert.equal(shown.length, 1)
  })

  test('and the public is told how many were drawn and what the reviews said', async () => {
    const { audits } = (await publicBook(world.tenant(), clock)).document
    assert.ok(audits.drawn >= 5)
    assert.deepEqual([audits.reviewed, audits.outcomes.acceptable], [1, 1])
  })

  test('a line is whoever leads or is led, however far', () => {
    const state = world.tenant().governance.state()
    const managed = (of: Record<string, string>) => ({
      ...state,
      persons: Object.entries(of).reduce(
        (persons, [id, manager]) => persons.set(id, { ...persons.get(guardian)!, id: by(id), manager } as never),
        state.persons,
      ),
    })
    const line = managed({ a: 'b', b: 'c', c: 'a', d: 'e' })
    assert.deepEqual(
      [inLine(line, 'a', 'c'), inLine(line, 'c', 'a'), inLine(line, 'd', 'a'), inLine(line, 'd', 'd')],
      [true, true, false, true],
    )
  })
})
