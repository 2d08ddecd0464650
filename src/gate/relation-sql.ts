import { lakeColumns, type ObjectType, type Property } from '#contracts'
import type { Level, RowScope } from '#governance'
import { ident, joinSql, literal, rawSql, type Sql, sql } from '#kernel'
import { coarseSql, placement, shown } from '#privacy'
import { type EditsPlan, exactTextSql, flagOf } from './edit-tables.ts'
import type { View } from './session.ts'

/** How the files of a plan are sorted, where they are copies made for pages. */
export interface Sorted {
  /** The column by which they are sorted first, if any. */
  readonly by: string | null
  /** Whether they hold the tokens of their rows: `_token` and `_first`, its first 63 bits. */
  readonly tokens: boolean
  /** Those of the files with the rows that have no value in that column. */
  readonly bare: readonly string[]
}

export interface RelationPlan {
  readonly type: ObjectType
  readonly columns: readonly string[]
  readonly level: Level
  readonly rows: RowScope
  /** Absolute paths of the leased Parquet files. */
  readonly files: readonly string[]
  /** A query of the persons whose rows are left out, and further files that may have such rows; null for nobody. */
  readonly excluded: { readonly persons: Sql; readonly among: readonly string[] } | null
  /** What else must hold of a row: one patient only, not the reader's own, one controller's. */
  readonly where: readonly Sql[]
  /** Name of the engine function that makes this purpose's tokens of a key type. */
  readonly tokenFunction: (keyType: string) => string
  /** Engine table with the vault's columns by `_key`; null when no column needs it. */
  readonly vaultTable: string | null
  /**
   * For single rows: adds `_order` to sort by and, about people, `_person`, which the gate takes off before rows leave.
   */
  readonly asRows: boolean
  /** See `RelationRequest`: what the statement links by and the record's token. */
  readonly joins: readonly string[]
  readonly rid: boolean
  readonly whose: boolean
  readonly persons: boolean
  /** What actions edited and the source does not have yet; null where nothing is. */
  readonly edits: EditsPlan | null
  /** For the gate's own look at rows that an action is about; nothing of it leaves. */
  readonly inside: Inside | null
  /** Null: in the order of local keys. */
  readonly sorted: Sorted | null
  readonly sortedBy: string | null
}

/** Adds `_key`, `_controller`, and for each column its exact text `"~exact:<name>"` or its text in the lake. */
export interface Inside {
  readonly exact: readonly string[]
  readonly inLake: readonly string[]
}

/** The vault columns that a relation needs at a level; only identifiable reads have any. */
export function vaultColumns(type: ObjectType, columns: readonly string[], level: Level): readonly string[] {
  return columns.filter((name) => shown(type, propertyOf(type, name), level).kind === 'vault')
}

/** The token types that a relation needs at a level. */
export function tokenTypes(
  plan: Pick<RelationPlan, 'type' | 'columns' | 'level' | 'asRows' | 'rid'>,
): readonly string[] {
  const { type, columns, level, asRows, rid } = plan
  const shownTypes = columns.flatMap((name) => {
    const how = shown(type, propertyOf(type, name), level)
    return how.kind === 'token' ? [how.keyType] : []
  })
  return rid || (asRows && hidesOrder(plan)) ? [...shownTypes, type.name] : shownTypes
}

/** Whether the order of the files would tell which rows of two purposes are the same. */
function hidesOrder({ type, level }: Pick<RelationPlan, 'type' | 'level'>): boolean {
  return type.personLevel && level !== 'identifiable'
}

