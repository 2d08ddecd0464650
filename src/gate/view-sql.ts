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
  const own = paged || among !== undefined ? [rawSql('lake."_key" AS "~own"')] : []
  return relationSql(
    { ...part, asRows: plan.asRows && !paged },
    {
      added: paged ? [...own, ...pageColumns(part, after)] : own,
      source: among === undefined ? rowsAsEdited(part) : amongSql(part, among),
      keys: among === undefined ? null : sql`SELECT "~own" FROM ${ident(among)}`,
    },
  )
}

/** The rows with a value of the column that pages are sorted by, or those without: each in files of their own where copies are. */
function partOf<P extends RelationPlan>(plan: P, having: 'value' | 'none'): P {
  const { sortedBy } = plan
  if (sortedBy === null) throw new Error('nothing to sort by was named')
  const test = rawSql(having === 'none' ? 'IS NULL' : 'IS NOT NULL')
  const where = [...plan.where, sql`${columnSql(plan, propertyOf(plan.type, sortedBy))} ${test}`]
  return { ...plan, where, files: filesOf(plan, having) }
}

function filesOf({ files, sorted }: RelationPlan, having: 'value' | 'none'): readonly string[] {
  if (!sorted?.by) return files
  return files.filter((file) => sorted.bare.includes(file) === (having === 'none'))
}

/**
 * Copies are sorted by the first 63 bits of tokens, as numbers: the same order, since two tokens in ten million rows share
 * these once in 10^5 such versions, and half the bytes to read.
 */
function pageColumns(plan: RelationPlan, after?: string): Sql[] {
  const { sorted, sortedBy } = plan
  const byFirst = hidesOrder(plan) && sorted?.tokens === true
  const order = byFirst ? rawSql('lake."_first"') : orderSql(plan)
  const by = sortedBy === null || sorted?.by !== sortedBy ? rawSql('NULL') : sql`lake.${ident(sortedBy)}`
  const columns = [sql`${order} AS "~order"`, sql`${by} AS "~by"`]
  if (after === undefined) return columns
  const last = hidesOrder(plan)
    ? byFirst
      ? sql`${firstBits(after)}`
      : sql`CAST(${after} AS UUID)`
    : sql`${BigInt(after)}`
  return [...columns, sql`(${order} > ${last}) AS "~behind"`]
}

function firstBits(token: string): bigint {
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
  const rows = (having: 'value' | 'none') => rowsAsEdited({ ...plan, files: filesOf(plan, having) })
  return sql`(SELECT lake.* FROM ${rows('value')} AS lake JOIN ${wanted} AS wanted ON wanted."~by" = lake.${by} AND ${own}
    UNION ALL SELECT lake.* FROM ${rows('none')} AS lake
      JOIN (SELECT * FROM ${wanted} WHERE "~by" IS NULL) AS wanted ON ${own} WHERE lake.${by} IS NULL)`
}
