import type { FoundInOrder, Pages } from '#gate'
import { ident, joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import { ridPrefix } from './object-set/members.ts'
import { key, orderSql, type SortKey, stepsBehind } from './object-set/order.ts'
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
  /** Columns that counting takes; finding and sorting may take more, and what is shown more than these. */
  readonly counted: readonly string[]
  readonly found: readonly string[]
  readonly members: readonly Member[]
  readonly shownKey: string | null
  readonly rid: boolean
  /** Sort values of the last object of the page before, the order last; null for the first page. */
  readonly last: readonly (string | null)[] | null
  readonly rows: number
  readonly isCounted: boolean
  /** Whether it is all rows of the relation in the order of its first key alone, or of the gate's. */
  readonly isInOrder: boolean
  /** Whether the gate may keep the rows sorted by the first key. */
  readonly isSortedApart: boolean
}

/** The page from rows that lie in its order, where they do. */
export function pageSql(plan: PagePlan, building: Building, pages: Pages): Sql {
  const { last, rows } = plan
  const inOrder = plan.isInOrder ? pages.inOrder(plan.seen.type.name, { rows, last }) : null
  return inOrder ? inOrderSql(plan, building, inOrder) : lookedForSql(plan, building, pages.view)
}

function inOrderSql(plan: PagePlan, building: Building, { found, shown, count }: FoundInOrder): Sql {
  const { seen, keys } = plan
  const row = building.alias()
  const r = ident(row)
  const person = seen.type.personLevel ? sql`, ${r}."_person" AS "_person"` : rawSql('')
  // Dates, whole numbers and UUIDs leave the engine as they are sooner than as its texts.
  const back = [...keys.map(() => sql`${r}."~by"`), sql`${r}."_order"`].map((each, i) => sql`${each} AS ${place(i)}`)
  return sql`WITH page AS MATERIALIZED (${found})
    SELECT ${objectJson(plan, row, building)} AS "object", ${joinSql(back, ', ')}, ${plan.isCounted ? count : rawSql('NULL')} AS "total"${person}
    FROM ${shown('page')} AS ${r} ORDER BY ${r}."~by" NULLS LAST, ${r}."~order"`
}

type ViewOf = Pages['view']

/** First which rows make the page, then what is shown of these: nothing is read or worked out for rows that do not leave. */
function lookedForSql(plan: PagePlan, building: Building, view: ViewOf): Sql {
  const { seen, holds, keys } = plan
  const { name, personLevel } = seen.type
  const row = building.alias()
  const person = personLevel ? sql`, ${ident(row)}."_person" AS "_person"` : rawSql('')
  const sorted = [...keys.map((_, i) => sql`page.${key(i)}`), sql`${ident(row)}."_order"`]
  const back = sorted.map((each, i) => sql`CAST(${each} AS VARCHAR) AS ${place(i)}`)
  const counted = building.alias()
  const total = plan.isCounted
    ? sql`(SELECT count(*) FROM ${view(name, { columns: plan.counted })} AS ${ident(counted)} WHERE ${holds(counted, building)})`
    : rawSql('NULL')
  return sql`WITH page AS MATERIALIZED (${foundSql(plan, building, view)})
    SELECT ${objectJson(plan, row, building)} AS "object", ${joinSql(back, ', ')}, ${total} AS "total"${person}
    FROM ${view(name, { among: 'page' })} AS ${ident(row)} JOIN page ON page."~own" = ${ident(row)}."~own"
    ORDER BY ${orderSql(keys)}`
}

/** What the next page begins behind. */
function place(i: number): Sql {
  return ident(`s${i}`)
}

/** The rows of the page: where to find them, and what they are sorted by. */
function foundSql(plan: PagePlan, building: Building, view: ViewOf): Sql {
  const limit = rawSql(String(plan.rows))
  const parts = partsOf(plan).map(
    ({ having, test }) => sql`SELECT * FROM ${rowsSql(plan, building, view, having)}
      WHERE ${test} ORDER BY ${orderSql(plan.keys, having === 'none' ? 1 : 0)} LIMIT ${limit}`,
  )
  const [only, ...more] = parts
  if (only && more.length === 0) return only
  const all = parts.map((part) => sql`(${part})`)
  return sql`SELECT * FROM (${joinSql(all, ' UNION ALL ')}) AS m ORDER BY ${orderSql(plan.keys)} LIMIT ${limit}`
}

interface Part {
  readonly having: 'value' | 'none' | null
  readonly test: Sql
}

/** Each part is found for itself; sorted apart, so are rows without a value of the first key, which come last. */
function partsOf({ keys, last, isSortedApart }: PagePlan): readonly Part[] {
  const all = rawSql('TRUE')
  const none: Part = { having: 'none', test: all }
  if (!last) return isSortedApart ? [{ having: 'value', test: all }, none] : [{ having: null, test: all }]
  const having = !isSortedApart ? null : last[0] === null ? 'none' : 'value'
  return stepsBehind(keys, last).flatMap(({ at, same, beyond }): Part[] => {
    if (at === keys.length) return [{ having, test: sql`${same} AND ${beyond}` }]
    if (at === 0 && isSortedApart) return [{ having: 'value', test: beyond }, none]
    return [{ having, test: sql`${same} AND (${beyond} OR ${key(at)} IS NULL)` }]
  })
}

function rowsSql(plan: PagePlan, building: Building, view: ViewOf, having: Part['having']): Sql {
  const { seen, holds, keys, found: columns, last } = plan
  const row = building.alias()
  const sorted = keys.map(({ value }, i) => sql`, ${value(row, building)} AS ${key(i)}`)
  const order = last?.at(-1) ?? null
  const relation = view(seen.type.name, {
    ...{ columns, paged: true },
    ...(having === null ? {} : { having }),
    ...(order === null ? {} : { after: order }),
  })
  const behind = order === null ? rawSql('') : sql`, ${ident(row)}."~behind"`
  return sql`(SELECT ${ident(row)}."~own", ${ident(row)}."~order", ${ident(row)}."~by"${behind}${joinSql(sorted, '')}
    FROM ${relation} AS ${ident(row)} WHERE ${holds(row, building)}) AS m`
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
