import type { PropertyType } from '#contracts'
import { rawSql, type Sql, sql } from '#kernel'
import { ontologyErrors } from '../errors.ts'
import type { Expression } from '../object-set/values.ts'
import { dayTypes, numberTypes } from './field.ts'
import type { Metric } from './wire.ts'

const single: readonly PropertyType[] = ['text', 'boolean', ...numberTypes, ...dayTypes]

const takes: Readonly<Record<Exclude<Metric['type'], 'count'>, readonly PropertyType[]>> = {
  ...{ min: [...numberTypes, ...dayTypes], max: [...numberTypes, ...dayTypes] },
  ...{ sum: numberTypes, avg: numberTypes, approximatePercentile: numberTypes },
  ...{ exactDistinct: single, approximateDistinct: single },
}

/** FDP_ONTOLOGY_METRIC where the figure cannot be made of values of this type. */
export function checkMetric(metric: Metric, type: PropertyType | null): void {
  if (metric.type === 'count' || (type && takes[metric.type].includes(type))) return
  throw ontologyErrors('FDP_ONTOLOGY_METRIC', { metric: metric.type, property: metric.field })
}

/**
 * A figure over the rows of a group; `value` is the column with the values. Numbers are doubles. Distinct values and
 * percentiles are exact: approximate is what the API lets them be.
 */
export function metricSql(metric: Metric, { type, value }: Expression): Expression {
  switch (metric.type) {
    case 'count':
      return { type: 'integer', value: rawSql('count(*)') }
    case 'min':
    case 'max': {
      const found = sql`${rawSql(metric.type)}(${value})`
      return dayTypes.includes(type) ? { type, value: found } : double(found)
    }
    case 'sum':
    case 'avg':
      return double(sql`${rawSql(metric.type)}(${value})`)
    case 'exactDistinct':
    case 'approximateDistinct':
      return { type: 'integer', value: sql`count(DISTINCT ${value})` }
    case 'approximatePercentile':
      return double(sql`quantile_cont(CAST(${value} AS DOUBLE), ${rawSql(String(metric.approximatePercentile))})`)
  }
}

function double(value: Sql): Expression {
  return { type: 'double', value: sql`CAST(${value} AS DOUBLE)` }
}
