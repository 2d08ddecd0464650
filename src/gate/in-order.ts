import { ident, joinSql, rawSql, type Sql, sql } from '#kernel'
import { hidesOrder, type RelationPlan, type Sorted, type SortedPart } from './relation-plan.ts'
import { copiesSql } from './relation-source.ts'
import { relationSql, rowsSql } from './relation-sql.ts'
import type { FoundInOrder, InOrder } from './session.ts'
import { firstBits, orderValue, pageColumns, storedOrder, viewSql } from './view-sql.ts'

/** Where a page begins: behind the row with this value of the column that copies are sorted by, and this order. */
interface Place {
  readonly by: string | null
  readonly order: string
}

/**
 * The rows of a page one behind the other, where sorted copies lie in its order: only the parts that can hold them are
 * opened. Null where none lie so.
 */
export function inOrder(plan: RelationPlan, { rows, last }: InOrder): FoundInOrder | null {
  const { sorted, sortedBy } = plan
  if (sorted === null || sorted.by !== (sortedBy === '_order' ? null : sortedBy)) return null
  const place = last && { by: sorted.by === null ? null : (last[0] ?? null), order: last.at(-1) ?? '' }
  const isWhole = plan.where.length === 0 && plan.rows.controllers === 'all' && plan.rows.where.length === 0
  const runs = sorted.runs.map((run) => partsFrom(plan, run, place, isWhole ? rows : null))
  const found = (['value', 'none'] as const).flatMap((having) => {
    const kept = runs.map((run) => run.filter(({ isBare }) => isBare === (having === 'none')))
    return kept.some((run) => run.length > 0) ? [rowsOf(plan, { ...sorted, runs: kept }, having, place, rows)] : []
  })
  return {
    found: found.length === 1 ? found[0]! : allOf(plan, found, rows),
    shown: (table) =>
      relationSql(plan, {
        ...{ added: pageColumns(plan), source: ident(table) },
        keys: sql`SELECT "_key" FROM ${ident(table)}`,
      }),
    count: isWhole
      ? rawSql(String(sorted.runs.flat().reduce((all, part) => all + part.rows, 0)))
      : sql`(SELECT count(*) FROM ${viewSql(plan, { columns: [] })})`,
  }
}

/**
 * From the part in which a page begins, as many as hold its rows; all of them where some rows are not the reader's. How
 * many rows of the first one lie before the page is not known.
 */
function partsFrom(plan: RelationPlan, run: readonly SortedPart[], place: Place | null, rows: number | null) {
  const parts = place === null ? run : run.filter((part) => !liesBefore(plan, part, place))
  if (rows === null) return parts
  let behind = 0
  return parts.filter((part, i) => {
    const isNeeded = behind < rows
    if (place === null || i > 0) behind += part.rows
    return isNeeded
  })
}

/** Whether all rows of a part come before the place, or are the row that is there. */
function liesBefore(plan: RelationPlan, { isBare, to }: SortedPart, { by, order }: Place): boolean {
  const isSortedByValue = plan.sorted?.by != null && !isBare
  if (isSortedByValue && by === null) return true
  if (to === null) return false
  // Rows with the same date as the last one of a page lie in one part; dates as texts sort as dates do.
  if (isSortedByValue) return by !== null && to < by
  if (plan.sorted?.by != null && by !== null) return false
  return BigInt(to) <= (hidesOrder(plan) ? firstBits(order) : BigInt(order))
}

/** The first rows behind the place in copies that all have a value to be sorted by, or all have none. */
function rowsOf(plan: RelationPlan, sorted: Sorted, having: 'value' | 'none', place: Place | null, rows: number): Sql {
  const order = storedOrder(plan)
  const tests = [rowsSql(plan.rows), ...plan.where]
  const by = sorted.by === null || having === 'none' ? null : sql`lake.${ident(sorted.by)}`
  if (place !== null) {
    const behind = sql`${order} > ${orderValue(plan, place.order)}`
    if (by === null && (sorted.by === null || place.by === null)) tests.push(behind)
    if (by !== null) {
      const value = sql`CAST(${place.by ?? ''} AS DATE)`
      tests.push(sql`${by} >= ${value}`, sql`(${by} > ${value} OR ${behind})`)
    }
  }
  const keys = by === null ? [order] : [by, order]
  return sql`SELECT lake.* FROM ${copiesSql(plan.type, sorted)} AS lake WHERE ${joinSql(tests, ' AND ')}
    ORDER BY ${joinSql(keys, ', ')} LIMIT ${rawSql(String(rows))}`
}

function allOf(plan: RelationPlan, found: readonly Sql[], rows: number): Sql {
  const { sorted } = plan
  if (found.length === 0)
    return sql`SELECT lake.* FROM ${copiesSql(plan.type, { runs: [], tokens: sorted?.tokens === true })} AS lake`
  const by = sorted?.by == null ? [] : [sql`lake.${ident(sorted.by)} NULLS LAST`]
  const each = found.map((query) => sql`(${query})`)
  return sql`SELECT lake.* FROM (${joinSql(each, ' UNION ALL BY NAME ')}) AS lake
    ORDER BY ${joinSql([...by, storedOrder(plan)], ', ')} LIMIT ${rawSql(String(rows))}`
}
