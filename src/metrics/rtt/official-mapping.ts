import type { Origin } from '#contracts'
import type { Mapping } from '#flows'
import { ident, joinSql, rawSql, type Sql, sha256Hex, sql } from '#kernel'
import {
  type OfficialColumn,
  type OfficialLayout,
  officialLayout,
  publishedHeader,
  publishedLayouts,
  publishedName,
} from './official-layout.ts'
import { oddNumberSql, partSql, periodSql, unbalancedSql } from './official-row.ts'

/** The roll-up over treatment functions: checked against the others, never stored, since adding it doubles everything. */
export const allFunctions = 'C_999'

/** The mapped `_row`: row of the file × this + lower bound of the band, so that each number has a position of its own. */
export const positionsPerRow = 1_000
const bandlessPosition = 999

const keyColumns = ['period', 'providerCode', 'commissionerCode', 'partCode', 'treatmentFunctionCode'] as const
const parentColumns = ['providerParentCode', 'commissionerParentCode'] as const

/**
 * The published file (wide, a column for each band) as rows of RttReturn, numbers above zero only: a blank band is 0 as
 * an absent one is. Part 3 has one number, kept without a band; so is an unknown clock start in parts 1A and 1B.
 */
export function officialRttMapping(header: readonly string[]): Mapping {
  const layout = officialLayout(header)
  const check = (rule: string, breaks: Sql) => ({ id: rule, rule, property: null, severity: 'FAIL' as const, breaks })
  return {
    id: mappingId('official-rtt', layout, header),
    version: 1,
    origins: returnOrigins(layout),
    fileChecks: [check('rtt.whole-numbers', oddNumberSql(layout)), check('rtt.row-totals', unbalancedSql(layout))],
    sql: (raw) => {
      const band = sql`coalesce(cast("bandLowerWeeks" as integer), ${bandlessPosition})`
      return sql`select _row * ${positionsPerRow} + ${band} as _row,
concat_ws('/', ${joinSql(keyColumns.map(ident), ', ')}, coalesce(cast("bandLowerWeeks" as varchar), 'none')) as "rttReturnId",
${joinSql([...keyColumns, ...parentColumns].map(ident), ', ')}, cast("bandLowerWeeks" as varchar) as "bandLowerWeeks", cast("pathways" as varchar) as "pathways"
from (${officialLongSql(layout, raw)}) where "treatmentFunctionCode" <> ${allFunctions}`
    },
  }
}

function returnOrigins({ bands }: OfficialLayout): NonNullable<Mapping['origins']> {
  const numbers = [...bands.map(({ header }) => header), publishedName('unknownStart'), publishedName('totalAll')]
  const as = (column: OfficialColumn): Origin => ({ from: [publishedName(column)], steps: [] })
  const key = [...keyColumns.map(publishedName), ...bands.map(({ header }) => header)]
  return {
    sha256: null,
    properties: {
      ...Object.fromEntries([...keyColumns, ...parentColumns].map((name) => [name, as(name)])),
      period: { ...as('period'), steps: ['date'] },
      partCode: { ...as('partCode'), steps: ['expression'] },
      rttReturnId: { from: key, steps: ['key'] },
      bandLowerWeeks: { from: bands.map(({ header }) => header), steps: ['spread', 'mark'] },
      pathways: { from: numbers, steps: ['spread', 'number'] },
    },
    rows: [publishedName('treatmentFunctionCode')],
  }
}

/** Every mapping of a layout that was published, so that a submission can be taken up again after a crash. */
export function officialMappings(): Mapping[] {
  return publishedLayouts
    .map(publishedHeader)
    .flatMap((header) => [officialRttMapping(header), officialOrganisationMapping(header)])
}

/** The layout is part of the name; a header in another spelling gets a name of its own. */
function mappingId(name: string, layout: OfficialLayout, header: readonly string[]): string {
  const spelling = [...header].sort().join('\n')
  const known = spelling === publishedHeader(layout.openFromWeeks).sort().join('\n')
  return `${name}-${layout.openFromWeeks}${known ? '' : `-${sha256Hex(spelling).slice(0, 12)}`}`
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
    id: mappingId('official-rtt-organisations', layout, header),
    version: 1,
    origins: {
      sha256: null,
      properties: {
        code: { from: roles.map(([, code]) => publishedName(code)), steps: ['spread'] },
        name: { from: roles.map(([, , name]) => publishedName(name)), steps: ['spread'] },
        kind: { from: [], steps: ['constant'] },
        parentCode: {
          from: roles.flatMap(([, , , parent]) => (parent ? [publishedName(parent)] : [])),
          steps: ['spread'],
        },
      },
      rows: [],
    },
    sql: (raw) => {
      const parts = roles.map(
        ([kind, code, name, parent], rank) =>
          sql`select _row, ${layout.column(code)} as code, ${layout.column(name)} as name, ${kind} as kind, ${
            parent ? layout.column(parent) : rawSql('cast(null as varchar)')
          } as parent, ${rank} as rank from ${raw}`,
      )
      return sql`select row_number() over (order by code) as _row, code, arg_min(name, (rank, _row)) as name, arg_min(kind, (rank, _row)) as kind,
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
