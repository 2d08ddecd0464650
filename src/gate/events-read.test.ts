import assert from 'node:assert/strict'
import { test } from 'node:test'
import { submit } from '#flows'
import { addDays, type EntryIndex, type PurposeId, parseSubjectId } from '#kernel'
import { questionOf } from '#ontology'
import { csvSource } from '#synthetic'
import { ask, manager, openWorld, validation, validator } from '../../test/world.ts'

/** In the full run: each of so many days is a delivery. */
const runs = process.env.FDP_TEST_FULL === '1' ? [8] : []

for (const days of runs)
  test('events of many days, one file merged and others not, are read like a snapshot, and as they were', async () => {
    await using world = await openWorld({ patients: 12 })
    const { flows, profile, ledger } = world.tenant()
    const rows = world.rows().RttPeriod
    const deliver = (n: number, some: readonly Readonly<Record<string, string>>[]) =>
      submit(
        {
          ...{ object: 'RttPeriod', controller: profile.controller, asAt: addDays(world.today, n), mode: 'events' },
          ...{ subject: parseSubjectId(manager), purpose: 'data-intake' as PurposeId },
          source: csvSource('x.csv', some, { delimiter: ',', encoding: 'utf8' }),
        },
        flows,
      )
    for (let n = 1; n <= days; n++) await deliver(n, [{ ...rows[n]!, treatmentFunctionCode: '150' }])
    const manifest = world.tenant().governance.catalogue().lakeManifest('RttPeriod')!
    const { files } = await flows.lake.version(manifest)
    assert.ok(files.some(({ from }) => from !== undefined) && files.some(({ from }) => from === undefined))
    const before = ledger.size - 1
    await deliver(9, [{ ...rows[9]!, treatmentFunctionCode: '150' }])
    await using session = await world.session(validator, validation)
    const question = questionOf({ object: 'RttPeriod', select: ['rttPeriodId', 'treatmentFunctionCode'], limit: 100 })
    const changed = async (more: { asOf?: EntryIndex } = {}) => {
      const found = await ask(session, { ...question, ...more })
      assert.equal(found.length, rows.length)
      return found.filter(({ treatmentFunctionCode }) => treatmentFunctionCode === '150').length
    }
    assert.equal(await changed(), 9)
    assert.equal(await changed({ asOf: before as EntryIndex }), 8)
  })
