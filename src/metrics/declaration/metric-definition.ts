/** A statistic as its YAML file declares it (spec/metric.md), checked and with its SQL beside it. */
export interface MetricDefinition {
  readonly id: string
  readonly version: number
  readonly title: string
  /** What is counted, and what is not, in words for the reader of the number. */
  readonly counts: string
  readonly leavesOut: string
  readonly source: string
  readonly dimensions: Readonly<Record<string, Dimension>>
  readonly distribution: Distribution
  /** The first is the default. */
  readonly populations: Readonly<Record<string, Population>>
  readonly bases: Readonly<Record<string, Basis>>
  readonly measures: Readonly<Record<string, Measure>>
  readonly percentileMethod: string
  /** The disclosure policy its publication is meant for; what a release really passed is on the release. */
  readonly disclosure: string
  readonly tests: readonly MetricTest[]
}

export interface Dimension {
  readonly title: string
  /** True if a figure by this dimension is about a place or an organisation and not the whole nation. */
  readonly subnational: boolean
}

/** Whole-number classes along which pathways are counted; the last is open. */
export interface Distribution {
  /** Name of the classes as a dimension, `week-band`. */
  readonly dimension: string
  readonly title: string
  /** Column of the partial that holds the number in a class. */
  readonly count: string
  readonly openFrom: number
  /** Earlier layouts, whose last class was lower: valid up to and with a period. Ascending. */
  readonly earlier: readonly { readonly until: string; readonly openFrom: number }[]
}

export interface Population {
  readonly title: string
  /** Values of a dimension that do not belong to it. */
  readonly without: Readonly<Record<string, readonly string[]>>
}

/** A way to the same partial: one row for each combination of dimensions and class. */
export interface Basis {
  readonly title: string
  readonly sqlFile: string
  readonly sql: string
  readonly relations: Readonly<Record<string, { readonly object: string; readonly columns: readonly string[] }>>
  /** Name in the SQL → reference table of the product. */
  readonly references: Readonly<Record<string, string>>
}

export type Measure =
  | { readonly kind: 'count'; readonly title: string; readonly from: number | null; readonly to: number | null }
  | { readonly kind: 'ratio'; readonly title: string; readonly numerator: string; readonly denominator: string }
  | { readonly kind: 'percentile'; readonly title: string; readonly percent: number }

export type CellValue = string | number | boolean | null

export interface MetricTest {
  readonly name: string
  readonly basis: string
  readonly period: string
  readonly by: readonly string[]
  readonly population: string | null
  readonly given: Readonly<Record<string, readonly Readonly<Record<string, CellValue>>[]>>
  readonly expected: readonly Readonly<Record<string, CellValue>>[]
}

/** `treatment-function` → `treatmentFunction`: the column of a dimension. */
export function columnOf(dimension: string): string {
  return dimension.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
