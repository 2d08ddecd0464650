import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { openDuckdbEngine } from '#adapters/engine-duckdb'
import { ident, sql } from '#kernel'
import { measureSql } from '#metrics'
import type { Engine } from '#ports'
import { fc } from '../random.ts'
import { sharedPath, skipWithoutShared } from '../shared-data.ts'

/** The published method, straight from the bands and in fractions of whole numbers; halves up, one decimal. */
function percentileOf(bands: readonly number[], percent: number): string | null {
  const whole = bands.reduce((sum, n) => sum + n, 0)
  let below = 0
  for (const [band, n] of bands.entries()) {
    if (n > 0 && (below + n) * 100 >= whole * percent) {
      if (band === bands.length - 1) return `${band}+`
      const hundredths = whole * percent - below * 100
      return (Math.floor((band * 10 * n * 100 + hundredths * 10 + n * 50) / (n * 100)) / 10).toFixed(1)
    }
    below += n
  }
  return null
}

async function byEngine(engine: Engine, bands: readonly (readonly number[])[], percents: readonly [number, number]) {
  const cells = bands.flatMap((row, id) => row.flatMap((n, band) => (n > 0 ? [{ id, band, n }] : [])))
  await engine.registerEphemeral('given_cells', {
    columns: (['id', 'band', 'n'] as const).map((name) => ({
      name,
      type: 'BIGINT',
      values: cells.map((cell) => cell[name]),
    })),
  })
  const [first, second] = percents
  const statement = measureSql({
    counted: sql`select id, band, n as number from ${ident('given_cells')}`,
    keys: ['id'],
    classColumn: 'band',
    countColumn: 'number',
    openFrom: (bands[0]?.length ?? 1) - 1,
    where: sql`true`,
    measures: {
      first: { kind: 'percentile', title: '', percent: first },
      second: { kind: 'percentile', title: '', percent: second },
    },
  })
  const open = (bands[0]?.length ?? 1) - 1
  const text = (value: unknown) =>
    value === null ? null : Number(value) > open ? `${open}+` : Number(value).toFixed(1)
  const rows = await engine.rows(statement)
  return new Map(rows.map((row) => [Number(row.id), [text(row.first), text(row.second)]]))
}

const openEngine = () => openDuckdbEngine({ memoryLimitMb: 512, threads: 1, tempDirectory: null })

test('the published medians and 95th percentiles of October 2025 come out, but for two ties', async (t) => {
  if (skipWithoutShared(t)) return
  const text = await readFile(sharedPath('data/rtt/admitted_provider_oct25.csv'), 'utf8')
  const [header, ...lines] = text
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\r?\n/)
    .map(fields)
  const bandAt = header!.flatMap((name, i) => (/^>|^104 plus$/.test(name) ? [i] : []))
  assert.equal(bandAt.length, 105)
  const rows = lines
    .map((line) => {
      // The header names one column fewer than the rows have: total, median and 95th percentile stand before the date.
      const [total, median, percentile] = line.slice(-4, -1)
      return {
        bands: bandAt.map((i) => number(line[i])),
        total: number(total),
        published: [median!.trim(), percentile!.trim()],
      }
    })
    // Rows below the publisher's threshold show a hyphen; in a few the bands do not add up to the total.
    .filter((row) => !row.published.includes('-') && row.bands.reduce((a, b) => a + b, 0) === row.total)
  assert.ok(rows.length > 1_500, `only ${rows.length} rows to compare`)
  await using engine = await openEngine()
  const found = await byEngine(
    engine,
    rows.map((row) => row.bands),
    [50, 95],
  )
  const differing = rows.flatMap((row, i) =>
    found.get(i)?.join() === row.published.join() ? [] : [[i, found.get(i), row.published]],
  )
  // Exact halves (7.35, 8.35), which the publisher's floating point left just below the half. Every other tie agrees.
  assert.deepEqual(
    differing.map(([, ...pair]) => pair),
    [
      [
        ['0.8', '7.4'],
        ['0.8', '7.3'],
      ],
      [
        ['0.7', '8.4'],
        ['0.7', '8.3'],
      ],
    ],
  )
})

test('the engine and the independent calculation agree on any bands', async () => {
  await using engine = await openEngine()
  const row = fc.array(fc.oneof(fc.constant(0), fc.nat(9), fc.nat(50_000)), { minLength: 105, maxLength: 105 })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 20, maxLength: 20 }), async (bands) => {
      const found = await byEngine(engine, bands, [50, 92])
      for (const [i, each] of bands.entries()) {
        const expected = [percentileOf(each, 50), percentileOf(each, 92)]
        assert.deepEqual(found.get(i) ?? [null, null], expected)
      }
    }),
    { numRuns: 15 },
  )
})

function fields(line: string): string[] {
  return [...line.matchAll(/(?:"([^"]*)"|([^,]*))(?:,|$)/g)].map((match) => match[1] ?? match[2] ?? '').slice(0, -1)
}

function number(text: string | undefined): number {
  const value = Number((text ?? '').replace(/[, ]/g, '').replace(/^-$/, '0'))
  assert.ok(Number.isSafeInteger(value))
  return value
}
