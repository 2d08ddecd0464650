import { ident, joinSql, type Sql, sql } from '#kernel'
import type { OfficialLayout } from './official-layout.ts'

/** `RTT-January-2026` → `2026-01`; null if it says something else. */
export function periodSql(layout: OfficialLayout): Sql {
  return sql`strftime(try_strptime(regexp_extract(${layout.column('period')}, '[A-Za-z]+-[0-9]{4}$'), '%B-%Y'), '%Y-%m')`
}

/** `Part_2A` however the month's file wrote its letters. */
export function partSql(layout: OfficialLayout): Sql {
  return sql`regexp_replace(upper(${layout.column('partCode')}), '^PART_', 'Part_')`
}

/** A row that holds a sign, a decimal point or anything else that no count has. */
export function oddNumberSql({ bands, column }: OfficialLayout): Sql {
  const numbers = [
    ...bands.map((band) => ident(band.header)),
    column('total'),
    column('unknownStart'),
    column('totalAll'),
  ]
  return sql`not regexp_full_match(concat(${joinSql(numbers, ', ')}), '[0-9 ]*')`
}

/** A row that does not add up, by the rules of its part (DOMAIN 1.6). */
export function unbalancedSql(layout: OfficialLayout): Sql {
  const number = (name: 'total' | 'unknownStart' | 'totalAll') =>
    sql`coalesce(try_cast(${layout.column(name)} as integer), 0)`
  const sum = bandSumSql(layout, layout.bands.length)
  const open = sql`${number('totalAll')} = ${sum} and ${layout.column('total')} is null and ${number('unknownStart')} = 0`
  const completed = sql`${number('total')} = ${sum} and ${number('totalAll')} = ${number('total')} + ${number('unknownStart')}`
  return sql`not coalesce(case when ${partSql(layout)} in ('Part_2', 'Part_2A') then ${open}
when ${partSql(layout)} in ('Part_1A', 'Part_1B') then ${completed}
when ${partSql(layout)} = 'Part_3' then ${sum} = 0 and ${number('total')} = 0 end, false)`
}

/** The sum of the first bands of a row. */
export function bandSumSql({ bands }: OfficialLayout, count: number): Sql {
  const numbers = bands.slice(0, count).map((band) => sql`try_cast(${ident(band.header)} as integer)`)
  return sql`coalesce(list_sum([${joinSql(numbers, ', ')}]), 0)`
}
