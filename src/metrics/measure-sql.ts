import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import type { Measure } from './declaration/metric-definition.ts'

export interface MeasureSqlInput {
  /** Selects dimension columns, the class column and the count column; any number of rows a combination. */
  readonly counted: Sql
  readonly keys: readonly string[]
  readonly classColumn: string
  readonly countColumn: string
  readonly openFrom: number
  readonly where: Sql
  readonly measures: Readonly<Record<string, Measure>>
}

/**
 * The finishing step, the same for every basis: adds up and works out counts and percentiles in one statement.
 * Ratios are left to disclosure control, which makes them from the counts it releases. Keys come out as text.
 */
export function measureSql(input: MeasureSqlInput): Sql {
  const keys = input.keys.map(ident)
  // Nothing to count gives no row, grouped or not: a 0 would say that somebody looked and nobody waited.
  const grouping = keys.length === 0 ? rawSql(' having count(*) > 0') : sql` group by ${joinSql(keys, ', ')}`
  const partition = keys.length === 0 ? rawSql('') : sql`partition by ${joinSql(keys, ', ')} `
  const columns = [
    ...input.keys.map((key) => sql`cast(${ident(key)} as varchar) as ${ident(key)}`),
    ...Object.entries(input.measures).flatMap(([name, measure]) => {
      const expression = expressionOf(measure, input.openFrom)
      return expression ? [sql`${expression} as ${ident(name)}`] : []
    }),
  ]
  const classKey = input.keys.includes(input.classColumn) ? [] : [ident(input.classColumn)]
  const cells = [...keys, ...classKey]
  return sql`with counted as (${input.counted}),
cells as (
  select ${joinSql(cells, ', ')}, cast(${ident(input.classColumn)} as bigint) as class, cast(sum(${ident(input.countColumn)}) as bigint) as n
  from counted where ${input.where} group by ${joinSql(cells, ', ')} having sum(${ident(input.countColumn)}) > 0
),
stacked as (
  select *, sum(n) over (${partition}order by class) as upto, sum(n) over (${partition}) as whole from cells
)
select ${joinSql(columns, ', ')} from stacked${grouping}`
}

function expressionOf(measure: Measure, openFrom: number): Sql | null {
  switch (measure.kind) {
    case 'count': {
      if (measure.from !== null && measure.from > openFrom) return rawSql('cast(null as bigint)')
      return sql`cast(coalesce(sum(n) filter (class between ${measure.from ?? 0} and ${measure.to ?? openFrom}), 0) as bigint)`
    }
    case 'percentile':
      return percentileSql(measure.percent, openFrom)
    case 'ratio':
      return null
  }
}

/**
 * Interpolated inside the class: class + (percent × whole − below) / number in class, to one decimal, halves up, in whole
 * numbers throughout so that 36.25 is 36.3 as published. One more than the open class stands for "somewhere in it".
 * The medians and 95th percentiles published for October 2025 come out (test/conformance/rtt-percentile.test.ts).
 */
function percentileSql(percent: number, openFrom: number): Sql {
  const excess = sql`(${percent} * whole - 100 * (upto - n))`
  const tenths = sql`(10 * class + (20 * ${excess} + 100 * n) // (200 * n))`
  const value = sql`case when class >= ${openFrom} then ${openFrom + 1} else ${tenths} / 10.0 end`
  return sql`cast(arg_min(${value}, class) filter (100 * upto >= ${percent} * whole) as double)`
}
