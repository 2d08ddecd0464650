import { ident, joinSql, limits, rawSql, type Sql, sql } from '#kernel'
import type { Building, SeenType } from '../object-set/scope.ts'
import { type Expression, jsonText } from '../object-set/values.ts'
import type { Predicate } from '../object-set/where.ts'
import type { Field } from './field.ts'
import type { Grouping } from './group-sql.ts'
import { metricSql } from './metric-sql.ts'
import type { Metric } from './wire.ts'

/** An aggregation whose names and types are checked. */
export interface AggregatePlan {
  readonly seen: SeenType
  readonly holds: Predicate
  /** Each property once. */
  readonly fields: readonly Field[]
  readonly groupings: readonly (Grouping & { readonly field: Field })[]
  /** A count has no field. */
  readonly metrics: readonly { readonly metric: Metric; readonly field: Field | null }[]
}

/**
 * One row a group: JSON texts of what it has in common and of its figures, how many objects it has, and how many all
 * groups have, those left out too. One row more than there may be where there are too many.
 */
export function aggregateSql(plan: AggregatePlan, building: Building): Sql {
  const row = building.alias()
  const relation = building.relations[plan.seen.type.name]
  if (!relation) throw new Error('a relation that was not asked for')
  const values = [
    rawSql('1 AS one'),
    ...plan.fields.map((field, i) => sql`${field.value(row, building)} AS ${column('f', i)}`),
  ]
  return sql`WITH members AS (
  SELECT ${joinSql(values, ', ')} FROM ${relation} AS ${ident(row)} WHERE ${plan.holds(row, building)}
), grouped AS (${groupedSql(plan)}), cells AS (${cellsSql(plan)}), ranked AS (${rankedSql(plan)})
${answerSql(plan)}`
}

/** Every member with its groups; those with overlapping ranges come once for each. */
function groupedSql(plan: AggregatePlan): Sql {
  const groups = plan.groupings.map((grouping, i) => sql`, ${groupOf(plan, grouping, i).value} AS ${column('g', i)}`)
  const ranges = plan.groupings.flatMap(({ ranges, field }, i) => {
    if (!ranges) return []
    const range = column('r', i)
    const holds = ranges.holds(fieldColumn(plan, field), range)
    return [sql` JOIN ${ranges.table} AS ${range}("i", "lower", "upper") ON ${holds}`]
  })
  const all = sql`SELECT members.*${joinSql(groups, '')} FROM members${joinSql(ranges, '')}`
  const there = plan.groupings.flatMap(({ keepsNull }, i) => (keepsNull ? [] : [sql`${column('g', i)} IS NOT NULL`]))
  return there.length === 0 ? all : sql`SELECT * FROM (${all}) AS members WHERE ${joinSql(there, ' AND ')}`
}

function groupOf(plan: AggregatePlan, grouping: AggregatePlan['groupings'][number], at: number): Expression {
  return grouping.group(grouping.ranges ? sql`${column('r', at)}."i"` : fieldColumn(plan, grouping.field))
}

function cellsSql(plan: AggregatePlan): Sql {
  const groups = plan.groupings.map((_, i) => column('g', i))
  const figures = plan.metrics.map((_, i) => sql`${metricOf(plan, i).value} AS ${column('v', i)}`)
  const by = groups.length === 0 ? rawSql('') : sql` GROUP BY ${joinSql(groups, ', ')}`
  return sql`SELECT ${joinSql([...groups, rawSql('count(*) AS n'), ...figures], ', ')} FROM grouped${by}`
}

function metricOf(plan: AggregatePlan, at: number): Expression {
  const { metric, field } = plan.metrics[at]!
  return metricSql(metric, field ? { type: field.type, value: fieldColumn(plan, field) } : oneObject)
}

const oneObject: Expression = { type: 'integer', value: rawSql('one') }

/** The place of each value of a grouping: by the figures that order it, else by how many objects have the value. */
function rankedSql(plan: AggregatePlan): Sql {
  const isAlone = plan.groupings.length === 1
  const totals = plan.groupings.map((_, i) => sql`, sum(n) OVER (PARTITION BY ${column('g', i)}) AS ${column('t', i)}`)
  const places = plan.groupings.map((_, i) => {
    const own = sql`${column('t', i)} DESC, ${column('g', i)} ASC NULLS LAST`
    const order = isAlone ? joinSql([...directions(plan, 'cells'), own], ', ') : own
    return sql`, dense_rank() OVER (ORDER BY ${order}) AS ${column('p', i)}`
  })
  return sql`SELECT *, sum(n) OVER () AS whole${joinSql(places, '')} FROM (SELECT *${joinSql(totals, '')} FROM cells) AS cells`
}

function directions(plan: AggregatePlan, of: 'cells' | 'ranked'): Sql[] {
  return plan.metrics.flatMap(({ metric }, i) =>
    metric.direction ? [sql`${rawSql(of)}.${column('v', i)} ${rawSql(metric.direction)} NULLS LAST`] : [],
  )
}

function answerSql(plan: AggregatePlan): Sql {
  const groups = plan.groupings.map((grouping, i) => {
    const { type } = groupOf(plan, grouping, i)
    return sql`CAST(${jsonText({ type, value: column('g', i) })} AS VARCHAR) AS ${column('g', i)}`
  })
  const figures = plan.metrics.map((_, i) => {
    const { type } = metricOf(plan, i)
    return sql`CAST(${jsonText({ type, value: column('v', i) })} AS VARCHAR) AS ${column('v', i)}`
  })
  const kept = plan.groupings.flatMap(({ most }, i) =>
    most === null ? [] : [sql`${column('p', i)} <= ${rawSql(String(most))}`],
  )
  const where = kept.length === 0 ? rawSql('') : sql` WHERE ${joinSql(kept, ' AND ')}`
  const order = [
    ...directions(plan, 'ranked'),
    ...plan.groupings.map((_, i) => sql`ranked.${column('g', i)} ASC NULLS LAST`),
  ]
  const by = plan.groupings.length === 0 ? rawSql('') : sql` ORDER BY ${joinSql(order, ', ')}`
  const parts = [...groups, ...figures, rawSql('CAST(n AS DOUBLE) AS n'), rawSql('CAST(whole AS DOUBLE) AS whole')]
  return sql`SELECT ${joinSql(parts, ', ')} FROM ranked${where}${by} LIMIT ${rawSql(String(limits.groupsMax + 1))}`
}

function fieldColumn(plan: AggregatePlan, field: Field): Sql {
  return column('f', plan.fields.indexOf(field))
}

function column(letter: string, at: number): Sql {
  return ident(`${letter}${at}`)
}
