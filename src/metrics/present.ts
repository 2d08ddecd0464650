import type { DisclosedValue } from '#privacy'
import type { CompiledMetric } from './compile-metric.ts'
import { columnOf, type Measure } from './declaration/metric-definition.ts'

/** One figure as it is shown: a number (per cent to two decimals), `104+`, `*` for suppressed, null for none. */
export type Figure = number | string | null

/** Where disclosure control held a figure back. */
export const suppressedFigure = '*'

export interface MetricRow {
  readonly key: Readonly<Record<string, string | number | null>>
  readonly figures: Readonly<Record<string, Figure>>
}

/** Disclosed cells as rows, in the order of their keys, classes as numbers. */
export function presentRows(
  compiled: CompiledMetric,
  cells: readonly {
    readonly key: Readonly<Record<string, string | null>>
    readonly measures: Readonly<Record<string, DisclosedValue>>
  }[],
): MetricRow[] {
  const { distribution, measures } = compiled.metric.definition
  const classColumn = columnOf(distribution.dimension)
  const rows = cells.map((cell) => ({
    key: Object.fromEntries(
      compiled.keys.map((key) => [key, key === classColumn ? Number(cell.key[key]) : (cell.key[key] ?? null)]),
    ),
    figures: Object.fromEntries(
      Object.entries(cell.measures).map(([name, value]) => [
        name,
        formatFigure(measures[name]?.kind, value, compiled.openFrom),
      ]),
    ),
  }))
  return rows.sort((a, b) => compareKeys(compiled.keys, a.key, b.key))
}

function formatFigure(kind: Measure['kind'] | undefined, value: DisclosedValue, openFrom: number): Figure {
  if (kind === 'percentile') return percentileFigure(value, openFrom)
  const plain = figure(value)
  return kind === 'ratio' && typeof plain === 'number' ? Math.round(plain * 100) / 100 : plain
}

function figure(value: DisclosedValue): Figure {
  if (value.shown === 'value') return value.value
  return value.shown === 'suppressed' ? suppressedFigure : null
}

/** Weeks with one decimal as text, so that `7.0` keeps its precision and the open class can say so. */
function percentileFigure(value: DisclosedValue, openFrom: number): Figure {
  if (value.shown !== 'value') return figure(value)
  return value.value > openFrom ? `${openFrom}+` : value.value.toFixed(1)
}

function compareKeys(keys: readonly string[], a: MetricRow['key'], b: MetricRow['key']): number {
  for (const key of keys) {
    const [left, right] = [a[key] ?? '', b[key] ?? '']
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}
