import { type Sql, sql } from '#kernel'

export interface ComparisonSqlInput {
  /** `provider, commissioner, treatmentFunction, weekBand, pathways`, without the roll-up. */
  readonly partial: Sql
  /** The published table: `provider, commissioner, treatmentFunction, weekBand, n`, with the roll-up. */
  readonly published: Sql
  readonly bands: number
  readonly openFrom: number
  /** Code of the roll-up over treatment functions, recomputed from the others. */
  readonly rollUp: string
  readonly shownMax: number
}

/**
 * One statement: a line `all` with how many cells there are and differ, then the first that differ. A cell absent on one
 * side is 0 there; cells compared are all bands of every group that either side has.
 */
export function comparisonSql(input: ComparisonSqlInput): Sql {
  const { partial, published, bands, openFrom, rollUp, shownMax } = input
  return sql`with partial as (${partial}),
computed as (
  select provider, commissioner, unnest([treatmentFunction, ${rollUp}]) as treatmentFunction,
    least(cast(weekBand as integer), ${openFrom}) as weekBand, pathways as n
  from partial
),
cells as (
  select provider, commissioner, treatmentFunction, weekBand, coalesce(p.n, 0) as published, coalesce(c.n, 0) as computed
  from (select provider, commissioner, treatmentFunction, cast(weekBand as integer) as weekBand, sum(n) as n from ${published} group by all) p
  full join (select provider, commissioner, treatmentFunction, weekBand, sum(n) as n from computed group by all) c
  using (provider, commissioner, treatmentFunction, weekBand)
),
shown as (
  select row_number() over (order by provider, commissioner, treatmentFunction, weekBand) as line, *
  from cells where published <> computed order by line limit ${shownMax}
)
select 'all' as line, null as provider, null as commissioner, null as treatmentFunction, null as weekBand,
  cast(coalesce(sum(published) filter (treatmentFunction <> ${rollUp}), 0) as bigint) as published,
  cast(coalesce(sum(computed) filter (treatmentFunction <> ${rollUp}), 0) as bigint) as computed,
  ${bands} * count(distinct (provider, commissioner, treatmentFunction)) as cellsCompared,
  count(*) filter (published <> computed) as cellsDiffering
from cells
union all
select lpad(cast(line as varchar), 4, '0'), provider, commissioner, treatmentFunction, cast(weekBand as varchar),
  cast(published as bigint), cast(computed as bigint), null, null from shown`
}
