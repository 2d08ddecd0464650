import type { JsonObject } from '#kernel'
import type { LoadedMetric } from './compile-metric.ts'
import { columnOf, type Measure, type MetricDefinition } from './declaration/metric-definition.ts'

/*
 * A metric as a query of the Ontology API: its metadata in the form of the wire (QueryTypeV2), as `@osdk/client` 2.22.0
 * reads it.
 */

type DataType = JsonObject

const string: DataType = { type: 'string' }
const array = (subType: DataType): DataType => ({ type: 'array', subType })
const optional = (type: DataType): DataType => ({ type: 'union', unionTypes: [type, { type: 'null' }] })
const struct = (fields: Readonly<Record<string, DataType>>): DataType => ({
  type: 'struct',
  fields: Object.entries(fields).map(([name, fieldType]) => ({ name, fieldType })),
})

/** `rtt-incomplete` → `rttIncomplete`. */
export function queryNameOf({ definition }: LoadedMetric): string {
  return columnOf(definition.id)
}

/** A metric counts its versions; a query has three numbers. */
export function queryVersionOf({ definition }: LoadedMetric): string {
  return `${definition.version}.0.0`
}

/** The bases over which somebody may run it, the return first where there is one; `readable`: whether they may use a relation. */
export function usableBases(
  { definition }: LoadedMetric,
  readable: (object: string, columns: readonly string[]) => boolean,
): readonly string[] {
  const names = Object.entries(definition.bases)
    .filter(([, basis]) => Object.values(basis.relations).every(({ object, columns }) => readable(object, columns)))
    .map(([name]) => name)
  return [...names.filter((name) => name === 'return'), ...names.filter((name) => name !== 'return')]
}

/** `bases`: those that the caller may use. */
export function queryTypeOf(metric: LoadedMetric, bases: readonly string[], rid: string): JsonObject {
  const { definition } = metric
  const { title, counts, leavesOut } = definition
  return {
    ...{ apiName: queryNameOf(metric), displayName: title, rid, version: queryVersionOf(metric), typeReferences: {} },
    description: `${counts} Leaves out: ${leavesOut}`,
    parameters: {
      period: { description: 'The month, for example 2026-01.', dataType: string },
      basis: { description: `One of ${bases.join(', ')}; the first if left out.`, dataType: optional(string) },
      population: { description: choiceOf(Object.keys(definition.populations)), dataType: optional(string) },
      by: {
        description: `What to break the figures down by, any of ${dimensionsOf(definition).join(', ')}; one figure if left out.`,
        dataType: optional(array(string)),
      },
    },
    output: outputOf(definition),
  }
}

export function dimensionsOf({ dimensions, distribution }: MetricDefinition): readonly string[] {
  return [...Object.keys(dimensions), distribution.dimension]
}

function choiceOf(names: readonly string[]): string {
  return `One of ${names.join(', ')}; the first if left out.`
}

/** As `queryValueOf` makes it. */
function outputOf(definition: MetricDefinition): DataType {
  const { dimensions, distribution, measures } = definition
  const keys = Object.keys(dimensions).map((name) => [columnOf(name), optional(string)] as const)
  const figures = Object.entries(measures).map(([name, { kind }]) => [name, optional(figureType(kind))] as const)
  return struct({
    rows: array(
      struct({
        ...Object.fromEntries(keys),
        [columnOf(distribution.dimension)]: optional({ type: 'integer' }),
        ...Object.fromEntries(figures),
        suppressed: array(string),
      }),
    ),
    period: struct({ id: string, firstDay: { type: 'date' }, lastDay: { type: 'date' } }),
    ...{ basis: string, population: string, percentileMethod: string },
    ...{ disclosurePolicy: string, disclosureStatement: string, disclosureDeclared: string },
    ...{ counts: string, leavesOut: string, source: string },
    ledgerEntry: { type: 'long' },
  })
}

/** Percentiles are texts: `7.0` keeps its decimal, and the open class says `104+`. */
function figureType(kind: Measure['kind']): DataType {
  return kind === 'percentile' ? string : { type: 'double' }
}
