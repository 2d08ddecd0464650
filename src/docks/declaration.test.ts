import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DateOnly, Instant } from '#kernel'
import { dockYaml } from '../../test/dock-yaml.ts'
import { replacesAll } from './declaration.ts'
import { type Dock, parseDock } from './index.ts'
import { daysUpTo, deadlineOf, nameOfDay, opensOf } from './schedule.ts'

test('refused: a declaration that is not right, by its place and without its text', () => {
  const wrong: Readonly<Record<string, string>> = {
    'line 1': 'object: Patient\n  secret: [',
    secret: dockYaml({ secret: 'x' }),
    object: dockYaml({ object: 'secret' }),
    drop: dockYaml({ drop: 'secret/folder' }),
    files: dockYaml({ files: 'secret.csv' }),
    opens: dockYaml({ opens: '"11:00"' }),
    dueBy: dockYaml({ dueBy: '"25:00"' }),
    by: dockYaml({ by: 'a secret one' }),
    since: dockYaml({ since: '"2026-02-30"' }),
    daysBack: dockYaml({ daysBack: 0 }),
    view: dockYaml({ view: 'secret.json' }),
    connection: dockYaml({ drop: null, files: null, ask: 'secret.sql' }),
    ask: dockYaml({ connection: 'pas', ask: 'secret.sql' }),
    everyMinutes: dockYaml({ everyMinutes: 15 }),
    manifest: dockYaml({ manifest: '"secret_{date}.json"', sums: true }),
  }
  for (const [where, text] of Object.entries(wrong)) {
    assert.throws(
      () => parseDock('patients', text),
      (error: { code?: string; params?: Record<string, unknown>; message?: string }) => {
        assert.deepEqual([error.code, error.params?.where], ['FDP_DOCK_DECLARATION', where])
        assert.ok(where === 'secret' || !error.message?.includes('secret'), error.message)
        return true
      },
    )
  }
  for (const text of ['', '[]', '"secret"', '{']) {
    assert.throws(() => parseDock('x', dockYaml({ view: 'a.json' }), () => text), { code: 'FDP_DOCK_DECLARATION' })
  }
  assert.throws(() => parseDock('x', dockYaml({ drop: null })), { code: 'FDP_DOCK_DECLARATION' })
  for (const text of ['', ' \n', 'x'.repeat(100_001)]) {
    const asks = dockYaml({ drop: null, files: null, connection: 'pas', ask: 'a.sql' })
    assert.throws(() => parseDock('x', asks, () => text), { code: 'FDP_DOCK_DECLARATION' })
  }
  assert.throws(() => parseDock('x', dockYaml({ view: '../a.json' }), () => '{}'), { code: 'FDP_DOCK_DECLARATION' })
  assert.throws(() => parseDock('x', `a: &a [1]\n${dockYaml({ daysBack: '*a' })}`), { code: 'FDP_DOCK_DECLARATION' })
})

const dockOf = (more: Readonly<Record<string, unknown>> = {}): Dock => parseDock('patients', dockYaml(more))
const days = (dock: Dock, now: string) => daysUpTo(dock, now as Instant)
const day = (text: string) => text as DateOnly

test('windows and deadlines are of London clocks, in summer and winter and on the days between', () => {
  const dock = dockOf({ since: '"2026-01-01"' })
  const of = (text: string) => [opensOf(dock, day(text)), deadlineOf(dock, day(text))]
  assert.deepEqual(of('2026-01-31'), ['2026-02-01T02:00:00.000Z', '2026-02-01T11:00:00.000Z'])
  assert.deepEqual(of('2026-06-30'), ['2026-07-01T01:00:00.000Z', '2026-07-01T10:00:00.000Z'])
  assert.deepEqual(of('2026-03-28'), ['2026-03-29T01:00:00.000Z', '2026-03-29T10:00:00.000Z'])
  assert.deepEqual(of('2026-10-24'), ['2026-10-25T02:00:00.000Z', '2026-10-25T11:00:00.000Z'])
  const sameDay = dockOf({ about: 'same-day' })
  assert.equal(deadlineOf(sameDay, day('2026-06-30')), '2026-06-30T10:00:00.000Z')
})

test('the days that are looked at begin with the first, end with the last whose window opened, and leave out weekends if none is due', () => {
  assert.deepEqual(days(dockOf(), '2026-06-01T12:00:00.000Z'), [])
  assert.deepEqual(days(dockOf(), '2026-06-02T00:59:00.000Z'), [])
  assert.deepEqual(days(dockOf(), '2026-06-02T01:00:00.000Z'), ['2026-06-01'])
  assert.deepEqual(days(dockOf({ daysBack: 2 }), '2026-06-09T12:00:00.000Z'), ['2026-06-07', '2026-06-08'])
  // 2026-06-05 is a Friday, delivered on Saturday; Sunday's comes on Monday.
  const weekdays = days(dockOf({ weekdays: 'monday-to-friday' }), '2026-06-09T12:00:00.000Z')
  assert.deepEqual(weekdays, ['2026-06-01', '2026-06-02', '2026-06-03', '2026-06-04', '2026-06-07', '2026-06-08'])
})

test('a day has one name', () => {
  assert.equal(nameOfDay('ptl_{date}.csv', day('2026-06-01')), 'ptl_2026-06-01.csv')
  assert.equal(nameOfDay('{yyyymmdd}', day('2026-06-01')), '20260601')
})

test('figures of one publication leave those of another where they are, whatever day they come on', () => {
  assert.deepEqual(
    ['Patient', 'OfficialFigure'].map((object) => replacesAll({ object, kind: 'snapshot' })),
    [true, false],
  )
  assert.equal(replacesAll({ object: 'Patient', kind: 'events' }), false)
})
