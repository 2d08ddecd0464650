import type { JsonObject } from '#kernel'
import { type Figure, suppressedFigure } from './present.ts'
import type { MetricResult } from './run-metric.ts'

/**
 * The figures of a metric as the value of a query, as `queryTypeOf` describes it. What disclosure control suppressed is
 * null and named in `suppressed`; what is null and not named has no figure (0 of 0).
 */
export function queryValueOf(result: MetricResult): JsonObject {
  const { period, basis, population, percentileMethod, disclosure, metric, provenance } = result
  return {
    rows: result.rows.map(({ key, figures }) => ({ ...key, ...shownOf(figures), suppressed: suppressedOf(figures) })),
    period: { ...period },
    ...{ basis: basis.id, population: population.id, percentileMethod },
    ...{ disclosurePolicy: disclosure.policy, disclosureStatement: disclosure.statement },
    ...{ disclosureDeclared: disclosure.declared, counts: metric.counts, leavesOut: metric.leavesOut },
    ...{ source: metric.source, ledgerEntry: String(provenance.entry) },
  }
}

function shownOf(figures: Readonly<Record<string, Figure>>): JsonObject {
  return Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [name, figure === suppressedFigure ? null : figure]),
  )
}

function suppressedOf(figures: Readonly<Record<string, Figure>>): string[] {
  return Object.entries(figures).flatMap(([name, figure]) => (figure === suppressedFigure ? [name] : []))
}
