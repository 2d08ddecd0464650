import type { ViewOf } from '#gate'
import { ident, joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import { ridPrefix } from './object-set/members.ts'
import { afterSql, key, orderSql, type SortKey } from './object-set/order.ts'
import type { Building, SeenType } from './object-set/scope.ts'
import { jsonText, propertyValue } from './object-set/values.ts'
import type { Predicate } from './object-set/where.ts'

/** One property as it stands in an object's JSON. */
export interface Member {
  readonly name: string
  readonly json: (row: string, building: Building) => Sql
}

export interface PagePlan {
  readonly seen: SeenType
  readonly holds: Predicate
  readonly keys: readonly SortKey[]
  /** Columns that finding and sorting the rows takes; what is shown of them may take more. */
  readonly found: readonly string[]
  readonly members: readonly Member[]
  readonly shownKey: string | null
  readonly rid: boolean
  /** Sort values of the last object of the page before, the order last; null for the first page. */
  readonly last: readonly (string | null)[] | null
  readonly rows: number
  readonly isCounted: boolean
  /** Whether the gate may keep the rows sorted by the first key. */
  readonly isSortedApart: boolean
}

/** First which rows make the page, then what is shown of these: nothing is read or worked out for rows that do not leave. */
export function pageSql(plan: PagePlan, building: Building, view: ViewOf): Sql {
  const { seen, holds, keys } = plan
  const { name, personLevel } = seen.type
  const row = building.alias()
  const person = personLevel ? sql`, ${ident(row)}."_person" AS "_person"` : rawSql('')
  const back = [...keys.map((_, i) => key(i)), rawSql('o')].map(
    (each, i) => sql`CAST(page.${each} AS VARCHAR) AS ${ident(`s${i}`)}`,
  )
  const counted = building.alias()
  const total = plan.isCounted
    ? sql`(SELECT count(*) FROM ${view(name, { columns: plan.found })} AS ${ident(counted)} WHERE ${holds(counted, building)})`
    : rawSql('NULL')
  return sql`WITH page AS MATERIALIZED (${foundSql(plan, building, view)})
    SELECT ${objectJson(plan, row, building)} AS "object", ${joinSql(back, ', ')}, ${total} AS "total"${person}
    FROM ${view(name, { among: 'page' })} AS ${ident(row)} JOIN page ON page."~own" = ${ident(row)}."~own"
    ORDER BY ${orderSql(keys)}`
}

/** The rows of the page: where to find them, and what they are sorted by. */
function foundSql(plan: PagePlan, building: Building, view: ViewOf): Sql {
  const { seen, holds, keys, found, last, rows } = plan
  const [order] = last ?? []
  const after = last && keys.length === 0 ? { after: order ?? '' } : {}
  const from = () => {
    const row = building.alias()
    const sorted = keys.map(({ value }, i) => sql`, ${value(row, building)} AS ${key(i)}`)
    const relation = view(seen.type.name, { columns: found, paged: true, ...after })
    return sql`(SELECT ${ident(row)}."~own", ${ident(row)}."~first", ${ident(row)}."~by", ${ident(row)}."_order" AS o${joinSql(sorted, '')}
      FROM ${relation} AS ${ident(row)} WHERE ${holds(row, building)}) AS m`
  }
  const part = (test: Sql) =>
    sql`SELECT * FROM ${from()} WHERE ${test} ORDER BY ${orderSql(keys)} LIMIT ${rawSql(String(rows))}`
  const [first] = keys
  const value = last?.[0] ?? null
  if (!last || !first) return part(rawSql('TRUE'))
  const behind = afterSql(keys, last)
  if (!plan.isSortedApart || value === null) return part(behind)
  // Rows without a value come last: apart from the others, both are found without looking at all rows.
  const bound = sql`${key(0)} ${rawSql(first.descending ? '<=' : '>=')} CAST(${value} AS ${first.type})`
  return sql`SELECT * FROM ((${part(sql`${bound} AND ${behind}`)}) UNION ALL (${part(sql`${key(0)} IS NULL`)})) AS m
    ORDER BY ${orderSql(keys)} LIMIT ${rawSql(String(rows))}`
}

/** The JSON text of one object; what is null is left out. */
function objectJson({ seen, members, shownKey, rid }: PagePlan, row: string, building: Building): Sql {
  const { type, level } = seen
  const parts = [literal(`"__apiName":${JSON.stringify(type.apiName)}`)]
  const keyProperty = type.properties.find(({ name }) => name === shownKey)
  if (keyProperty) parts.push(sql`'"__primaryKey":' || ${jsonText(propertyValue(row, type, keyProperty, level))}`)
  if (rid) {
    parts.push(sql`'"__rid":' || to_json(${literal(ridPrefix(type.apiName))} || CAST(${ident(row)}."~rid" AS VARCHAR))`)
  }
  for (const { name, json } of members) {
    // A name of the sender's own (of a derived property) is written as JSON first.
    parts.push(sql`${`${JSON.stringify(name)}:`} || ${json(row, building)}`)
  }
  return sql`'{' || concat_ws(',', ${joinSql(parts, ', ')}) || '}'`
}
