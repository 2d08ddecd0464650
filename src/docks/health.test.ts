import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmissionReport } from '#flows'
import { addDays, type DateOnly } from '#kernel'
import type { Day, DayState } from './agenda.ts'
import { type Grade, healthOf, type SignName } from './health.ts'

const first = '2026-06-01' as DateOnly
const id = 'Patient RZ1'

/** Snapshots of days one after the other with so many rows, of which so many were kept out. */
function snapshots(rows: readonly number[], more: Partial<SubmissionReport> = {}): SubmissionReport[] {
  return rows.map((published, i) => ({
    ...{ submission: `s${i}`, object: 'Patient', controller: 'RZ1' as never, asAt: addDays(first, i) },
    ...{ outcome: 'published', entry: i, repeated: false, problem: null, findings: [], unknownColumns: [] },
    ...{ quarantine: null, persons: null, labels: [], uniqueness: [] },
    rows: { read: published, quarantined: 0, published, warned: 0 },
    ...more,
  }))
}

type Grades = Readonly<Partial<Record<SignName | 'all', Grade>>>

function signsOf(
  reports: readonly SubmissionReport[],
  states: readonly DayState[] | null = null,
  columns?: string[],
): Grades {
  const days = states?.map((state, i) => ({ day: addDays(first, i), state }) as Day) ?? null
  const [health] = healthOf({
    ...{ reports, today: addDays(first, reports.length) },
    days: new Map(days === null ? [] : [[id, days]]),
    columns: new Map((columns ?? reports.map(() => 'same')).map((each, i) => [i, each])),
  })
  return { ...Object.fromEntries(health!.signs.map(({ sign, grade }) => [sign, grade])), all: health!.grade }
}

test('nothing is said of what too little is known of', () => {
  assert.deepEqual(healthOf({ reports: [], days: new Map(), columns: new Map(), today: first }), [])
  assert.deepEqual(signsOf(snapshots([100])), {
    ...{ freshness: 'unknown', volume: 'unknown', quality: 'good', schema: 'unknown', all: 'good' },
  })
})

test('a usual week is good; half as many rows, twice as many, none, are told', () => {
  const usual = [100, 101, 99, 100, 102]
  const { volume, all } = signsOf(snapshots(usual))
  assert.deepEqual([volume, all], ['good', 'good'])
  const grades = [80, 79, 50, 49, 0, 125, 126, 200, 201].map((n) => signsOf(snapshots([...usual, n])).volume)
  assert.deepEqual(grades, ['good', 'watch', 'watch', 'act', 'act', 'good', 'watch', 'watch', 'act'])
  assert.equal(signsOf(snapshots([0, 0, 0, 0])).volume, 'good')
  assert.equal(signsOf(snapshots([0, 0, 0, 1])).volume, 'act')
})

test('a corrected day counts as it stood in the end', () => {
  const wrong = snapshots([100, 100, 100, 100]).flatMap((each) => [
    { ...each, rows: { ...each.rows, published: 1 } },
    each,
  ])
  assert.equal(signsOf(wrong).volume, 'good')
})

test('rows kept out beside those that were; a file refused whole', () => {
  const kept = (quarantined: number) => ({
    rows: { read: 1_000, quarantined, published: 1_000 - quarantined, warned: 0 },
  })
  const usual = snapshots([1, 1, 1, 1], kept(20))
  const grades = [20, 30, 31, 70, 71].map(
    (n) => signsOf([...usual, { ...usual[0]!, asAt: '2026-06-09', ...kept(n) }]).quality,
  )
  assert.deepEqual(grades, ['good', 'good', 'watch', 'watch', 'act'])
  const refused = {
    outcome: 'refused',
    findings: [{ rule: 'file.empty', severity: 'FAIL', column: null, rows: 0 }],
  } as const
  assert.equal(signsOf([...usual, { ...usual[0]!, ...refused }]).quality, 'act')
})

test('columns that are others than before', () => {
  assert.equal(signsOf(snapshots([1, 1]), null, ['a', 'a']).schema, 'good')
  assert.equal(signsOf(snapshots([1, 1]), null, ['a', 'b']).schema, 'watch')
  const [before, last] = snapshots([1, 1])
  assert.equal(signsOf([before!, { ...last!, unknownColumns: [7] }]).schema, 'watch')
})

test('freshness and completeness are of the dock where there is one, else of the usual time between two', () => {
  const reports = snapshots([1, 1, 1, 1, 1])
  const of = (...states: DayState[]) => [signsOf(reports, states).freshness, signsOf(reports, states).completeness]
  assert.deepEqual(of('published', 'published', 'waiting'), ['good', 'good'])
  assert.deepEqual(of('published', 'late'), ['watch', 'good'])
  assert.deepEqual(of('refused', 'published'), ['good', 'watch'])
  assert.deepEqual(of('overdue', 'failing'), ['act', 'act'])
  const aged = (days: number) =>
    healthOf({ reports, days: new Map(), columns: new Map(), today: addDays('2026-06-05' as DateOnly, days) })[0]!
      .signs[0]!
  assert.deepEqual(
    [2, 3, 4].map((n) => aged(n).grade),
    ['good', 'watch', 'act'],
  )
})
