/**
 * Metrics: declared statistics. A metric is a YAML file and its SQL; it compiles to partial aggregates that merge and to
 * one finishing step, so the same declaration counts single pathways, a published return, or many tenants together.
 * Here too: the published RTT file as a source, with the checks that its publisher names; and profiles of columns.
 *
 * Promises: numbers leave only through `Session.release` of the gate, with definition, version, population, method and
 * basis beside them; what a declaration does not know is refused with file and line.
 * Never: runs SQL that a caller wrote, reads the lake by itself, or finishes a number outside the engine's one statement
 * and disclosure control.
 */

export { attachReferences, referenceName } from './attach-references.ts'
export * from './column-profile/column-profile.ts'
export { makeProfile, type ProfileInput } from './column-profile/make-profile.ts'
export * from './compare-metric.ts'
export { comparisonSql } from './comparison-sql.ts'
export * from './compile-metric.ts'
export { Declaration } from './declaration/declaration.ts'
export * from './declaration/metric-definition.ts'
export * from './declaration/parse-metric.ts'
export type { MetricFiles } from './declaration/read-basis.ts'
export { readMap } from './declaration/read-values.ts'
export { fail as metricErrors } from './errors.ts'
export { type MeasureSqlInput, measureSql } from './measure-sql.ts'
export * from './metric-test.ts'
export * from './period.ts'
export * from './present.ts'
export * from './query-type.ts'
export { queryValueOf } from './query-value.ts'
export * from './rtt/official-checks.ts'
export * from './rtt/official-file.ts'
export * from './rtt/official-layout.ts'
export * from './rtt/official-mapping.ts'
export { readOfficialHead } from './rtt/preamble.ts'
export { type MetricResult, runMetric } from './run-metric.ts'
export * from './template.ts'
