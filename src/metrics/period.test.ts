import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePeriod } from './period.ts'

test('what is no month is refused', () => {
  for (const text of ['2026', '2026-13', '2026-00', '26-01', '2026-1', 'January 2026', '2026-01-31', '']) {
    assert.throws(() => parsePeriod(text), { code: 'FDP_METRICS_BAD_PERIOD' })
  }
})

test('the last day of a month, leap years and December too', () => {
  const lastDays = ['2026-01', '2024-02', '2025-02', '2100-02', '2025-12', '2026-04'].map(
    (id) => parsePeriod(id).lastDay,
  )
  assert.deepEqual(lastDays, ['2026-01-31', '2024-02-29', '2025-02-28', '2100-02-28', '2025-12-31', '2026-04-30'])
})
