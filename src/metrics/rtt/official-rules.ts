import { rawSql, type Sql, sql } from '#kernel'
import type { OfficialLayout } from './official-layout.ts'
import { allFunctions } from './official-mapping.ts'
import { bandSumSql, oddNumberSql, partSql, unbalancedSql } from './official-row.ts'

export interface OfficialRule {
  readonly id: string
  /** FAIL: the file contradicts itself, do not load it. WARN: published like this, to be known. */
  readonly severity: 'FAIL' | 'WARN'
  readonly title: string
  /** Everything examined, one row each: what names it, `breaks BOOLEAN`, and by how many `pathways` where that has a sense. */
  readonly examined: Sql
}

/** Columns of the row table: `row, provider, commissioner, commissioner_parent, part, function`, and numbers. */
export function rowTableSql(table: Sql, layout: OfficialLayout, raw: Sql): Sql {
  const { column } = layout
  return sql`create or replace table ${table} as select _row as row, ${column('providerCode')} as provider, ${column('commissionerCode')} as commissioner,
${column('commissionerParentCode')} as commissioner_parent, ${partSql(layout)} as part, ${column('treatmentFunctionCode')} as function,
${oddNumberSql(layout)} as odd, ${unbalancedSql(layout)} as unbalanced, ${bandSumSql(layout, 4)} as first_four,
coalesce(try_cast(${column('totalAll')} as integer), 0) as total_all from ${raw}`
}

const nobody = rawSql('cast(null as bigint) as pathways')

/** `rows` is the row table, `long` one row for each number above zero (officialLongSql). */
export function officialRules(rows: Sql, long: Sql): OfficialRule[] {
  return [
    {
      id: 'whole-numbers',
      severity: 'FAIL',
      title: 'every number is whole and not negative',
      examined: sql`select row, odd as breaks, ${nobody} from ${rows}`,
    },
    {
      id: 'row-totals',
      severity: 'FAIL',
      title:
        'each row adds up (2 and 2A: Total All is the bands; 1A and 1B: Total is the bands, Total All adds unknown starts; 3: no bands)',
      examined: sql`select row, unbalanced as breaks, ${nobody} from ${rows}`,
    },
    {
      id: 'unique-rows',
      severity: 'FAIL',
      title: 'one row for each provider, commissioner, part and treatment function',
      examined: sql`select provider, commissioner, part, function, count(*) > 1 as breaks, ${nobody} from ${rows} group by all`,
    },
    {
      id: 'all-functions-total',
      severity: 'FAIL',
      title: 'C_999 is the sum of the treatment functions, band by band',
      examined: functionTotalsSql(rows, long),
    },
    {
      id: 'decided-within-waiting',
      severity: 'WARN',
      title: 'pathways with a decision to admit (2A) are not more than all incomplete pathways (2)',
      examined: sql`select provider, commissioner, function, coalesce(sum(total_all) filter (part = 'Part_2A'), 0) as part_2a,
coalesce(sum(total_all) filter (part = 'Part_2'), 0) as part_2, part_2a > part_2 as breaks, part_2a - part_2 as pathways
from ${rows} where part in ('Part_2', 'Part_2A') group by provider, commissioner, function`,
    },
    {
      id: 'decided-within-waiting-by-band',
      severity: 'WARN',
      title: 'the same in every week band of every single treatment function',
      examined: sql`select provider, commissioner, function, band, coalesce(sum(pathways) filter (part = 'Part_2A'), 0) as part_2a,
coalesce(sum(pathways) filter (part = 'Part_2'), 0) as part_2, part_2a > part_2 as breaks, part_2a - part_2 as pathways
from (select "providerCode" as provider, "commissionerCode" as commissioner, "treatmentFunctionCode" as function, "bandLowerWeeks" as band, "partCode" as part, pathways from ${long})
where part in ('Part_2', 'Part_2A') and function <> ${allFunctions} group by provider, commissioner, function, band`,
    },
    {
      id: 'starts-cover-short-waits',
      severity: 'WARN',
      title: "a provider's new periods (3) are not fewer than its incomplete pathways of the first four weeks (2)",
      examined: sql`select provider, coalesce(sum(total_all) filter (part = 'Part_3'), 0) as part_3,
sum(first_four) filter (part = 'Part_2') as first_four_bands, part_3 < first_four_bands as breaks, first_four_bands - part_3 as pathways
from ${rows} where part in ('Part_2', 'Part_3') and function <> ${allFunctions} group by provider having count(*) filter (part = 'Part_2') > 0`,
    },
    {
      id: 'commissioner-parent-given',
      severity: 'WARN',
      title: "each row names its commissioner's parent",
      examined: sql`select row, commissioner_parent is null as breaks, ${nobody} from ${rows}`,
    },
  ]
}

/** Groups are those of the row table, so that a group of zeros is examined as well. */
function functionTotalsSql(rows: Sql, long: Sql): Sql {
  return sql`select provider, commissioner, part, coalesce(wrong, false) as breaks, ${nobody}
from (select distinct provider, commissioner, part from ${rows}) left join (
  select provider, commissioner, part, bool_or(rolled <> added) as wrong from (
    select "providerCode" as provider, "commissionerCode" as commissioner, "partCode" as part, "bandLowerWeeks",
      coalesce(sum(pathways) filter ("treatmentFunctionCode" = ${allFunctions}), 0) as rolled,
      coalesce(sum(pathways) filter ("treatmentFunctionCode" <> ${allFunctions}), 0) as added
    from ${long} group by all
  ) group by all
) using (provider, commissioner, part)`
}