/** A view of the relation: fewer columns, and where pages find their rows (see `View`). */
export function viewSql(plan: RelationPlan, view: View): Sql {
  const { columns = plan.columns, paged = false, after, having, among } = view
  const kept = new Set(columns)
  const joins = plan.joins.filter((name) => kept.has(name))
  const needsVault = vaultColumns(plan.type, [...kept], plan.level).length > 0
  const narrow = { ...plan, columns: [...kept], joins, vaultTable: needsVault ? plan.vaultTable : null }
  const part = having === undefined ? narrow : partOf(narrow, having)
  const added = paged ? pageColumns(part, after) : []
  return relationSql({ ...part, asRows: plan.asRows && !paged }, added, among ?? null)
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

/** A sub-query with exactly the permitted columns and rows. What it does not select does not exist for what is built on it. */
export function relationSql(plan: RelationPlan, paging: readonly Sql[] = [], among: string | null = null): Sql {
  const selected = plan.columns.map((name) => sql`${columnSql(plan, propertyOf(plan.type, name))} AS ${ident(name)}`)
  selected.push(...plan.joins.map((name) => sql`${joinSqlOf(plan, name)} AS ${ident(`~${name}`)}`))
  if (plan.rid) selected.push(sql`${ident(plan.tokenFunction(plan.type.name))}(lake."_key") AS "~rid"`)
  if (plan.whose) selected.push(rawSql('lake."_controller" AS "~controller"'))
  if (plan.persons) selected.push(rawSql('lake."_person" AS "~person"'))
  if (plan.asRows) selected.push(...rowColumns(plan))
  if (paging.length > 0 || among !== null) selected.push(rawSql('lake."_key" AS "~own"'))
  selected.push(...paging)
  if (plan.inside) selected.push(...insideColumns(plan, plan.inside))
  // Rows can be counted without a column.
  if (selected.length === 0) selected.push(rawSql('TRUE AS "_row"'))
  return sql`(SELECT ${joinSql(selected, ', ')} FROM ${fromSql(plan, among)} WHERE ${joinSql([rowsSql(plan.rows), ...plan.where], ' AND ')})`
}

/**
 * Rows lie in the files in the order of their local keys, the same for every purpose: two results laid side by side
 * would join. Sorted by a token of the purpose they share no order.
 */
function rowColumns(plan: RelationPlan): Sql[] {
  const person = plan.type.personLevel ? [rawSql('lake."_person" AS "_person"')] : []
  return [...person, sql`${orderSql(plan)} AS "_order"`]
}

function orderSql(plan: RelationPlan): Sql {
  if (!hidesOrder(plan)) return rawSql('lake."_key"')
  return plan.sorted?.tokens ? rawSql('lake."_token"') : sql`${ident(plan.tokenFunction(plan.type.name))}(lake."_key")`
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

function insideColumns(plan: RelationPlan, { exact, inLake }: Inside): Sql[] {
  return [
    rawSql('lake."_key" AS "_key", lake."_controller" AS "_controller"'),
    ...exact.map((name) => sql`${exactSql(plan, propertyOf(plan.type, name))} AS ${ident(`~exact:${name}`)}`),
    ...inLake.map((name) => sql`CAST(lake.${ident(name)} AS VARCHAR) AS ${ident(`~lake:${name}`)}`),
  ]
}

function exactSql(plan: RelationPlan, property: Property): Sql {
  if (!placement(plan.type, property).vault) return exactTextSql(property, sql`lake.${ident(property.name)}`)
  return vaultSql(plan, property)
}

function fromSql(plan: RelationPlan, among: string | null): Sql {
  const { vaultTable, edits } = plan
  const part = among === null ? rawSql('') : sql` WHERE "_key" IN (SELECT "~own" FROM ${ident(among)})`
  const vault = vaultTable === null ? null : sql`(SELECT * FROM ${ident(vaultTable)}${part})`
  const edited = edits?.vaultTable ? ident(edits.vaultTable) : null
  return joinSql(
    [
      sql`${among === null ? rowsAsEdited(plan) : amongSql(plan, among)} AS lake`,
      ...(vault ? [sql`LEFT JOIN ${vault} AS vault ON vault."_key" = lake."_key"`] : []),
      ...(edited ? [sql`LEFT JOIN ${edited} AS edited_vault ON edited_vault."_key" = lake."_key"`] : []),
    ],
    ' ',
  )
}

/**
 * The rows of the source but those that actions edited, and these as they are now. A record that an action made is there
 * as soon as it is made, unless it is about somebody whose rows stay out.
 */
function rowsAsEdited(plan: RelationPlan): Sql {
  const { edits, excluded } = plan
  const source = filesSql(plan)
  if (!edits) return source
  const table = ident(edits.table)
  const values = [...edits.columns].map(
    ([name, value]) =>
      sql`CASE WHEN edited.${ident(flagOf(name))} THEN ${value} ELSE source.${ident(name)} END AS ${ident(name)}`,
  )
  const whose = rawSql(`edited."_key" AS "_key", coalesce(source."_person", edited."_person") AS "_person",
    coalesce(source."_controller", edited."_controller") AS "_controller"`)
  const saidNo = excluded
    ? sql`AND (source."_key" IS NOT NULL OR edited."_person" IS NULL
        OR edited."_person" NOT IN (SELECT "_person" FROM (${excluded.persons}) WHERE "_person" IS NOT NULL))`
    : rawSql('')
  return sql`(SELECT source.* FROM ${source} AS source ANTI JOIN ${table} AS edited ON edited."_key" = source."_key"
    UNION ALL BY NAME
    SELECT source.* REPLACE (${joinSql([whose, ...values], ', ')})
    FROM ${table} AS edited LEFT JOIN ${source} AS source ON source."_key" = edited."_key"
    WHERE NOT edited."_deleted" AND (source."_key" IS NOT NULL OR edited."_created") ${saidNo})`
}

/** Rows of people who said no are looked for only in files that may have them. */
function filesSql({ type, files, excluded }: RelationPlan): Sql {
  if (!excluded) return parquetSql(type, files)
  const clear = sql`SELECT * FROM ${parquetSql(type, files)}`
  if (excluded.among.length === 0) return sql`(${clear})`
  const rest = sql`SELECT rest.* FROM ${parquetSql(type, excluded.among)} AS rest
    ANTI JOIN (${excluded.persons}) AS said_no ON said_no."_person" = rest."_person"`
  return files.length === 0 ? sql`(${rest})` : sql`(${clear} UNION ALL BY NAME ${rest})`
}

/** No file means no rows, of the columns that the lake's files have. */
function parquetSql(type: ObjectType, files: readonly string[]): Sql {
  if (files.length === 0) {
    const nulls = lakeColumns(type).map(({ name, sqlType }) => sql`CAST(NULL AS ${sqlType}) AS ${ident(name)}`)
    return sql`(SELECT ${joinSql(nulls, ', ')} WHERE FALSE)`
  }
  const paths = joinSql(files.map(literal), ', ')
  return sql`read_parquet([${paths}], hive_partitioning = false)`
}

/** Rows of two types meet by local keys, whatever either of them is shown as; everything else by the value as shown. */
function joinSqlOf(plan: RelationPlan, name: string): Sql {
  if (!plan.columns.includes(name)) throw new Error(`the column ${name} to link by was not asked for`)
  const property = propertyOf(plan.type, name)
  return placement(plan.type, property).lake === 'key' ? sql`lake.${ident(name)}` : columnSql(plan, property)
}

function columnSql(plan: RelationPlan, property: Property): Sql {
  const how = shown(plan.type, property, plan.level)
  const stored = sql`lake.${ident(property.name)}`
  switch (how.kind) {
    case 'clear':
      return stored
    case 'coarse':
      return coarseSql(how.rule, stored)
    case 'token':
      return sql`${ident(plan.tokenFunction(how.keyType))}(${stored})`
    case 'vault':
      return vaultSql(plan, property)
    case 'hidden':
      throw new Error(`a decision let the hidden column ${property.name} through`)
  }
}

function vaultSql({ vaultTable, edits }: RelationPlan, { name }: Property): Sql {
  const stored = vaultTable === null ? rawSql('CAST(NULL AS VARCHAR)') : sql`vault.${ident(name)}`
  if (!edits?.vaultTable || !edits.vaultColumns.has(name)) return stored
  return sql`CASE WHEN edited_vault.${ident(flagOf(name))} THEN edited_vault.${ident(name)} ELSE ${stored} END`
}

export function rowsSql(rows: RowScope): Sql {
  const tests: Sql[] = []
  if (rows.controllers !== 'all') tests.push(inSql(sql`lake."_controller"`, rows.controllers))
  // As text, since that is what a grant holds; ISO 8601 for dates.
  for (const { property, in: values } of rows.where) {
    tests.push(inSql(sql`CAST(lake.${ident(property)} AS VARCHAR)`, values))
  }
  return tests.length === 0 ? rawSql('TRUE') : joinSql(tests, ' AND ')
}

function inSql(column: Sql, values: readonly string[]): Sql {
  if (values.length === 0) return rawSql('FALSE')
  return sql`${column} IN (${joinSql(
    values.map((value) => sql`${value}`),
    ', ',
  )})`
}

export function propertyOf(type: ObjectType, name: string): Property {
  const property = type.properties.find((each) => each.name === name)
  if (!property) throw new Error(`a decision let the unknown column ${name} through`)
  return property
}
