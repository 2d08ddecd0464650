import type { Mapping } from '#flows'
import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { type OfficialColumn, type OfficialLayout, officialLayout } from './official-layout.ts'

/** The roll-up over treatment functions: checked against the others, never stored, since adding it doubles everything. */
export const allFunctions = 'C_999'

const returnColumns = [
  'period',
  'providerParentCode',
  'providerCode',
  'commissionerParentCode',
  'commissionerCode',
  'partCode',
  'treatmentFunctionCode',
] as const

/**
 * The published file (wide, a column for each band) as rows of RttReturn, numbers above zero only: a blank band is 0 as
 * an absent one is. Part 3 has one number, kept without a band; so is an unknown clock start in parts 1A and 1B.
 */
export function officialRttMapping(header: readonly string[]): Mapping {
  const layout = officialLayout(header)
  return {
    id: `official-rtt-${layout.openFromWeeks}`,
    version: 1,
    sql: (raw) => {
      const id = joinSql(
        [
          ...returnColumns.slice(0, 1).map(ident),
          ...['providerCode', 'commissionerCode', 'partCode', 'treatmentFunctionCode'].map(ident),
        ],
        ', ',
      )
      return sql`select _row, concat_ws('/', ${id}, coalesce(cast("bandLowerWeeks" as varchar), 'none')) as "rttReturnId",
${joinSql(returnColumns.map(ident), ', ')}, cast("bandLowerWeeks" as varchar) as "bandLowerWeeks", cast("pathways" as varchar) as "pathways"
from (${officialLongSql(layout, raw)}) where "treatmentFunctionCode" <> ${allFunctions}`
    },
  }
}

/** Who is who in the published file, one row a code: the names go nowhere else. */
export function officialOrganisationMapping(header: readonly string[]): Mapping {
  const layout = officialLayout(header)
  const roles: readonly [kind: string, code: OfficialColumn, name: OfficialColumn, parent: OfficialColumn | null][] = [
    ['provider', 'providerCode', 'providerName', 'providerParentCode'],
    ['commissioner', 'commissionerCode', 'commissionerName', 'commissionerParentCode'],
    ['provider-parent', 'providerParentCode', 'providerParentName', null],
    ['commissioner-parent', 'commissionerParentCode', 'commissionerParentName', null],
  ]
  return {
    id: 'official-rtt-organisations',
    version: 1,
    sql: (raw) => {
      const parts = roles.map(
        ([kind, code, name, parent], rank) =>
          sql`select _row, ${layout.column(code)} as code, ${layout.column(name)} as name, ${kind} as kind, ${
            parent ? layout.column(parent) : rawSql('cast(null as varchar)')
          } as parent, ${rank} as rank from ${raw}`,
      )
      return sql`select min(_row) as _row, code, arg_min(name, (rank, _row)) as name, arg_min(kind, (rank, _row)) as kind,
arg_min(parent, (rank, _row)) as "parentCode", cast(null as varchar) as "openDate", cast(null as varchar) as "closeDate"
from (${joinSql(parts, ' union all ')}) where code is not null and name is not null group by code`
    },
  }
}

/** All rows, C_999 too, one for each number above zero: the columns of RttReturn with numbers as integers, and `_row`. */
export function officialLongSql(layout: OfficialLayout, raw: Sql): Sql {
  const { column } = layout
  const part = partSql(layout)
  const bands = layout.bands.map(
    (band) => sql`{band: ${rawSql(String(band.lowerWeeks))}::utinyint, n: try_cast(${ident(band.header)} as integer)}`,
  )
  const bandless = sql`{band: null::utinyint, n: try_cast(case when ${part} = 'Part_3' then ${column('totalAll')} else ${column('unknownStart')} end as integer)}`
  return sql`select _row, "period", "providerParentCode", "providerCode", "commissionerParentCode", "commissionerCode", "partCode", "treatmentFunctionCode",
each.band as "bandLowerWeeks", each.n as "pathways"
from (
  select _row, ${periodSql(layout)} as "period", ${column('providerParentCode')} as "providerParentCode", ${column('providerCode')} as "providerCode",
    ${column('commissionerParentCode')} as "commissionerParentCode", ${column('commissionerCode')} as "commissionerCode", ${part} as "partCode",
    ${column('treatmentFunctionCode')} as "treatmentFunctionCode",
    list_filter([${joinSql([...bands, bandless], ', ')}], lambda entry: entry.n > 0) as entries
  from ${raw}
), unnest(entries) as unnested(each)`
}

/** `RTT-January-2026` → `2026-01`; null if it says something else. */
export function periodSql(layout: OfficialLayout): Sql {
  return sql`strftime(try_strptime(regexp_extract(${layout.column('period')}, '[A-Za-z]+-[0-9]{4}$'), '%B-%Y'), '%Y-%m')`
}

/** `Part_2A` however the month's file wrote its letters. */
export function partSql(layout: OfficialLayout): Sql {
  return sql`regexp_replace(upper(${layout.column('partCode')}), '^PART_', 'Part_')`
}
