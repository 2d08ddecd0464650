import { nearest } from '#contracts'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import type { MeasureKind } from '#privacy'
import { referenceName } from './attach-references.ts'
import { type Basis, columnOf, type MetricDefinition } from './declaration/metric-definition.ts'
import { isWholeCount } from './declaration/read-measures.ts'
import { fail } from './errors.ts'
import { measureSql } from './measure-sql.ts'
import { type Period, parsePeriod } from './period.ts'
import { type DerivedColumn, dateSql, fillTemplate } from './template.ts'

/** A metric together with what its product lends it. */
export interface LoadedMetric {
  readonly definition: MetricDefinition
  readonly derived: Readonly<Record<string, DerivedColumn>>
  readonly references: Readonly<Record<string, ReferenceTable>>
}

/** A small table that ships with the product; columns as the engine takes them. */
export interface ReferenceTable {
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly values: readonly (string | null)[]
  }[]
}

export interface MetricParameters {
  /** `2026-01`. */
  readonly period: string
  /** Name of a basis; the first declared if left out. */
  readonly basis?: string
  readonly population?: string
  /** Dimensions to break down by, the distribution's classes among them; none: one figure. */
  readonly by?: readonly string[]
}

export interface CompiledMetric {
  readonly metric: LoadedMetric
  readonly period: Period
  readonly basisName: string
  readonly basis: Basis
  readonly populationName: string
  readonly by: readonly string[]
  /** Last, open class of the distribution in this period and basis. */
  readonly openFrom: number
  readonly keys: readonly string[]
  readonly measures: Readonly<Record<string, MeasureKind>>
  readonly geography: 'national' | 'subnational'
  /** Rows `dimension…, class, count`, one for each combination: what adds up across bases and tenants before it is finished. */
  readonly partial: (relations: Readonly<Record<string, Sql>>) => Sql
  /** Finished numbers only. */
  readonly build: (relations: Readonly<Record<string, Sql>>) => Sql
}

/** Checks the parameters against the declaration (FDP_METRICS_UNKNOWN_CHOICE, FDP_METRICS_BAD_PERIOD) and makes one statement. */
export function compileMetric(metric: LoadedMetric, parameters: MetricParameters): CompiledMetric {
  const { definition } = metric
  const period = parsePeriod(parameters.period)
  const classes = definition.distribution.dimension
  const basisName = choose(definition.id, 'basis', parameters.basis, Object.keys(definition.bases))
  const populationName = choose(definition.id, 'population', parameters.population, Object.keys(definition.populations))
  const dimensions = [...Object.keys(definition.dimensions), classes]
  const by = (parameters.by ?? []).map((name) => choose(definition.id, 'dimension', name, dimensions))
  const basis = definition.bases[basisName]!
  const openFrom = openClass(definition, period, basisName)
  const keys = dimensions.filter((name) => by.includes(name)).map(columnOf)
  // Along the classes themselves a percentile or a sum of classes says nothing: only whole counts stay.
  const measures = Object.entries(definition.measures).filter(
    ([, measure]) => !by.includes(classes) || isWholeCount(measure),
  )
  const whole = wholeCount(definition)
  const counted = (relations: Readonly<Record<string, Sql>>) =>
    fillTemplate(basis.sql, {
      relations: { ...relations, ...referenceSql(metric, basis) },
      parameters: { period: sql`${period.id}`, last_day: dateSql(period.lastDay) },
      derived: metric.derived,
    })
  return {
    metric,
    period,
    basisName,
    basis,
    populationName,
    by,
    openFrom,
    keys,
    measures: Object.fromEntries(measures.map(([name, measure]) => [name, kindOf(measure, whole)])),
    geography: by.some((name) => definition.dimensions[name]?.subnational) ? 'subnational' : 'national',
    partial: (relations) => partialSql(definition, counted(relations)),
    build: (relations) =>
      measureSql({
        counted: counted(relations),
        keys,
        classColumn: columnOf(classes),
        countColumn: definition.distribution.count,
        openFrom,
        where: populationSql(definition, populationName),
        measures: Object.fromEntries(measures),
      }),
  }
}

function partialSql({ dimensions, distribution }: MetricDefinition, counted: Sql): Sql {
  const columns = joinSql([...Object.keys(dimensions), distribution.dimension].map(columnOf).map(ident), ', ')
  const count = ident(distribution.count)
  return sql`select ${columns}, cast(sum(${count}) as bigint) as ${count} from (${counted}) group by ${columns}`
}

function referenceSql({ references }: LoadedMetric, basis: Basis): Record<string, Sql> {
  return Object.fromEntries(
    Object.entries(basis.references).map(([name, table]) => [name, ident(referenceName(table, references[table]!))]),
  )
}

function choose(metric: string, what: string, given: string | undefined, known: readonly string[]): string {
  const found = given === undefined ? known[0] : known.find((name) => name === given)
  if (found !== undefined) return found
  const near = nearest(given ?? '', known)
  throw fail('FDP_METRICS_UNKNOWN_CHOICE', {
    metric,
    what,
    given: (given ?? '').slice(0, 80),
    suggestion: near ? `did you mean \`${near}\`? ` : '',
    known: known.join(', '),
  })
}

function wholeCount(definition: MetricDefinition): string {
  const found = Object.entries(definition.measures).find(([, measure]) => isWholeCount(measure))
  if (!found) throw new Error(`the metric ${definition.id} has no count over all classes`)
  return found[0]
}

function kindOf(measure: MetricDefinition['measures'][string], whole: string): MeasureKind {
  switch (measure.kind) {
    case 'count':
      return { kind: 'person-count' }
    case 'ratio':
      return { kind: 'ratio', numerator: measure.numerator, denominator: measure.denominator }
    case 'percentile':
      return { kind: 'percentile', population: whole }
  }
}

/** Only a return can have been cut off lower; records of single pathways carry their dates. */
function openClass(definition: MetricDefinition, period: Period, basis: string): number {
  const { earlier, openFrom } = definition.distribution
  if (basis !== 'return') return openFrom
  return earlier.find((layout) => period.id <= layout.until)?.openFrom ?? openFrom
}

function populationSql(definition: MetricDefinition, population: string): Sql {
  const tests = Object.entries(definition.populations[population]!.without).map(([dimension, values]) => {
    const list = joinSql(
      values.map((value) => sql`${value}`),
      ', ',
    )
    return sql`${ident(columnOf(dimension))} not in (${list})`
  })
  return tests.length === 0 ? rawSql('true') : joinSql(tests, ' and ')
}
