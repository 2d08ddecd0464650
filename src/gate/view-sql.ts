import { ident, rawSql, type Sql, sql } from '#kernel'
import { hidesOrder, propertyOf, type RelationPlan, vaultColumns } from './relation-plan.ts'
import { rowsAsEdited } from './relation-source.ts'
import { columnSql, orderSql, relationSql } from './relation-sql.ts'
import type { View } from './session.ts'

/** A view of the relation: fewer columns, and where pages find their rows (see `View`). */
export function viewSql(plan: RelationPlan, view: View): Sql {
  const { columns = plan.columns, paged = false, after, having, among } = view
  const kept = new Set(columns)
  const joins = plan.joins.filter((name) => kept.has(name))
  const needsVault = vaultColumns(plan.type, [...kept], plan.level).length > 0
  const narrow = { ...plan, columns: [...kept], joins, vaultTable: needsVault ? plan.vaultTable : null }
  const part = having === undefined ? narrow : partOf(narrow, having)
  if (among !== undefined) {
    const more = { added: [rawSql('lake."_key" AS "~own"')], source: amongSql(part, among) }
    return relationSql(part, { ...more, keys: sql`SELECT "~own" FROM ${ident(among)}` })
  }
  // Rows that are counted need no place.
  if (!paged) return relationSql({ ...part, asRows: false, sorted: null })
  const added = [rawSql('lake."_key" AS "~own"'), ...pageColumns(part), ...behindColumn(part, after)]
  return relationSql({ ...part, asRows: false }, { added, source: rowsAsEdited(part), keys: null })
}

/** The rows with a value of the column that pages are sorted by, or those without: each in files of their own where copies are. */
function partOf<P extends RelationPlan>(plan: P, having: 'value' | 'none'): P {
  const { sortedBy } = plan
  if (sortedBy === null) throw new Error('nothing to sort by was named')
  const test = rawSql(having === 'none' ? 'IS NULL' : 'IS NOT NULL')
  const where = [...plan.where, sql`${columnSql(plan, propertyOf(plan.type, sortedBy))} ${test}`]
  return { ...plan, where, sorted: partsHaving(plan.sorted, having) }
}

function partsHaving(sorted: RelationPlan['sorted'], having: 'value' | 'none'): RelationPlan['sorted'] {
  if (!sorted?.by) return sorted
  return { ...sorted, runs: sorted.runs.map((run) => run.filter(({ isBare }) => isBare === (having === 'none'))) }
}

/** What pages are sorted by, as it is stored: the column that copies are sorted by, and the order of rows. */
export function pageColumns(plan: RelationPlan): Sql[] {
  const { sorted, sortedBy } = plan
  const by = sortedBy === null || sorted?.by !== sortedBy ? rawSql('NULL') : sql`lake.${ident(sortedBy)}`
  return [sql`${storedOrder(plan)} AS "~order"`, sql`${by} AS "~by"`]
}

function behindColumn(plan: RelationPlan, after: string | undefined): Sql[] {
  return after === undefined ? [] : [sql`(${storedOrder(plan)} > ${orderValue(plan, after)}) AS "~behind"`]
}

/**
 * Copies are sorted by the first 63 bits of tokens, as numbers: the same order, since two tokens in ten million rows share
 * these once in 10^5 such versions, and half the bytes to read.
 */
export function storedOrder(plan: RelationPlan): Sql {
  return hidesOrder(plan) && plan.sorted?.tokens ? rawSql('lake."_first"') : orderSql(plan)
}

/** The `_order` of a row, as text, as a value to compare with. */
export function orderValue(plan: RelationPlan, order: string): Sql {
  if (!hidesOrder(plan)) return sql`${BigInt(order)}`
  return plan.sorted?.tokens ? sql`${firstBits(order)}` : sql`CAST(${order} AS UUID)`
}

export function firstBits(token: string): bigint {
  return BigInt(`0x${token.replaceAll('-', '').slice(0, 16)}`) >> 1n
}

/** The rows of a page among all: by whatever the files are sorted by, too, so that only their part of a file is read. */
function amongSql(plan: RelationPlan, among: string): Sql {
  const { sorted } = plan
  const wanted = ident(among)
  const order = sorted?.tokens ? rawSql('wanted."~order" = lake."_first" AND ') : rawSql('')
  const own = sql`${order}wanted."~own" = lake."_key"`
  if (!sorted?.by) return sql`(SELECT lake.* FROM ${rowsAsEdited(plan)} AS lake JOIN ${wanted} AS wanted ON ${own})`
  const by = ident(sorted.by)
  const rows = (having: 'value' | 'none') => rowsAsEdited({ ...plan, sorted: partsHaving(sorted, having) })
  return sql`(SELECT lake.* FROM ${rows('value')} AS lake JOIN ${wanted} AS wanted ON wanted."~by" = lake.${by} AND ${own}
    UNION ALL BY NAME SELECT lake.* FROM ${rows('none')} AS lake
      JOIN (SELECT * FROM ${wanted} WHERE "~by" IS NULL) AS wanted ON ${own} WHERE lake.${by} IS NULL)`
}
